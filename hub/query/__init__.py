"""The SQL guard: a SELECT is checked, filled with the rows and columns its caller may see, and run under limits.

``grammar`` reads it, ``compiler`` checks and rewrites it, ``functions`` is the allow-list of calls, ``literals`` looks
at the texts it compares with, ``reader`` runs it on a connection that could not do more even if it were asked to.
Semantics are the same on every backend: ``/`` is true division, LIKE disregards letter case, ``=`` on text does not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from db.tables import CATALOGUE
from hub.access import Caller, Granted, Tx, action, granted_items, nobody, readable_columns, visible
from hub.errors import Invalid
from hub.query.compiler import Checked, check
from hub.query.reader import Rows, read_rows

_TABLES = {table.name: table for table in CATALOGUE}
_DIALECTS: dict[bool, sa.Dialect] = {True: sqlite.dialect(), False: mysql.dialect()}  # type: ignore[no-untyped-call]
_checked = lru_cache(maxsize=512)(check)  # what a statement means is the same for every caller


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of an answer: JSON values, moments as ``YYYY-MM-DD HH:MM:SS``; ``total`` only where it was counted."""

    sql: str
    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    notes: list[str]
    seconds: float
    total: int | None = None


@action("query.run", reads=True)
def run_query(caller: Caller, tx: Tx, sql: str, *, strict: bool = True, public_only: bool = False) -> Result:
    """The rows of one SELECT over the catalogue, as far as this caller may see them.

    A text compared with a column that holds no such value is refused (``unknown_value``), or with ``strict`` off noted
    beside the result. ``public_only`` gives what a stranger would see. At most ``query_rows`` rows and ``query_bytes``
    bytes come back; ``truncated`` says when there were more. ``QueryRefused`` and ``QueryFailed`` carry a code, a
    message and a hint that say what to change.
    """
    began = time.monotonic()
    checked = _checked(sql, caller.hub.database.is_sqlite)
    rows_of = _visible_rows(caller, tx, public_only)
    notes: list[str] = []
    most = caller.hub.settings.query_rows
    limit = most + 1 if checked.limit is None else min(checked.limit, most + 1)
    found = read_rows(caller.hub, f"{checked.fill(rows_of)} LIMIT {limit} OFFSET {checked.offset}")
    rows = found.rows[:most]
    tx.note(sql=sql, rows=len(rows))
    return Result(
        checked.shown, list(checked.columns), rows, found.cut or len(found.rows) > most, notes, time.monotonic() - began
    )


class _RowsOf:
    """The subquery that stands for a table: the readable columns of the rows one caller may see."""

    def __init__(self, is_sqlite: bool, viewer: Caller, granted: Granted) -> None:
        self._of = (is_sqlite, viewer.is_admin, viewer.user_id, granted)
        self._viewer = viewer

    def __call__(self, table: str) -> str:
        return _subquery(table, *self._of)


def _visible_rows(caller: Caller, tx: Tx, public_only: bool) -> _RowsOf:
    viewer = nobody(caller.hub) if public_only else caller
    granted = Granted() if viewer.is_admin else granted_items(viewer, tx.db)
    return _RowsOf(caller.hub.database.is_sqlite, viewer, granted)


@lru_cache(maxsize=2048)
def _subquery(table: str, is_sqlite: bool, is_admin: bool, user_id: int | None, granted: Granted) -> str:
    # The key is everything that ``visible`` decides by, so no caller can meet another's rows here.
    viewer = Caller(None, "admin" if is_admin else "user", user_id)  # type: ignore[arg-type]
    query = sa.select(*readable_columns(_TABLES[table]))
    condition = visible(viewer, granted, _TABLES[table])
    if condition is not None:
        query = query.where(condition)
    compiled = query.compile(dialect=_DIALECTS[is_sqlite], compile_kwargs={"literal_binds": True})
    return f"({' '.join(str(compiled).split())})"
