"""What names mean in a statement: the tables, columns and aliases that each SELECT of it can see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from rapidfuzz import process
from sqlglot import exp

from db.tables import CATALOGUE, Table
from hub.access import READABLE
from hub.errors import QueryRefused
from hub.query.functions import BARE
from hub.query.grammar import MAX_NAME

TABLES: Mapping[str, sa.Table] = {table.name: table for table in CATALOGUE}
TAKEN = frozenset(Table.metadata.tables)
_COLUMN_NAMES = frozenset(column.name for table in Table.metadata.tables.values() for column in table.columns)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be named: how a person says it, how the SQL says it, and where in the catalogue it is from."""

    name: str
    sql: str
    origin: sa.Column[Any] | None = None


@dataclass(slots=True)
class Source:
    """One entry of FROM: its name to the person and to the SQL, its columns by lower-case name (None: ambiguous)."""

    name: str
    alias: str
    columns: dict[str, Column | None]
    table: sa.Table | None = None
    used: int = 1  # tables that are read where it is named
    merged: set[str] = field(default_factory=set)  # columns that USING took together with an earlier source's

    def sql(self, column: Column) -> str:
        return f"{self.alias}.{column.sql}"


@dataclass(slots=True)
class Scope:
    """What names mean within one SELECT."""

    parent: Scope | None
    ctes: dict[str, Source]
    sources: list[Source] = field(default_factory=list)
    aliases: dict[str, Output] = field(default_factory=dict)
    windows: dict[str, exp.Window] = field(default_factory=dict)
    clause: str = "from"
    inside_aggregate: int = 0
    aggregates: bool = False
    groups: set[str] = field(default_factory=set)
    bare: dict[str, tuple[Source, Column]] = field(default_factory=dict)
    equal: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Output:
    """One column of a SELECT's result."""

    name: str
    sql: str
    alias: str
    origin: sa.Column[Any] | None = None
    node: exp.Expr | None = None
    bare: dict[str, tuple[Source, Column]] = field(default_factory=dict)
    aggregate: bool = False


def refuse(code: str, message: str, hint: str) -> QueryRefused:
    return QueryRefused(message, hint, code=code)


def clip(name: object) -> str:
    text = str(name)
    return text if len(text) <= 60 else text[:57] + "..."


def near(name: str, known: Sequence[str]) -> list[str]:
    return [found[0] for found in process.extract(name, known, limit=3, score_cutoff=60)]


def resolve(node: exp.Expr, scope: Scope) -> tuple[Source, Column, Scope] | Output | str | None:
    """What a column name means: a source's column, a result column, a function called bare, or (None) a text."""
    only(node, "this", "table")
    if type(node.this) is not exp.Identifier:
        raise refuse("parse", "* cannot stand here", "name a column")
    name = name_of(node.this)
    table = node.args.get("table")
    where: Scope | None = scope
    if table is not None:
        qualifier = name_of(table)
        while where is not None:
            for source in where.sources:
                if source.name == qualifier:
                    if name not in source.columns:
                        raise unknown_column(name, [source])
                    column = source.columns[name]
                    if column is None:
                        raise ambiguous_column(name, [source])
                    return source, column, where
            where = where.parent
        raise refuse("unknown_table", f"no table here is called {clip(qualifier)}", "name it in FROM")
    alias = scope.aliases.get(name)
    if alias is not None and (scope.clause == "order" or (scope.clause == "having" and alias.aggregate)):
        return alias
    while where is not None:
        holding = [s for s in where.sources if name in s.columns and name not in s.merged]
        if len(holding) > 1:
            raise ambiguous_column(name, holding)
        if holding:
            column = holding[0].columns[name]
            if column is None:
                raise ambiguous_column(name, holding)
            return holding[0], column, where
        where = where.parent
    if alias is not None and scope.clause == "having":
        return alias
    quoted = bool(node.this.args.get("quoted"))
    if name in BARE and not quoted:
        return name
    if alias is not None:
        raise refuse(
            "unknown_column",
            f"the alias {clip(name)} is not known yet in {scope.clause.upper()}",
            "repeat the expression there, or use a subquery",
        )
    if quoted and name not in _COLUMN_NAMES:
        return None
    sources = [source for level in _levels(scope) for source in level.sources]
    raise unknown_column(name, sources)


