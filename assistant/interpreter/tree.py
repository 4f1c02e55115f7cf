"""What a question means, before it is SQL: sets of rows, the tests they meet, and what is asked about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from assistant.interpreter.schema import Column, Path, path_key

Literal = str | int | Decimal | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a table that meet all tests."""

    table: sa.Table
    tests: tuple[Test, ...] = ()

    def with_tests(self, *tests: Test) -> Rows:
        return replace(self, tests=(*self.tests, *tests))


@dataclass(frozen=True, slots=True, eq=False)
class Compare:
    """A column of the row compared with a value. ``op``: = < <= > >= in contains starts ends null."""

    column: Column
    op: str
    value: Literal | tuple[Literal, ...] | Scalar = None


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """There are such rows at the end of a path; with ``count``, that many: (op, number)."""

    path: Path
    rows: Rows
    count: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    test: Test


@dataclass(frozen=True, slots=True, eq=False)
class AnyOf:
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AllOf:
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """The column of the row, or of the row at the end of a path, is the highest or lowest among ``rows``."""

    shown: Shown
    highest: bool
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Top:
    """The row is among the ``pick.number`` first of ``rows`` by a column of theirs."""

    pick: Pick
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """The column of the row compared with the ``function`` of it over those rows that share ``group`` with the row."""

    shown: Shown
    op: str
    function: str
    group: Shown
    rows: Rows


Test = Compare | Linked | Not | AnyOf | AllOf | Extreme | Top | Peers


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """One value computed from rows: the ``function`` (only, avg, max, min) of a column over them."""

    function: str
    shown: Shown
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A column to show, reached from the row over a path; of a moment perhaps only its year or month."""

    path: Path
    column: Column
    tests: tuple[Test, ...] = ()  # what the row at the end of the path must meet
    part: str = ""

    @property
    def many(self) -> bool:
        return any(step.many for step in self.path)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """How many rows there are at the end of a path."""

    path: Path
    rows: Rows


Measure = Shown | Counted


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Rows ordered by a measure; ``ranks`` when it was only said by what: "top 5 *by size*"."""

    by: Measure
    descending: bool = False
    ranks: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """Only the rows with the highest or lowest measure: ``number`` of them, or all that share the first place."""

    by: Measure
    descending: bool
    number: int | None = None
    skipped: int = 0  # "the second largest" skips one
    ends: bool = False  # "the largest and the smallest"


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A whole question.

    kind    rows: list them · count: how many · aggregate: ``function`` of ``measure`` · values: the different
            values of ``group`` · details: everything about them · check, exists: whether it is so ·
            share: what percentage of them meets ``part`` ·
            difference: ``measure`` of the one row less that of ``other``, its ABS, or the RATIO to it
    group   the keys to count or aggregate by: columns, or names of rows at the end of a path
    having  (op, number) that the count of a group must meet
    """

    kind: str
    rows: Rows
    show: tuple[Shown, ...] = ()
    noted: tuple[Shown, ...] = ()
    function: str = ""
    also: tuple[str, ...] = ()  # further functions of the same measure: "the smallest *and the largest*"
    measure: Measure | None = None
    group: tuple[Shown, ...] = ()
    having: tuple[str, int | Decimal] | None = None
    order: tuple[Order, ...] = ()
    pick: Pick | None = None
    limit: int | None = None
    offset: int = 0
    part: Test | None = None
    other: Rows | None = None
    unsure: object = None


def says_same(one: Test, other: Test) -> bool:
    """Whether two tests say the same of a row, wherever each was read."""
    if isinstance(one, Compare) and isinstance(other, Compare):
        return (one.column, one.op, str(one.value)) == (other.column, other.op, str(other.value))
    if isinstance(one, Linked) and isinstance(other, Linked):
        ways = path_key(one.path) == path_key(other.path) and one.count == other.count
        return ways and len(one.rows.tests) == len(other.rows.tests) and all(
            map(says_same, one.rows.tests, other.rows.tests)
        )  # fmt: skip
    return isinstance(one, Not) and isinstance(other, Not) and says_same(one.test, other.test)


def is_contradictory(rows: Rows) -> bool:
    """Whether one test denies another, as no question does that was read rightly."""
    denied = [test.test for test in rows.tests if isinstance(test, Not)]
    return any(says_same(test, other) for test in rows.tests for other in denied)


def walk(value: object) -> Iterator[object]:
    """Every part of a question's tree, from the top."""
    if isinstance(value, tuple):
        for each in value:
            yield from walk(each)
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            yield from walk(getattr(value, field.name))


def exchange(value: Any, old: object, new: object) -> Any:
    """The tree with one part of it, found by identity, exchanged for another; what holds it not is kept as it is."""
    if value is old:
        return new
    if isinstance(value, tuple):
        parts = tuple(exchange(each, old, new) for each in value)
        return parts if any(a is not b for a, b in zip(parts, value, strict=True)) else value
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: part for field in fields(value)
            if (part := exchange(getattr(value, field.name), old, new)) is not getattr(value, field.name)
        }  # fmt: skip
        return replace(value, **changed) if changed else value
    return value
