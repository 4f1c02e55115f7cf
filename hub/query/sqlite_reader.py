"""Checked SQL on SQLite: a read-only connection whose authorizer knows the readable columns and allowed functions."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub.access import READABLE
from hub.errors import QueryFailed, Unavailable
from hub.query.functions import SQLITE_FUNCTIONS
from hub.query.limits import GRACE, MAX_VALUE, Rows, collect, stopping, too_slow

if TYPE_CHECKING:
    from hub.home import Hub

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MAX_VALUE,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 32,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 256,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_WITH = re.compile(r"q\d+")  # what the compiler calls WITH queries; no table of the hub is called so
_COLUMNS = {table: frozenset(columns) for table, columns in READABLE.items()}


def _authorize(what: int, one: str | None, two: str | None, _database: str | None, _trigger: str | None) -> int:
    if what == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if what == sqlite3.SQLITE_READ:
        # An empty column name means that only the number of rows is read, of a table or of a WITH query of ours.
        columns = frozenset() if _WITH.fullmatch(one or "") else _COLUMNS.get(one or "")
        return sqlite3.SQLITE_OK if columns is not None and (not two or two in columns) else sqlite3.SQLITE_DENY
    if what == sqlite3.SQLITE_FUNCTION:
        return sqlite3.SQLITE_OK if (two or "").lower() in SQLITE_FUNCTIONS else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_DENY


class _Spread:
    """Sample or population variance or deviation of numbers, by Welford's method."""

    sample = root = False

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value: Any) -> None:
        if isinstance(value, int | float):
            self.count += 1
            delta = value - self.mean
            self.mean += delta / self.count
            self.squares += delta * (value - self.mean)

    def finalize(self) -> float | None:
        count = self.count - self.sample
        if count <= 0:
            return None
        return math.sqrt(self.squares / count) if self.root else self.squares / count


_SPREADS = {
    f"{name}_{kind}": type(f"{name}_{kind}", (_Spread,), {"sample": kind == "samp", "root": name == "stddev"})
    for name in ("stddev", "var")
    for kind in ("pop", "samp")
}


class _ConcatRows:
    """GROUP_CONCAT with an order, which this SQLite has not: (distinct, separator, directions, value, sort keys…)."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.size = 0
        self.how: tuple[Any, str, str] = (0, ",", "")

    def step(self, distinct: Any, separator: str, directions: str, value: Any, *keys: Any) -> None:
        self.how = (distinct, separator, directions)
        if value is not None:
            text = str(value)
            self.size += len(text) + len(separator) + sum(len(str(key)) for key in keys)
            if self.size > MAX_VALUE:
                raise sqlite3.DataError("string or blob too big")
            self.rows.append((text, *keys))

    def finalize(self) -> str | None:
        distinct, separator, directions = self.how
        for place in range(len(directions), 0, -1):
            self.rows.sort(key=lambda row: _rank(row[place]), reverse=directions[place - 1] == "d")
        texts = [row[0] for row in self.rows]
        return separator.join(dict.fromkeys(texts) if distinct else texts) if texts else None


def _rank(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (2, value) if isinstance(value, str) else (1, value)


def open_sqlite(path: str) -> sqlite3.Connection:
    """A connection that can read the readable columns of this database file and nothing else."""
    connection = sqlite3.connect(
        f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA cache_size=-8000")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the schema is read before it is locked away
    for name, spread in _SPREADS.items():
        connection.create_aggregate(name, 1, spread)
    connection.create_aggregate("concat_rows", -1, _ConcatRows)  # type: ignore[arg-type]
    for name, change in (("lower", str.lower), ("upper", str.upper)):
        connection.create_function(name, 1, _textual(change), deterministic=True)
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.set_authorizer(_authorize)
    return connection


def _textual(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else change(value if isinstance(value, str) else str(value))


def _sqlite_of_this_thread(hub: Hub) -> sqlite3.Connection:
    with hub.lock:
        local: Any = hub.caches.setdefault("query.readers", threading.local())
    connection: sqlite3.Connection | None = getattr(local, "connection", None)
    if connection is None:
        connection = open_sqlite(str(hub.database.url.database))
        local.connection = connection
    return connection


def run_sqlite(hub: Hub, sql: str, seconds: float, most_bytes: int) -> Rows:
    connection = _sqlite_of_this_thread(hub)
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 5_000)
    cursor = None
    try:
        with stopping(seconds + GRACE, connection.interrupt):
            cursor = connection.execute(sql)
            return collect(cursor, most_bytes)
    except (sqlite3.Error, OverflowError, MemoryError) as error:
        raise _sqlite_failure(error, seconds) from None
    finally:
        connection.set_progress_handler(None, 0)
        if cursor is not None:
            cursor.close()


def _sqlite_failure(error: Exception, seconds: float) -> Exception:
    text = str(error)
    if "interrupted" in text:
        return too_slow(seconds)
    if "too big" in text or "user-defined aggregate" in text or isinstance(error, MemoryError):
        return QueryFailed("a value in the statement grows too big", "ask for less at once", code="too_big")
    if "overflow" in text:
        return QueryFailed("a number in the statement grows too big", "use CAST(... AS REAL)", code="overflow")
    if any(word in text for word in ("too complex", "too many", "too large", "parser stack", "too deep", "Expression")):
        return QueryFailed("the statement is too complex", "ask for less at once", code="too_complex")
    if isinstance(error, sqlite3.OperationalError) and ("unable to open" in text or "locked" in text):
        return Unavailable("the database does not answer", "try again; `openmodelhub doctor` says more")
    return QueryFailed("the database could not run the statement", "write it in a simpler way", code="query_failed")
