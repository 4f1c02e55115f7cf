"""The readable tables as a language model reads them best: short CREATE TABLE statements with comments."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from db.tables import CATALOGUE
from hub.access import readable_columns


@cache
def schema_text() -> str:
    """Every readable table and column, links and closed values among them; the same for everyone."""
    return "\n".join(_table(table) for table in CATALOGUE)


def _table(table: sa.Table) -> str:
    columns = list(readable_columns(table))
    lines = [f"  {_column(column)}{',' if column is not columns[-1] else ''}{_comment(column)}" for column in columns]
    return "\n".join([f"CREATE TABLE {table.name} ( -- {table.comment}", *lines, ");"])


def _column(column: sa.Column[object]) -> str:
    references = "".join(f" REFERENCES {key.column.table.name}({key.column.name})" for key in column.foreign_keys)
    return f"{column.name} {_kind(column)}{references}"


def _comment(column: sa.Column[object]) -> str:
    if values := column.info.get("values"):
        return " -- " + ", ".join(f"'{value}'" for value in values)
    if column.foreign_keys or (column.primary_key and not column.info.get("name")):
        return ""
    return f" -- {column.comment}"


def _kind(column: sa.Column[object]) -> str:
    for kind, word in ((sa.Boolean, "BOOLEAN"), (sa.Integer, "INTEGER"), (sa.DateTime, "DATETIME")):
        if isinstance(column.type, kind):
            return word
    return "TEXT"