def unknown_column(name: str, sources: Sequence[Source]) -> QueryRefused:
    known = list(dict.fromkeys(key for source in sources for key in source.columns))
    alike = near(name, known)
    where = f" in {clip(sources[0].name)}" if len(sources) == 1 and sources[0].name else ""
    homes = [table for table, columns in READABLE.items() if name in columns][:4]
    hint = f"{name} is a column of {' and '.join(homes)}: join it; " if homes else ""
    hint += f"did you mean {' or '.join(alike)}? " if alike else ""
    hint += f"the columns are: {', '.join(map(clip, known[:60]))}" if known else "name a table in FROM"
    return refuse("unknown_column", f"there is no column called {clip(name)}{where}", hint)


def ambiguous_column(name: str, sources: Sequence[Source]) -> QueryRefused:
    tables = [clip(source.name) for source in sources if source.name]
    return refuse(
        "ambiguous_column",
        f"the column {clip(name)} is in several tables",
        f"say which: {' or '.join(f'{table}.{clip(name)}' for table in tables)}" if len(tables) > 1
        else "give the columns different names",
    )  # fmt: skip


def only(node: exp.Expr, *allowed: str) -> None:
    """Refuse a node that says more than the parts named here."""
    for key, value in node.args.items():
        if value and key not in allowed:
            raise refuse(
                "forbidden", f"{clip(key.strip('_').replace('_', ' ').upper())} is not allowed here",
                "write a plain SELECT",
            )  # fmt: skip


def name_of(node: exp.Expr) -> str:
    if type(node) is not exp.Identifier:
        raise refuse("parse", "a name is missing", "name tables and columns plainly")
    only(node, "this", "quoted")
    text = str(node.this)
    if not text or len(text) > MAX_NAME:
        raise refuse("parse", "a name is empty or too long", f"use at most {MAX_NAME} characters")
    return text.lower()


def is_source_column(node: exp.Expr, scope: Scope) -> bool:
    return any(node.name.lower() in source.columns for source in scope.sources)


def alias_of(node: exp.Expr, scope: Scope) -> Output | None:
    if type(node) is exp.Column and node.args.get("table") is None:
        return scope.aliases.get(node.name.lower())
    return None


def unknown_table(name: str, scope: Scope) -> QueryRefused:
    alike = near(name, [*READABLE, *scope.ctes])
    hint = f"did you mean {' or '.join(alike)}? " if alike else ""
    return refuse(
        "unknown_table", f"there is no table called {clip(name)}", f"{hint}the tables are: {', '.join(READABLE)}"
    )


def renamed(columns: Sequence[Column | None], alias: exp.Expr | None) -> dict[str, Column | None]:
    given = alias.args.get("columns") if alias is not None else None
    if given:
        if len(given) != len(columns):
            raise refuse("parse", "the list of column names is not as long as the columns", "name every column")
        columns = [
            replace(column, name=str(identifier.this)) if column else None
            for column, identifier in zip(columns, given, strict=True)
            if name_of(identifier) is not None
        ]
    found: dict[str, Column | None] = {}
    for column in columns:
        if column is not None:
            key = column.name.lower()
            found[key] = None if key in found else column
    return found


def columns_of(outputs: list[Output], alias: exp.Expr | None) -> dict[str, Column | None]:
    columns = [Column(output.name, output.alias, output.origin) for output in outputs]
    return renamed(list(columns), alias)


def _levels(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def keys_of(source: Source) -> list[set[str]]:
    """Sets of columns, as the SQL names them, of which each decides a row of this source."""
    if source.table is None:
        return []
    keys = [{f"{source.alias}.{column.name}" for column in source.table.primary_key}]
    if "name_key" in source.table.columns and source.table.columns["name_key"].unique:
        keys += [{f"{source.alias}.{c.name}"} for c in source.table.columns if c.info.get("name")]
    return keys


def bound(node: exp.Expr | None) -> int | None:
    """The number of a LIMIT or OFFSET."""
    if node is None:
        return None
    value = node.args.get("expression")
    number = whole(value) if value is not None else None
    extra = any(value for key, value in node.args.items() if key != "expression")
    if number is None or extra or number >= 2**62:
        raise refuse("parse", f"{type(node).__name__.upper()} takes a plain number", "for example LIMIT 10")
    return number


def whole(node: exp.Expr) -> int | None:
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit() and len(str(node.this)) < 20:
        return int(str(node.this))
    return None


@contextmanager
def counted(scope: Scope, aggregate: bool) -> Iterator[None]:
    scope.inside_aggregate += aggregate
    try:
        yield
    finally:
        scope.inside_aggregate -= aggregate
