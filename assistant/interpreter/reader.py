"""What the grammar's rules share: looking at tokens and meanings, phrases and what modifies them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar

import sqlalchemy as sa

from assistant.interpreter import closed
from assistant.interpreter.lattice import Fragment, Lattice
from assistant.interpreter.lexicon import Attribute, Value
from assistant.interpreter.schema import Column, Path, Relation, Schema
from assistant.interpreter.tree import (
    AllOf,
    AnyOf,
    Compare,
    Counted,
    Linked,
    Not,
    Order,
    Pick,
    Rows,
    Shown,
    Test,
    says_same,
)
from assistant.interpreter.words import Token, read_number

T = TypeVar("T")

_HERE = closed.words("the this our your")

Quantity = str | tuple[str, int] | None
"""How many of a noun phrase are meant: "no", "most", "fewest", "each", "all", (op, number), or nothing said."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What is known beside the words: who asks, what day it is, the table the conversation is about."""

    today: date
    me: str = ""
    scope: sa.Table | None = None
    last: Phrase | None = None  # the rows of the last answer, for "them"
    lattices: dict[str, Lattice] = field(default_factory=dict, repr=False)  # of texts that were looked at already


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """A noun phrase understood: rows, and what came along with them.

    ``each``: the parts of "A and B"; ``bare``: only a noun; ``named``: only names; ``unsure``: a fragment that could
    be several names; ``via``: relations that a participle named ("published datasets").
    """

    rows: Rows
    quantity: Quantity = None
    show: tuple[Shown, ...] = ()
    noted: tuple[Shown, ...] = ()
    pick: Pick | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    group: tuple[Shown, ...] = ()
    each: tuple[Rows, ...] = ()
    bare: bool = False
    named: bool = False
    single: bool = False
    unsure: Fragment | None = None
    via: tuple[Relation, ...] = ()
    counted: Counted | None = None  # to show how many of these there are
    grouped: str = ""  # how its groups were said: "by", with "each", or plainly

    @property
    def table(self) -> sa.Table:
        return self.rows.table

    @property
    def simple(self) -> bool:
        """Whether nothing but rows was said, so that it can stand inside another phrase."""
        return not (self.show or self.order or self.limit or self.group or self.counted)


