"""The SQL guard: a SELECT is checked, filled with the rows and columns its caller may see, and run under limits.

``grammar`` reads it; ``compiler``, ``expressions``, ``calls`` and ``scope`` check it and write what runs; ``functions``
is the allow-list of calls; ``literals`` looks at the texts it compares with; ``sqlite_reader`` and ``mysql_reader`` run
it on connections that could not do more even if they were asked to.

A statement means the same on every backend: ``/`` is true division and gives NULL for a zero divisor, LIKE disregards
letter case while ``=`` on text does not, NULLs sort lowest, and a name in double quotes that is no column is a text.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, sqlite

from db.tables import CATALOGUE
from hub.access import Caller, Granted, Tx, action, granted_items, nobody, readable_columns, visible
from hub.errors import Invalid, QueryRefused
from hub.query.compiler import Checked, check
from hub.query.limits import Rows
from hub.query.literals import check_names, check_values
from hub.query.mysql_reader import make_reader, reader_name, reader_setup, run_mysql
from hub.query.sqlite_reader import run_sqlite

__all__ = ["Result", "make_reader", "page_query", "reader_name", "reader_setup", "run_query"]

_TABLES = {table.name: table for table in CATALOGUE}
_DIALECTS: dict[bool, sa.Dialect] = {True: sqlite.dialect(), False: mysql.dialect()}
_checked = lru_cache(maxsize=256)(check)  # what a statement means is the same for every caller


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
    checked, rows_of, notes = _prepare(caller, tx, sql, strict=strict, public_only=public_only)
    most = caller.hub.settings.query_rows
    limit = most + 1 if checked.limit is None else min(checked.limit, most + 1)
    found, cut = _read_rows(caller, _limited(checked.fill(rows_of), limit, checked.offset))
    rows, cut = found[:most], cut or len(found) > most
    tx.note(sql=sql, rows=len(rows))
    return Result(checked.shown, list(checked.columns), rows, cut, notes, time.monotonic() - began)


@action("query.run", reads=True)
def page_query(
    caller: Caller,
    tx: Tx,
    sql: str,
    *,
    offset: int = 0,
    limit: int = 100,
    order_by: str | None = None,
    descending: bool = False,
) -> Result:
    """One page of a statement's rows, sorted and counted by the database; ``total`` is the number of all its rows.

    ``order_by`` is a result column as ``columns`` names it; without it the statement's own order stands. ``Invalid``
    when there is no such column.
    """
    began = time.monotonic()
    checked, rows_of, notes = _prepare(caller, tx, sql, strict=False, public_only=False)
    body, offset = checked.fill(rows_of), max(0, offset)
    limit = max(0, min(limit, caller.hub.settings.query_rows))
    whole = body if checked.limit is None and not checked.offset else _limited(body, checked.limit, checked.offset)
    ((total,),), _ = _read_rows(caller, f"SELECT COUNT(*) FROM ({whole}) AS page")  # noqa: S608 - checked parts
    if order_by is not None:
        if order_by not in checked.columns:
            raise Invalid(f"there is no result column {order_by!r}", f"the columns are: {', '.join(checked.columns)}")
        column = checked.names[checked.columns.index(order_by)]
        way = " DESC" if descending else ""
        page = f"SELECT * FROM ({whole}) AS page ORDER BY {column}{way}"  # noqa: S608 - checked parts
        page = _limited(page, limit, offset)
    else:
        left = limit if checked.limit is None else max(0, min(limit, checked.limit - offset))
        page = _limited(body, left, checked.offset + offset)
    rows, cut = _read_rows(caller, page)
    tx.note(sql=sql, rows=len(rows), offset=offset)
    return Result(checked.shown, list(checked.columns), rows, cut, notes, time.monotonic() - began, total)


def _prepare(
    caller: Caller, tx: Tx, sql: str, *, strict: bool, public_only: bool
) -> tuple[Checked, Callable[[str], str], list[str]]:
    """The checked statement, what stands for its tables, and notes on the texts in it."""
    checked = _checked(sql, caller.hub.database.is_sqlite)
    viewer = nobody(caller.hub) if public_only else caller
    granted = Granted() if viewer.is_admin else granted_items(viewer, tx.db)
    doubts = [
        *check_values(checked.comparisons),
        *check_names(tx.db, viewer, granted, checked.comparisons),
    ]
    if doubts and strict:
        message, hint = doubts[0]
        raise QueryRefused(message, hint, code="unknown_value")
    rows_of = partial(_subquery, caller.hub.database.is_sqlite, viewer.is_admin, viewer.user_id, granted)
    return checked, rows_of, [f"{message}; {hint}" for message, hint in doubts]


def _read_rows(caller: Caller, sql: str) -> Rows:
    settings = caller.hub.settings
    run = run_sqlite if caller.hub.database.is_sqlite else run_mysql
    return run(caller.hub, sql, settings.query_seconds, settings.query_bytes)


def _limited(sql: str, limit: int | None, offset: int) -> str:
    return f"{sql} LIMIT {2**62 if limit is None else limit} OFFSET {offset}"


@lru_cache(maxsize=2048)
def _subquery(is_sqlite: bool, is_admin: bool, user_id: int | None, granted: Granted, table: str) -> str:
    """What stands for a table: the readable columns of the rows one caller may see."""
    # The key is everything that ``visible`` decides by, so no caller can meet another's rows here.
    viewer = Caller(None, "admin" if is_admin else "user", user_id)  # type: ignore[arg-type]
    query = sa.select(*readable_columns(_TABLES[table]))
    condition = visible(viewer, granted, _TABLES[table])
    if condition is not None:
        query = query.where(condition)
    compiled = query.compile(dialect=_DIALECTS[is_sqlite], compile_kwargs={"literal_binds": True})
    return f"({' '.join(str(compiled).split())})"
