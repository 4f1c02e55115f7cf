"""What kinds of tables there are and how they hang together, read off the metadata.

A table is one of
    entity      rows with a number and a name of their own: what questions are about
    extension   one row for some rows of an entity, under the same key: more columns of it
    detail      rows that belong to one row of another table: its parts
    values      a detail whose rows say one word out of a closed set about their owner
    link        nothing but two foreign keys: which row belongs with which
Paths are steps over foreign keys; a relation is a path between two tables that people have words for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

Column = sa.Column[Any]
Kind = Literal["entity", "extension", "detail", "values", "link"]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """From a row to the rows of another table where ``right`` equals this row's ``left``."""

    left: Column
    right: Column

    @property
    def many(self) -> bool:
        return list(self.right.table.primary_key.columns) != [self.right]


Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A way from the rows of one table to those of another; ``column`` is the foreign key that ends or begins it."""

    start: sa.Table
    end: sa.Table
    path: Path
    source: sa.Table  # the table that stores it, whose words are used for it

    def inverse(self) -> Relation:
        return Relation(self.end, self.start, turn_round(self.path), self.source)

    def same(self, other: Relation) -> bool:
        return path_key(self.path) == path_key(other.path)


def turn_round(path: Path) -> Path:
    """The same path walked from its end."""
    return tuple(Step(step.right, step.left) for step in reversed(path))


def path_key(path: Path) -> tuple[str, ...]:
    """What tells two paths apart."""
    return tuple(f"{step.left}>{step.right}" for step in path)


class Schema:
    """The tables that may be asked about, their kinds, and the ways between them. Built once for a set of tables."""

    def __init__(self, tables: Iterable[sa.Table]) -> None:
        self.tables = tuple(tables)
        self.kinds: dict[sa.Table, Kind] = {table: _kind_of(table) for table in self.tables}
        self.entities = tuple(table for table in self.tables if self.kinds[table] == "entity")
        self.relations: dict[tuple[sa.Table, sa.Table], tuple[Relation, ...]] = {}
        for relation in self._read_relations():
            for each in (relation, relation.inverse()):
                key = (each.start, each.end)
                self.relations[key] = (*self.relations.get(key, ()), each)
        self._add_ways_round()
        self._reach: dict[tuple[sa.Table, sa.Table], Path | None] = {}

    def columns(self, table: sa.Table) -> Iterator[Column]:
        """The columns of a table that may be read and asked about."""
        for column in table.columns:
            if not (column.info.get("secret") or column.info.get("internal")):
                yield column

    def name_of(self, table: sa.Table) -> Column | None:
        """The column that names the rows of an entity."""
        if self.kinds[table] != "entity":
            return None
        return next(column for column in table.columns if column.info.get("name"))

    def key_of(self, table: sa.Table) -> Column:
        """The column by which other tables refer to a row: the primary key, or a part's reference to its owner."""
        keys = list(table.primary_key.columns)
        return keys[0] if len(keys) == 1 else next(iter(_owners(table)))[0]

    def owner_of(self, table: sa.Table) -> sa.Table | None:
        """The entity whose rows the rows of this extension, detail or values table belong to."""
        if self.kinds[table] in ("entity", "link"):
            return None
        return self._root(next(iter(_owners(table)))[1]).table

    def home_of(self, table: sa.Table) -> sa.Table:
        """The entity that the columns of a table are about: its owner, or the table itself."""
        owner = self.owner_of(table)
        return table if owner is None else owner

    def reach(self, table: sa.Table, other: sa.Table) -> Path | None:
        """The path from an entity to a table of its own columns: itself, an extension, parts; or from a part up."""
        key = (table, other)
        if key not in self._reach:
            self._reach[key] = self._find_reach(table, other)
        return self._reach[key]

    def between(self, start: sa.Table, end: sa.Table) -> tuple[Relation, ...]:
        """The relations from one table to another; the one meant when no word says which comes first."""
        return self.relations.get((start, end), ())

    def is_open(self, column: Column) -> bool:
        """Whether the column holds short texts that are neither names of entities nor of a closed set."""
        kind = self.kinds[column.table]
        return (
            isinstance(column.type, sa.String)
            and not isinstance(column.type, sa.Text)
            and not column.info.get("values")
            and kind not in ("entity", "link")
        )

    def _find_reach(self, table: sa.Table, other: sa.Table) -> Path | None:
        if table is other:
            return ()
        if self.owner_of(other) is table:
            return turn_round(self._path_up(other))
        if self.kinds[table] != "entity" and self.owner_of(table) is other:
            return self._path_up(table)
        return None

    def _path_up(self, table: sa.Table) -> Path:
        left, right = next(iter(_owners(table)))
        return (Step(left, self._root(right)),)

    def _root(self, column: Column) -> Column:
        """The key an extension's key stands for."""
        while self.kinds[column.table] == "extension":
            column = next(iter(column.foreign_keys)).column
        return column

    def _read_relations(self) -> Iterator[Relation]:
        for table in self.tables:  # links first: they say who is credited, a plain reference only who keeps it
            if self.kinds[table] == "link":
                (one, far_one), (two, far_two) = _owners(table)
                if table.info.get("subject") == two.name:
                    one, far_one, two, far_two = two, far_two, one, far_one
                path = (Step(far_one, one), Step(two, far_two))
                yield Relation(far_one.table, far_two.table, path, table)
        for table in self.tables:
            if self.kinds[table] in ("detail", "entity"):
                for left, right in _owners(table):
                    right = self._root(right)
                    yield Relation(right.table, table, (Step(right, left),), table)

    def _add_ways_round(self) -> None:
        """Entities that no relation joins are joined over one other entity: a model's author's affiliation."""
        direct = dict(self.relations)
        for start in self.entities:
            for end in self.entities:
                if start is end or (start, end) in direct:
                    continue
                for middle in self.entities:
                    if (start, middle) in direct and (middle, end) in direct:
                        first, second = direct[start, middle][0], direct[middle, end][0]
                        both = Relation(start, end, (*first.path, *second.path), second.source)
                        self.relations[start, end] = (*self.relations.get((start, end), ()), both)


def _owners(table: sa.Table) -> Iterator[tuple[Column, Column]]:
    """(foreign key, column it refers to) of a table."""
    for column in table.columns:
        for key in column.foreign_keys:
            yield column, key.column


def _kind_of(table: sa.Table) -> Kind:
    keys = list(table.primary_key.columns)
    references = [column for column, _ in _owners(table)]
    if len(references) == 2 and len(table.columns) == 2:
        return "link"
    if len(keys) == 1 and keys[0] in references:
        return "extension"
    if len(keys) == 1 and any(column.info.get("name") for column in table.columns):
        return "entity"
    others = [column for column in table.columns if column not in references]
    return "values" if len(others) == 1 and others[0].info.get("values") else "detail"