@dataclass(frozen=True, slots=True, eq=False)
class Modifier:
    """What one modifier adds to a phrase."""

    test: Test | None = None
    noted: tuple[Shown, ...] = ()
    show: tuple[Shown, ...] = ()
    pick: Pick | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    group: tuple[Shown, ...] = ()
    unsure: Fragment | None = None
    grouped: str = ""
    counted: Counted | None = None

    @property
    def tests_only(self) -> bool:
        return self.test is not None and not (self.show or self.pick or self.order or self.limit or self.group)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One way to read the tokens up to ``end``."""

    end: int
    value: Any
    cost: float = 0.0


def modify(phrase: Phrase, modifier: Modifier) -> Phrase | None:
    """The phrase with what a modifier adds; None where it says something twice."""
    if (modifier.pick and phrase.pick) or _contradicts(phrase.rows.tests, modifier.test):
        return None
    denied = [each.test for each in phrase.rows.tests if isinstance(each, Not)]
    if modifier.test and any(says_same(each, modifier.test) for each in denied):
        return phrase  # "unused *by any model*" says of what it is not used
    tests = (*phrase.rows.tests, *((modifier.test,) if modifier.test else ()))
    if (modifier.pick or phrase.pick) and any(is_name(test) for test in tests):
        return None  # one row is not the largest of itself
    if (modifier.limit and phrase.limit) or (modifier.order and phrase.order) or (modifier.group and phrase.group):
        return None
    return replace(
        phrase,
        rows=phrase.rows.with_tests(*flat(modifier.test)) if modifier.test else phrase.rows,
        show=(*phrase.show, *modifier.show),
        noted=(*phrase.noted, *modifier.noted),
        pick=modifier.pick or phrase.pick,
        order=phrase.order or modifier.order,
        limit=phrase.limit or modifier.limit,
        counted=phrase.counted or modifier.counted,
        group=phrase.group or modifier.group,
        unsure=phrase.unsure or modifier.unsure,
        bare=phrase.bare and not modifier.test,
        grouped=phrase.grouped or modifier.grouped,
        named=phrase.named and not modifier.test,
    )


def _contradicts(tests: Sequence[Test], test: Test | None) -> bool:
    """Whether a column that holds one value would have to hold two: "fine-tuned" and "with reinforcement learning"."""
    return isinstance(test, Compare) and test.op == "=" and any(
        isinstance(each, Compare) and each.op == "=" and each.column is test.column and each.value != test.value
        for each in tests
    )  # fmt: skip


def is_name(test: Test) -> bool:
    """Whether it is that a row has this name."""
    return isinstance(test, Compare) and test.op == "=" and bool(test.column.info.get("name"))


def is_one(rows: Rows) -> bool:
    """Whether it is one row by its name."""
    return any(map(is_name, rows.tests))


def negate(modifier: Modifier) -> Modifier | None:
    """The modifier said with "not"; None where that says nothing clear."""
    if not modifier.tests_only or modifier.test is None:
        return None
    return replace(modifier, test=Not(modifier.test), noted=modifier.noted)


class Reader:
    """A question being read. Rules are methods that take a place and give every way to go on from there."""

    def __init__(self, schema: Schema, lattice: Lattice, context: Context) -> None:
        self.schema = schema
        self.lattice = lattice
        self.context = context
        self.tokens: Sequence[Token] = lattice.tokens
        self.low = [token.low for token in lattice.tokens]
        self.size = len(self.low)
        self.memo: dict[tuple[Any, ...], list[Found]] = {}

    # -- looking at tokens

    def word(self, at: int) -> str:
        """The lower-case word at this place; "" past the end and for a quoted one."""
        return self.low[at] if at < self.size and not self.tokens[at].quoted else ""

    def match(self, at: int, phrases: Iterable[tuple[str, ...]]) -> Iterator[int]:
        """The ends of those of the phrases that stand here, longest first when they are given so."""
        for phrase in phrases:
            end = at + len(phrase)
            if end <= self.size and tuple(self.low[at:end]) == phrase:
                yield end

    def longest(self, at: int, phrases: Iterable[tuple[str, ...]]) -> int:
        """The end of the longest phrase that stands here, or ``at``."""
        return max(self.match(at, phrases), default=at)

    def closing(self, at: int) -> int:
        """Past words that only say that something is in the catalogue: "are registered in this system", "we have"."""
        end = self.longest(at, closed.CLOSER)
        if self.word(at) == "there" and self.word(0) in closed.ALONE:
            return max(end, at + 1)  # "only the CNNs there": of those shown
        place = self.skip(self.skip(at, closed.DO | closed.RELATIVE), _HERE)
        if place > at and self.word(place) in closed.PLACES and self.word(place + 1) in closed.KEEPS:
            return max(end, place + 2)  # "does the hub hold"
        state = self.skip(at, closed.BE | closed.RELATIVE | frozenset(("have", "has", "currently")))
        said = state + (self.word(state) in closed.STATES)
        inside = self.word(said) in ("in", "on", "within", "at", "by", "inside")
        place = self.skip(said + 1, _HERE) if inside else said
        if inside and place > said + 1 and self.word(place) in closed.PLACES:
            return max(end, place + 1)
        if said > state and self.word(said) in ("here", "there"):
            return max(end, said + 1)
        return end

    def skip(self, at: int, words: frozenset[str]) -> int:
        """The place after any number of these words."""
        while at < self.size and self.word(at) in words:
            at += 1
        return at

    def is_participle(self, start: int, end: int) -> bool:
        """Whether a verb stands here as what was done: "made", "used" and "built", not "uses"."""
        return any(self.word(at).endswith(("ed", "lt", "de", "en")) for at in range(start, end))

    def number(self, at: int) -> Iterator[tuple[int, Decimal]]:
        return read_number(self.tokens, at)

    def at(self, place: int, kind: type[T] | UnionType) -> Iterator[tuple[int, T, float]]:
        """(end, meaning, cost) of the meanings of one kind that start here."""
        if place < self.size:
            for end, meaning, cost in self.lattice.edges[place]:
                if isinstance(meaning, kind):
                    yield end, meaning, cost

    def open_word(self, at: int) -> Iterator[tuple[int, str]]:
        """(end, text) of the word or joined group here, as written: a piece of a name."""
        if at < self.size and self.low[at] not in (",", "'s") and not self.tokens[at].joined:
            end = at + 1
            while end < self.size and self.tokens[end].joined:
                end += 1
            yield end, self.lattice.surface(at, end)

    # -- looking at the schema

    def columns_of(self, table: sa.Table, attribute: Attribute) -> Iterator[tuple[Shown, float]]:
        """The columns a word can mean for rows of this table: its own first, then those of its extensions and parts."""
        own = [column for column in attribute.columns if column.table is table]
        for column in own or attribute.columns:
            path = self.schema.reach(table, column.table)
            if path is not None and not (path and self.schema.kinds[table] != "entity"):
                yield Shown(path, column), 0.0 if not path else 0.1

    def day_columns(self, table: sa.Table) -> list[Column]:
        return [column for column in self.schema.columns(table) if is_day(column)]

    def periods_of(self, at: int, table: sa.Table) -> Iterator[tuple[int, Shown]]:
        """ "year", "month of creation": a part of the moment that rows of the table have."""
        word = self.word(at)
        if word.removesuffix("s") in ("year", "month", "quarter"):
            end = self.skip(at + 1, frozenset(("of",)))
            for column in self.day_columns(table):
                ends = [stop for stop, attribute, _ in self.at(end, Attribute) if attribute.has(column)]
                yield max(ends, default=at + 1), Shown((), column, part=word.removesuffix("s"))

    def measure_of(self, table: sa.Table) -> Column | None:
        return next((column for column in self.schema.columns(table) if column.info.get("measure")), None)

    def name_shown(self, table: sa.Table, path: Path = (), tests: tuple[Test, ...] = ()) -> tuple[Shown, ...]:
        """The columns that say which row it is: its name, or what its table says a listing shows."""
        name = self.schema.name_of(table)
        if name is not None:
            return (Shown(path, name, tests),)
        shown = table.info.get("shown")
        columns = [table.columns[each] for each in shown] if shown else [
            column for column in self.schema.columns(table) if not column.foreign_keys
        ]  # fmt: skip
        return tuple(Shown(path, column, tests) for column in columns)

    def where(self, shown: Shown, op: str, value: Any) -> Test:
        """The test that a column, reached over a path, compares so with a value."""
        compare = Compare(shown.column, op, value)
        return Linked(shown.path, Rows(shown.column.table, (compare,))) if shown.path else compare

    def value_tests(self, table: sa.Table, value: Value) -> Iterator[tuple[Test, Shown, float]]:
        """What a stored value says about rows of this table."""
        for column, stored in value.options:
            path = self.schema.reach(table, column.table)
            if path is not None:
                cost = 0.0 if not path or self.schema.kinds[table] == "entity" else 0.6
                shown = Shown(path, column)
                yield self.where(shown, "=", stored), shown, cost

    # -- rules that need one another

    def np(self, at: int) -> list[Found]:
        """Noun phrases that start here; values are ``Phrase``."""
        raise NotImplementedError

    def prune(self, found: Iterable[Found], key: Any, keep: int = 3) -> list[Found]:
        """The cheapest few for every key."""
        best: dict[Any, list[Found]] = {}
        for each in sorted(found, key=lambda each: each.cost):
            same = best.setdefault(key(each), [])
            if len(same) < keep:
                same.append(each)
        return [each for same in best.values() for each in same]


def is_number(column: Column) -> bool:
    return isinstance(column.type, sa.Integer | sa.Numeric) and not column.foreign_keys


def numbers_of(shown: Iterable[Shown]) -> list[Shown]:
    """Those of the columns that are one number of a row."""
    return [each for each in shown if is_number(each.column) and not each.many]


def is_day(column: Column) -> bool:
    return isinstance(column.type, sa.DateTime | sa.Date)


def is_joining(column: sa.Column[Any]) -> bool:
    """Whether it is the day a person joined: nobody is as old, or as new, as their account."""
    return is_day(column) and "who" in column.table.info.get("asked", ())


def flat(test: Test) -> tuple[Test, ...]:
    """The tests that a test is made of, all of which must hold."""
    return tuple(part for each in test.tests for part in flat(each)) if isinstance(test, AllOf) else (test,)


def all_of(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else AllOf(tuple(tests))


def any_of(tests: Sequence[Test]) -> Test:
    """One of the tests; equal comparisons of one column become one list of values."""
    if len(tests) == 1:
        return tests[0]
    compares = [_plain(test) for test in tests]
    first = compares[0]
    if first is not None and all(each is not None and each[1].column is first[1].column for each in compares):
        values = tuple(each[1].value for each in compares if each is not None)
        merged = Compare(first[1].column, "in", values)  # type: ignore[arg-type]
        return Linked(first[0], Rows(merged.column.table, (merged,))) if first[0] else merged
    return AnyOf(tuple(tests))


def _plain(test: Test) -> tuple[Path, Compare] | None:
    path: Path = ()
    if isinstance(test, Linked) and test.count is None and len(test.rows.tests) == 1:
        path, test = test.path, test.rows.tests[0]
    if isinstance(test, Compare) and test.op == "=" and isinstance(test.value, str | bool | int | Decimal):
        return path, test
    return None
