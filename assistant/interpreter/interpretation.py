"""From a question to its reading: tokens, lattice, grammar, the one best meaning, SQL; or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assistant.interpreter.lattice import Fragment, Lattice, Name, build_lattice
from assistant.interpreter.lexicon import Lexicon
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Context, Found
from assistant.interpreter.reading import Reading
from assistant.interpreter.schema import Schema
from assistant.interpreter.sql import Inexpressible, write_sql
from assistant.interpreter.talk import refuse, talk_about
from assistant.interpreter.tree import Ask
from assistant.interpreter.words import Token, read_tokens
from db.tables import CATALOGUE, utc_now
from hub.access import Caller
from hub.errors import HubError
from hub.names import look_up_near
from hub.query import run_query

if TYPE_CHECKING:
    from assistant.conversation import Exchange

LONGEST_QUESTION = 60  # tokens
CLEARLY = 0.05  # by how much one reading must be cheaper than another to be the one that is meant
SCOPES = {"models": "model", "datasets": "dataset", "users": "user", "affiliations": "affil"}
EXAMPLES = ("list all transformers", "how many datasets are there", "the 5 largest models")

_LEXICONS: dict[int, Lexicon] = {}


def lexicon_for(tables: Sequence[sa.Table]) -> Lexicon:
    """The lexicon of these tables, made once."""
    key = id(tables)
    if key not in _LEXICONS:
        _LEXICONS[key] = Lexicon(Schema(tables))
    return _LEXICONS[key]


def interpret(
    caller: Caller,
    question: str,
    *,
    scope: str | None = None,
    previous: Sequence[Exchange] = (),
    tables: Sequence[sa.Table] = CATALOGUE,
) -> Reading:
    """The reading of a question asked by this caller.

    ``scope`` (models, datasets, users, affiliations) says what it is about; ``previous`` are the earlier turns it may
    refer to. Never raises for what is in the question.
    """
    lexicon = lexicon_for(tables)
    tokens = read_tokens(question)
    said = talk_about(question, tokens, EXAMPLES) or refuse(question, tokens)
    if said is not None:
        if said.code:
            return _failed(said.code, said.text, said.hint)
        return Reading(True, None, said.text, [], [], [], None)
    if len(tokens) > LONGEST_QUESTION:
        return _failed("not_understood", "the question is too long", "ask one thing at a time")
    context = Context(utc_now().date(), caller.user_name if caller.user_id else "", _scope_table(lexicon, scope))
    return _read(caller, lexicon, question, tokens, context)


def _read(caller: Caller, lexicon: Lexicon, question: str, tokens: Sequence[Token], context: Context) -> Reading:
    try:
        lattice = build_lattice(caller, lexicon, tokens, question)
    except HubError as error:
        return _failed(error.code, error.message, error.hint)
    questions = Questions(lexicon.schema, lattice, context)
    readings = _statements(caller, lexicon, questions.asks(), context)
    if not readings:
        return _not_understood(caller, lexicon, lattice)
    best_cost, best_sql, best = readings[0]
    rivals = [each for each in readings[1:] if each[0] < best_cost + CLEARLY]
    if isinstance(best.unsure, Fragment):
        return _ask_which(lattice, best.unsure)
    if rivals and not _agree(caller, [best_sql, *(sql for _, sql, _ in rivals)]):
        return _failed("ambiguous", "this can be read in more than one way", "say it more exactly")
    return Reading(True, best_sql, None, _names_read(best_sql, lattice), [], [], None, ask=best)


def _agree(caller: Caller, statements: Sequence[str]) -> bool:
    """Whether several readings come to the same rows, so that it does not matter which one is meant."""
    results = []
    for sql in statements[:4]:
        try:
            results.append(run_query(caller, sql))
        except HubError:
            return False
    rows = [sorted(map(repr, result.rows)) for result in results]
    return len(statements) <= 4 and all(each == rows[0] for each in rows) and not any(r.truncated for r in results)


def _statements(
    caller: Caller, lexicon: Lexicon, found: Sequence[Found], context: Context
) -> list[tuple[float, str, Ask]]:
    """The different statements that the readings come to, cheapest first."""
    best: dict[str, tuple[float, str, Ask]] = {}
    backslash = not caller.hub.database.is_sqlite
    for each in found[:40]:
        ask: Ask = each.value
        if context.scope is not None and not _in_scope(ask, context.scope):
            continue
        try:
            sql = write_sql(lexicon.schema, ask, backslash=backslash)
        except Inexpressible:
            continue
        if sql not in best or best[sql][0] > each.cost:
            best[sql] = (each.cost, sql, ask)
    return sorted(best.values(), key=lambda each: each[0])


def _in_scope(ask: Ask, table: sa.Table) -> bool:
    tables = {ask.rows.table, *(shown.column.table for shown in ask.show)}
    return table in tables


def _scope_table(lexicon: Lexicon, scope: str | None) -> sa.Table | None:
    name = SCOPES.get(scope or "", scope)
    return next((table for table in lexicon.schema.entities if table.name == name), None)


def _names_read(sql: str, lattice: Lattice) -> list[str]:
    """How words were read as names, where they were not written as the names are."""
    readings = []
    for edges in lattice.edges:
        for _, meaning, _ in edges:
            if isinstance(meaning, Name) and meaning.surface != meaning.name:
                column = next(column for column in meaning.table.columns if column.info.get("name"))
                literal = meaning.name.replace("'", "''")
                if f"{column.name} = '{literal}'" in sql or f"'{literal}'" in sql:
                    readings.append(f"read *{meaning.surface}* as {column.name} = '{meaning.name}'")
    return list(dict.fromkeys(readings))


def _ask_which(lattice: Lattice, unsure: Fragment) -> Reading:
    names = unsure.names
    suggestions = [lattice.text.replace(unsure.surface, name) for name in names[:3]]
    listed = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return _failed(
        "ambiguous", f"*{unsure.surface}* can be {listed}", "say which one you mean", suggestions=suggestions
    )


def _not_understood(caller: Caller, lexicon: Lexicon, lattice: Lattice) -> Reading:
    words = [lattice.tokens[at].text for at in lattice.unknown]
    suggestions = []
    for at in lattice.unknown[:2]:
        for named in look_up_near(caller, lattice.tokens[at].low):
            token = lattice.tokens[at]
            suggestions.append(lattice.text[: token.start] + named.name + lattice.text[token.end :])
    if words:
        listed = ", ".join(f"'{word}'" for word in words)
        message = f"I do not know {listed}"
    else:
        message = "I know these words but not what they ask for together"
    return _failed("not_understood", message, "say it in other words", words=words, suggestions=suggestions)


def _failed(
    code: str, message: str, hint: str, *, words: Sequence[str] = (), suggestions: Sequence[str] = ()
) -> Reading:
    error = {"code": code, "message": message, "hint": hint}
    return Reading(False, None, None, [], list(words), list(suggestions), error)


__all__ = ["date", "interpret"]
