"""A conversation: the turns before are read again, and each may refer to what the one before it showed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.followups import Turn, choose, counts, last_phrase, refers_back, refine, swap
from assistant.interpreter.interpretation import (
    EXAMPLES,
    LONGEST_QUESTION,
    Parsed,
    conclude,
    failed,
    lexicon_for,
    read_alone,
    scope_table,
    write_statements,
)
from assistant.interpreter.lattice import build_lattice
from assistant.interpreter.lexicon import Lexicon, Role
from assistant.interpreter.questions import Questions
from assistant.interpreter.reader import Context, Found
from assistant.interpreter.reading import Reading
from assistant.interpreter.sql import write_sql
from assistant.interpreter.talk import refuse, talk_about
from assistant.interpreter.tree import Ask
from assistant.interpreter.words import read_tokens
from db.tables import CATALOGUE, utc_now
from hub.access import Caller
from hub.errors import HubError
from hub.query import run_query

if TYPE_CHECKING:
    from assistant.conversation import Exchange

MOST_TURNS = 12  # earlier turns that are read again


def interpret(
    caller: Caller,
    question: str,
    *,
    scope: str | None = None,
    previous: Sequence[Exchange] = (),
    tables: tuple[sa.Table, ...] = CATALOGUE,
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
            return failed(said.code, said.text, said.hint)
        return Reading(True, None, said.text, [], [], [], None)
    if len(tokens) > LONGEST_QUESTION:
        return failed("not_understood", "the question is too long", "ask one thing at a time")
    context = Context(utc_now().date(), caller.user_name if caller.user_id else "", scope_table(lexicon, scope))
    try:
        if not refers_back(tokens):  # most questions stand alone, and reading the earlier ones anew takes its time
            reading = read_alone(caller, lexicon, question, context)
            if reading.understood or not previous:
                return reading
        last = _last_turn(caller, lexicon, previous, context)
        return _read_turn(caller, lexicon, question, context, last)[0]
    except HubError as error:
        return failed(error.code, error.message, error.hint)


# --- in a conversation ----------------------------------------------------------------------------


def _last_turn(caller: Caller, lexicon: Lexicon, previous: Sequence[Exchange], context: Context) -> Turn | None:
    """What the conversation is about: the last turn that was answered with rows, read again from the beginning."""
    turn: Turn | None = None
    for exchange in previous[-MOST_TURNS:]:
        if exchange.sql is not None:
            read = _read_turn(caller, lexicon, exchange.question, context, turn)[1]
            turn = replace(read, before=turn) if read is not None else turn
    return turn


def _read_turn(
    caller: Caller, lexicon: Lexicon, question: str, context: Context, last: Turn | None
) -> tuple[Reading, Turn | None]:
    """The reading of one turn after another, and what the next one may refer to."""
    if last is not None and refers_back(read_tokens(question)):
        reading, turn = _follow(caller, lexicon, question, context, last)
        if reading is not None:
            return reading, turn
    reading = read_alone(caller, lexicon, question, context)
    if not reading.understood and last is not None:
        followed, turn = _follow(caller, lexicon, question, context, last)
        if followed is not None:
            return followed, turn
    return reading, Turn(reading.ask, question) if reading.ask is not None else None


def _follow(
    caller: Caller, lexicon: Lexicon, question: str, context: Context, last: Turn
) -> tuple[Reading | None, Turn | None]:
    """The reading of a question that only says what is different from the last one."""
    lattice = build_lattice(caller, lexicon, read_tokens(question), question)
    plain = Questions(lexicon.schema, lattice, context)
    if (row := choose(plain)) is not None and last.ask.kind in ("rows", "count"):
        ask = replace(last.ask, limit=1, offset=row - 1)
        return _finish(caller, lexicon, plain, [Found(plain.size, ask)], context, None)
    if counts(plain) and last.ask.kind != "count":
        phrase = last_phrase(last.ask, functools.partial(_names_of, caller, lexicon, last.ask), plain)
        asks = [Found(plain.size, Ask("count", phrase.rows))] if phrase is not None else []
        return _finish(caller, lexicon, plain, asks, context, None)
    roles = plain.word(0) == "and" and any(True for at in range(plain.size) for _ in plain.at(at, Role))
    if set(plain.low) & (closed.PRONOUN | closed.THEIR) or roles:
        for earlier in last.back():
            phrase = last_phrase(earlier.ask, functools.partial(_names_of, caller, lexicon, earlier.ask), plain)
            if phrase is not None:
                asks = Questions(lexicon.schema, lattice, replace(context, last=phrase)).asks()
                reading, turn = _finish(caller, lexicon, plain, asks, context, None)
                if reading is not None and reading.understood:
                    return reading, turn
    if last.text is not None:
        before = Questions(lexicon.schema, build_lattice(caller, lexicon, read_tokens(last.text), last.text), context)
        swapped = swap(plain, before)
        if swapped is not None:
            reading = read_alone(caller, lexicon, swapped, context)
            if reading.understood and reading.ask is not None:
                return replace(reading, names=[f"read as: {swapped}", *reading.names]), Turn(reading.ask, swapped)
    noun_left_out = Questions(lexicon.schema, lattice, replace(context, scope=last.ask.rows.table))
    return _finish(caller, lexicon, plain, refine(noun_left_out, last.ask), context, None)


def _finish(
    caller: Caller, lexicon: Lexicon, questions: Questions, asks: Sequence[Found], context: Context, text: str | None
) -> tuple[Reading | None, Turn | None]:
    ranked = sorted(asks, key=lambda each: each.cost)
    readings = write_statements(caller, lexicon, ranked, context)
    if not readings:
        return None, None
    reading = conclude(caller, lexicon, Parsed(questions.lattice, readings), context)
    return reading, Turn(reading.ask, text) if reading.ask is not None else None


def _names_of(caller: Caller, lexicon: Lexicon, ask: Ask) -> list[str]:
    """The names in the first column of the last answer."""
    sql = write_sql(lexicon.schema, ask, backslash=not caller.hub.database.is_sqlite)
    result = run_query(caller, sql)
    return [] if result.truncated else [str(row[0]) for row in result.rows]
