"""What a phrase means by itself: words of the schema, verbs that set a value, numbers, and rows like "all my models".

For orders, which are made of such phrases: what a question would list is what an order is about.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from assistant.interpreter.interpretation import failed, lexicon_for
from assistant.interpreter.lattice import build_lattice
from assistant.interpreter.lexicon import Meaning
from assistant.interpreter.reading import Reading, nouns_of
from assistant.interpreter.sql import write_sql
from assistant.interpreter.tree import AllOf, Compare, Linked, Literal, Rows, Scalar, Shown, Test
from assistant.interpreter.turns import interpret
from assistant.interpreter.words import read_number, read_tokens, stem
from db.tables import CATALOGUE
from hub.access import Caller
from hub.errors import Invalid
from hub.query import run_query

if TYPE_CHECKING:
    from assistant.conversation import Exchange


@dataclass(frozen=True, slots=True)
class MeantRows:
    """The rows a phrase means: their table, and each one's number and name. ``names`` tell how words were read."""

    table: sa.Table
    rows: Sequence[tuple[int, str]]
    names: Sequence[str] = ()


def find_meanings(phrase: str) -> tuple[Meaning, ...]:
    """What the whole phrase means in the words of the schema; nothing where a part of it has no meaning there."""
    stems = [token.stem for token in read_tokens(phrase)]
    found = lexicon_for(CATALOGUE).find(stems, 0) if stems else iter(())
    return tuple(meaning for length, meaning, _ in found if length == len(stems))


def leading_meanings(phrase: str) -> Iterator[tuple[Meaning, str]]:
    """(meaning, what is left) of the words of the schema that the phrase begins with, the longest first."""
    tokens = read_tokens(phrase)
    stems = [token.stem for token in tokens]
    found = sorted(lexicon_for(CATALOGUE).find(stems, 0), key=lambda each: -each[0]) if stems else []
    for length, meaning, _ in found:
        if length < len(tokens) and not tokens[0].quoted:
            yield meaning, phrase[tokens[length].start :].strip()


def unknown_words(caller: Caller, phrase: str) -> list[str]:
    """The words of a phrase that neither the schema nor a name the caller may see knows."""
    tokens = read_tokens(phrase)
    lattice = build_lattice(caller, lexicon_for(CATALOGUE), tokens, phrase)
    return [lattice.text[start:end] for start, end in lattice.unknown_words()]


@functools.cache
def value_verbs() -> Mapping[str, tuple[tuple[sa.Column[Any], str | bool], ...]]:
    """Stem of a verb → the columns that it sets, each with the value: deactivate, publish."""
    found: dict[str, tuple[tuple[sa.Column[Any], str | bool], ...]] = {}
    for table in CATALOGUE:
        for column in table.columns:
            for value, verbs in column.info.get("orders", {}).items():
                for verb in verbs:
                    found[stem(verb)] = (*found.get(stem(verb), ()), (column, value))
    return found


def find_number(phrase: str) -> int | None:
    """The whole number that the phrase is: "25M", "twelve"."""
    tokens = read_tokens(phrase)
    for end, value in read_number(tokens, 0):
        if end == len(tokens) and value == int(value):
            return int(value)
    return None


def describe_rows(caller: Caller, phrase: str, table: sa.Table) -> Sequence[tuple[sa.Column[Any], Literal]] | Reading:
    """What a phrase says of each row of a table that it describes, as (column, value), or the reading that failed."""
    reading = interpret(caller, f"list {phrase}")
    ask = reading.ask
    if ask is None or ask.kind != "rows" or ask.rows.table is not table or ask.group or ask.pick is not None:
        return reading if ask is None else _unclear(phrase)
    told = [_told(test) for test in ask.rows.tests]
    return [pair for pairs in told if pairs for pair in pairs] if None not in told else _unclear(phrase)


def _told(test: Test) -> list[tuple[sa.Column[Any], Literal]] | None:
    match test:
        case Compare(column, "=", value) if not isinstance(value, Scalar | tuple):
            return [(column, value)]
        case Linked(_, Rows(_, tests), None) | AllOf(tests):
            told = [_told(each) for each in tests]
            return None if None in told else [pair for pairs in told if pairs for pair in pairs]
    return None


def _unclear(phrase: str) -> Reading:
    return failed("not_understood", f"'{phrase[:80]}' does not say plainly what is meant", "say it in other words")


def ask_which(name: str, names: Sequence[str]) -> Reading:
    """The question back which of several is meant."""
    listed = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return failed("ambiguous", f"*{name}* can be {listed}", "say which one you mean", suggestions=names[:3])


def find_rows(
    caller: Caller,
    phrase: str,
    tables: Sequence[sa.Table],
    *,
    scope: str | None = None,
    previous: Sequence[Exchange] = (),
) -> MeantRows | Reading:
    """The rows of one of these tables that a question with this phrase would list, or the reading that failed.

    They are read with the caller's own rights; what is not seen is not there.
    """
    first: Reading | None = None
    for question in (phrase, f"list {phrase}", *(f"{nouns_of(table)[1]} {phrase}" for table in tables)):
        reading = interpret(caller, question, scope=scope, previous=previous)
        ask = reading.ask
        if ask is not None and ask.kind in ("rows", "details") and not ask.group and ask.rows.table in tables:
            schema = lexicon_for(CATALOGUE).schema
            name = schema.name_of(ask.rows.table)
            assert name is not None
            shown = (Shown((), schema.key_of(ask.rows.table)), Shown((), name))
            meant = replace(ask, kind="rows", show=shown, noted=())
            result = run_query(caller, write_sql(schema, meant, backslash=not caller.hub.database.is_sqlite))
            if result.truncated:
                noun = nouns_of(ask.rows.table)[1]
                raise Invalid(f"'{phrase[:80]}' means more than {len(result.rows)} {noun}", "say which of them")
            rows = {row[0]: row[1] for row in result.rows}
            return MeantRows(ask.rows.table, tuple(rows.items()), reading.names)
        first = first or reading
    assert first is not None
    return first if first.error is not None else _unclear(phrase)
