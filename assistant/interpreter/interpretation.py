"""From a question to its reading: tokens, lattice, grammar, the one best meaning, SQL; or why there is none."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from assistant.interpreter import closed, courtesy
from assistant.interpreter.lattice import Fragment, Lattice, Name, build_lattice
from assistant.interpreter.lexicon import Attribute, Lexicon, Thing, Value
from assistant.interpreter.mending import mend
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Context, Found
from assistant.interpreter.reading import Reading, nouns_of
from assistant.interpreter.rewording import of_mine
from assistant.interpreter.schema import Schema
from assistant.interpreter.sql import Inexpressible, write_sql
from assistant.interpreter.tree import Ask, is_contradictory
from assistant.interpreter.words import read_tokens
from hub.access import Caller
from hub.errors import HubError
from hub.names import look_up_near
from hub.query import run_query

LONGEST_QUESTION = 60  # tokens
CLEARLY = 0.05  # by how much one reading must be cheaper than another to be the one that is meant
SCOPES = {"models": "model", "datasets": "dataset", "users": "user", "affiliations": "affil"}
EXAMPLES = ("list all transformers", "how many datasets are there", "the 5 largest models")


@functools.lru_cache(maxsize=8)
def lexicon_for(tables: tuple[sa.Table, ...]) -> Lexicon:
    """The lexicon of these tables, made once."""
    return Lexicon(Schema(tables))


def read_alone(caller: Caller, lexicon: Lexicon, question: str, context: Context) -> Reading:
    """The reading of a question that stands on its own; misspelt words are set right where that makes it understood."""
    question = of_mine(question)
    parsed = _parse(caller, lexicon, question, context)
    if not parsed.readings:
        core = courtesy.plainly(question)
        if core != question and core:
            reading = read_alone(caller, lexicon, core, context)
            if reading.understood:
                return reading
        lattice = parsed.lattice
        others = (*_with_noun(lexicon, lattice, context), *with_apostrophe(lattice), *_with_kind(lattice))
        for other in (*others, None):
            mended, changes = (other, []) if other is not None else mend(lexicon, parsed.lattice)
            if other is None and not changes:
                break
            retried = _parse(caller, lexicon, mended, context)
            if retried.readings:
                reading = conclude(caller, lexicon, retried, context)
                return replace(reading, names=[*changes, *reading.names])
    return (
        conclude(caller, lexicon, parsed, context)
        if parsed.readings
        else _not_understood(caller, lexicon, parsed.lattice, context)
    )


@dataclass(frozen=True, slots=True)
class Parsed:
    lattice: Lattice
    readings: list[tuple[float, str, Ask]]


def lattice_of(caller: Caller, lexicon: Lexicon, text: str, context: Context) -> Lattice:
    """What the words of a text can mean, looked up once while one message is read."""
    if text not in context.lattices:
        context.lattices[text] = build_lattice(caller, lexicon, read_tokens(text), text)
    return context.lattices[text]


def _parse(caller: Caller, lexicon: Lexicon, question: str, context: Context) -> Parsed:
    lattice = lattice_of(caller, lexicon, question, context)
    asks = Questions(lexicon.schema, lattice, context).asks()
    return Parsed(lattice, write_statements(caller, lexicon, asks, context))


def conclude(caller: Caller, lexicon: Lexicon, parsed: Parsed, context: Context) -> Reading:
    """The one reading that is meant, or the question back which one."""
    best_cost, best_sql, best = parsed.readings[0]
    if isinstance(best.unsure, Fragment):
        return _ask_which(parsed.lattice, best.unsure)
    rivals = [sql for cost, sql, _ in parsed.readings[1:] if cost < best_cost + CLEARLY]
    if rivals and not _agree(caller, [best_sql, *rivals]):
        tables = [ask.rows.table for cost, _, ask in parsed.readings if cost < best_cost + CLEARLY]
        suggestions = _with_nouns(caller, lexicon, parsed.lattice.text, tables, context)
        hint = "say it more exactly"
        return failed("ambiguous", "this can be read in more than one way", hint, suggestions=suggestions)
    return Reading(True, best_sql, None, _names_read(best_sql, parsed.lattice), [], [], None, ask=best)


def _with_noun(lexicon: Lexicon, lattice: Lattice, context: Context) -> list[str]:
    """The question with the noun put in that the scope leaves unsaid: "(models) created after 2020"."""
    if context.scope is None:
        return []
    noun, words = nouns_of(context.scope)[1], [token.text for token in lattice.tokens]
    texts = [f"{noun} {lattice.text}"]
    if [word.lower() for word in words[:2]] == ["how", "many"]:
        texts.insert(0, f"how many {noun} {lattice.text[lattice.tokens[1].end :]}")
    return texts


def _with_kind(lattice: Lattice) -> list[str]:
    """ "same loss as bert": the question with the noun for what is named."""
    words = [token.low for token in lattice.tokens]
    if not words or words[words[0] == "the"] != "same":
        return []
    tables = {edge[1].table for row in lattice.edges for edge in row if isinstance(edge[1], Name)}
    return [f"{nouns_of(table)[1]} with {lattice.text}" for table in tables]


def with_apostrophe(lattice: Lattice) -> list[str]:
    """The question with the apostrophe put in that a possessive was written without: "farids affiliation"."""
    unknown = [lattice.tokens[at] for at in lattice.unknown]
    if len(unknown) != 1 or not unknown[0].low.endswith("s"):
        return []
    end = unknown[0].end
    owned = f"{lattice.text[: end - 1]}'s{lattice.text[end:]}"
    return [owned, f"{owned} ones"] if end == len(lattice.text) else [owned]


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


def write_statements(
    caller: Caller, lexicon: Lexicon, found: Sequence[Found], context: Context
) -> list[tuple[float, str, Ask]]:
    """The different statements that the readings come to, cheapest first."""
    best: dict[str, tuple[float, str, Ask]] = {}
    backslash = not caller.hub.database.is_sqlite
    for each in found[:40]:
        ask: Ask = each.value
        if is_contradictory(ask.rows):
            continue
        try:
            sql = write_sql(lexicon.schema, ask, backslash=backslash)
        except Inexpressible:
            continue
        if context.scope is not None and not _is_about(sql, context.scope):
            continue
        if sql not in best or best[sql][0] > each.cost:
            best[sql] = (each.cost, sql, ask)
    return sorted(best.values(), key=lambda each: each[0])


def _is_about(sql: str, table: sa.Table) -> bool:
    return re.search(rf"\b{re.escape(table.name)}\b", sql) is not None


def scope_table(lexicon: Lexicon, scope: str | None) -> sa.Table | None:
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
    return failed("ambiguous", f"*{unsure.surface}* can be {listed}", "say which one you mean", suggestions=suggestions)


def _not_understood(caller: Caller, lexicon: Lexicon, lattice: Lattice, context: Context) -> Reading:
    mended, changes = mend(lexicon, lattice)
    plain = lattice_of(caller, lexicon, mended, context) if changes else lattice
    unknown = plain if plain.unknown else lattice  # what could be set right was not what was in the way
    words = [unknown.text[start:end] for start, end in unknown.unknown_words()]
    suggestions = _suggest(caller, lexicon, plain, context, [mended] if changes else [])
    if words:
        listed = ", ".join(f"'{word}'" for word in words)
        message = f"I do not know {listed}"
    else:
        message = "I know these words but not what they ask for together"
    return failed("not_understood", message, "say it in other words", words=words, suggestions=suggestions)


def _suggest(
    caller: Caller, lexicon: Lexicon, lattice: Lattice, context: Context, candidates: Sequence[str]
) -> list[str]:
    """The nearest questions that are understood: a near name put in, an unknown word left out, a noun added."""
    text, candidates = lattice.text, [*candidates]
    unknown = lattice.unknown_words()
    if len(unknown) == 1:
        start, end = unknown[0]
        before, after = text[:start], text[end:]
        candidates += [before + named.name + after for named in look_up_near(caller, text[start:end])]
        at = lattice.unknown[0] + 1
        if at < len(lattice.tokens) and any(isinstance(edge[1], Thing | Value) for edge in lattice.edges[at]):
            candidates.append(" ".join((before + after).split()))  # it only describes the noun after it
    elif not unknown and any(isinstance(edge[1], Attribute) for row in lattice.edges for edge in row):
        candidates += [f"{text.rstrip('?!. ')} of all {nouns_of(table)[1]}" for table in lexicon.schema.entities]
    found = []
    for candidate in dict.fromkeys(candidates[:6]):
        readings = _parse(caller, lexicon, candidate, context).readings
        sure = readings and readings[0][2].unsure is None
        if sure and all(cost >= readings[0][0] + CLEARLY for cost, _, _ in readings[1:]):
            found.append(candidate)
    return found[:3]


def _with_nouns(caller: Caller, lexicon: Lexicon, text: str, tables: Sequence[sa.Table], context: Context) -> list[str]:
    """The question said of each of these tables' rows, where that is understood."""
    found = []
    for table in dict.fromkeys(tables):
        noun, plain = nouns_of(table)[1], text.rstrip("?!. ")
        asked = re.sub(r"^(what|which)\b", f"which {noun}", plain, flags=re.IGNORECASE)
        things = re.sub(rf"\b({'|'.join(closed.ONES)})$", noun, plain, flags=re.IGNORECASE)
        every = re.sub(r"\b(?:everything|anything|something)\b", noun, plain, count=1, flags=re.IGNORECASE)
        for candidate in (
            asked,
            things,
            every,
            f"{plain} of all {noun}",
            re.sub(r"^(\w+)", rf"\1 {noun}", plain, count=1),
        ):
            readings = _parse(caller, lexicon, candidate, context).readings
            if candidate != plain and readings and readings[0][2].unsure is None and (
                len(readings) == 1 or readings[1][0] >= readings[0][0] + CLEARLY
            ):  # fmt: skip
                found.append(candidate)
                break
    return found[:3]


def failed(
    code: str, message: str, hint: str, *, words: Sequence[str] = (), suggestions: Sequence[str] = ()
) -> Reading:
    error = {"code": code, "message": message, "hint": hint}
    return Reading(False, None, None, [], list(words), list(suggestions), error)
