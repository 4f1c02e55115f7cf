"""The connections that checked SQL runs on: they can read the readable columns and nothing else, for a limited time."""

from __future__ import annotations

import datetime as dt
import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pymysql
import sqlalchemy as sa
from pymysql.cursors import SSCursor

from db.engine import SQL_MODE, mysql_url
from hub.access import READABLE
from hub.errors import QueryFailed, Unavailable
from hub.query.functions import SQLITE_FUNCTIONS

if TYPE_CHECKING:
    from hub.home import Hub

log = logging.getLogger(__name__)

MAX_VALUE = 1_000_000  # bytes of one value or row inside the database
MAX_CELL = 200_000  # characters of one value in an answer
_GRACE = 0.5  # seconds after the database's own limit until the statement is killed from outside
_NEAR = 0.97  # a statement that took this share of its limit may have been cut short without an error


@dataclass(frozen=True, slots=True)
class Rows:
    """What came back: rows of JSON values, whether the byte limit cut them, and seconds taken."""

    rows: list[list[Any]]
    cut: bool
    seconds: float


def read_rows(hub: Hub, sql: str) -> Rows:
    """Run checked SQL on this hub's reader; ``QueryFailed`` says why it could not be run to its end."""
    settings = hub.settings
    run = _run_sqlite if hub.database.is_sqlite else _run_mysql
    began = time.monotonic()
    rows, cut = run(hub, sql, settings.query_seconds, settings.query_bytes)
    seconds = time.monotonic() - began
    return Rows(rows, cut, seconds)


def too_slow(seconds: float) -> QueryFailed:
    return QueryFailed(
        f"the statement was stopped after {seconds:g} seconds", "narrow it down, or join on fewer rows", code="timeout"
    )


def _collect(fetched: Any, most_bytes: int) -> tuple[list[list[Any]], bool]:
    rows, size = [], 0
    for row in fetched:
        plain = [_plain(value) for value in row]
        size += sum(len(value) if isinstance(value, str) else 8 for value in plain)
        if size > most_bytes:
            return rows, True
        rows.append(plain)
    return rows, False


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise QueryFailed("a value of the result is too long", "select a part of it with SUBSTR", code="too_big")
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.year >= 1000 else value.isoformat(" ", "seconds")
    if isinstance(value, bytes):
        return _plain(value.decode("utf-8", "replace"))
    return str(value)


@contextmanager
def _stopping(seconds: float, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` from another thread when the block takes longer."""
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


# --- SQLite ---------------------------------------------------------------------------------------

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
_COLUMNS = {table: frozenset(columns) for table, columns in READABLE.items()}


def _authorize(what: int, one: str | None, two: str | None, _database: str | None, _trigger: str | None) -> int:
    if what == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if what == sqlite3.SQLITE_READ:
        # An empty column name means that only the number of rows is read.
        columns = _COLUMNS.get(one or "")
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
    connection.create_aggregate("concat_rows", -1, _ConcatRows)
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


def _run_sqlite(hub: Hub, sql: str, seconds: float, most_bytes: int) -> tuple[list[list[Any]], bool]:
    connection = _sqlite_of_this_thread(hub)
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 5_000)
    cursor = None
    try:
        with _stopping(seconds + _GRACE, connection.interrupt):
            cursor = connection.execute(sql)
            return _collect(cursor, most_bytes)
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


# --- MariaDB and MySQL ----------------------------------------------------------------------------

_TIMED_OUT = {1969, 3024, 1317}
_NO_SUCH_ACCOUNT = {1044, 1045, 1049, 1142, 1143, 1698}
_CUT_SHORT = {1260, 1301}  # warnings: a value was cut or dropped because it grew too big
_making = threading.Lock()
_SESSION = (
    f"SET sql_mode='{SQL_MODE}', time_zone='+00:00', collation_connection=utf8mb4_bin, "
    f"group_concat_max_len={MAX_VALUE}, optimizer_search_depth=5, lock_wait_timeout=5"
)


def reader_name(database: str) -> str:
    """The name of the account that runs checked SQL on this database: at most 32 characters, MySQL's limit."""
    name = f"{database}_reader"
    return name if len(name) <= 32 else f"{database[:16]}_{sha256(database.encode()).hexdigest()[:8]}_reader"


def reader_setup(hub: Hub) -> list[str]:
    """The SQL that makes the reader's account: SELECT on the readable columns of the catalogue and nothing else."""
    with hub.database.read() as db:
        host = str(db.scalar(sa.text("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', -1)")))
    database = hub.settings.target_db
    account = f"'{reader_name(database)}'@'{host}'"
    password = _password(hub)
    return [
        f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{password}'",
        f"ALTER USER {account} IDENTIFIED BY '{password}'",
        f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account}",
        *(
            f"GRANT SELECT ({', '.join(f'`{column}`' for column in columns)}) ON `{database}`.`{table}` TO {account}"
            for table, columns in READABLE.items()
        ),
    ]


def make_reader(hub: Hub) -> None:
    """Make or mend the account that checked SQL runs under; SQLite needs none.

    ``Unavailable`` when the hub's own account may not: its hint is the SQL for an administrator of the database.
    """
    if hub.database.is_sqlite:
        return
    statements = reader_setup(hub)
    try:
        with hub.database.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%"))
            connection.commit()
    except sa.exc.DBAPIError as error:
        raise Unavailable(
            "the hub's database account may not create the account that runs questions",
            "let an administrator of the database run:\n" + "\n".join(f"{line};" for line in statements),
        ) from error


def _password(hub: Hub) -> str:
    return hub.key_for("db-reader").hex()


def _mysql_engine(hub: Hub) -> sa.Engine:
    with hub.lock:
        found = hub.caches.get("query.reader")
        if found is None:
            settings = hub.settings
            url = mysql_url(
                settings.db_host,
                settings.db_port,
                reader_name(settings.target_db),
                _password(hub),
                settings.target_db,
            )
            found = sa.create_engine(
                url,
                isolation_level="AUTOCOMMIT",
                pool_pre_ping=True,
                pool_recycle=1800,
                pool_size=5,
                max_overflow=20,
                connect_args={"charset": "utf8mb4", "connect_timeout": 5, "read_timeout": settings.query_seconds + 3},
            )
            sa.event.listen(found, "connect", lambda raw, _: _set_up_mysql(raw, settings.query_seconds))
            hub.caches["query.reader"] = found
    assert isinstance(found, sa.Engine)
    return found


def _set_up_mysql(raw: Any, seconds: float) -> None:
    mariadb = "mariadb" in raw.get_server_info().lower()
    more = (
        f"max_statement_time={seconds:f}, max_session_mem_used={256 * 2**20}"
        if mariadb
        else f"max_execution_time={math.ceil(seconds * 1000)}"
    )
    with raw.cursor() as cursor:
        cursor.execute(f"{_SESSION}, {more}")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _run_mysql(hub: Hub, sql: str, seconds: float, most_bytes: int) -> tuple[list[list[Any]], bool]:
    try:
        return _try_mysql(hub, sql, seconds, most_bytes)
    except (pymysql.Error, sa.exc.DBAPIError) as error:
        if _code(error) not in _NO_SUCH_ACCOUNT:
            raise _mysql_failure(error, seconds) from None
    with _making:  # the account is not there yet, or is from before a column was added
        try:
            return _try_mysql(hub, sql, seconds, most_bytes)  # another thread may have made it meanwhile
        except (pymysql.Error, sa.exc.DBAPIError) as error:
            if _code(error) not in _NO_SUCH_ACCOUNT:
                raise _mysql_failure(error, seconds) from None
        make_reader(hub)
        _mysql_engine(hub).dispose()
        try:
            return _try_mysql(hub, sql, seconds, most_bytes)
        except (pymysql.Error, sa.exc.DBAPIError) as error:
            raise _mysql_failure(error, seconds) from None


def _try_mysql(hub: Hub, sql: str, seconds: float, most_bytes: int) -> tuple[list[list[Any]], bool]:
    pooled = _mysql_engine(hub).raw_connection()
    raw: Any = pooled.driver_connection
    began = time.monotonic()
    clean = False
    try:
        with _stopping(seconds + _GRACE, lambda: _kill(hub, raw.thread_id())), raw.cursor(SSCursor) as cursor:
            cursor.execute(sql)
            rows, cut = _collect(cursor, most_bytes)
            clean = not cut and time.monotonic() - began < seconds
            if not clean:
                _abandon(raw)
        if not cut and time.monotonic() - began > seconds * _NEAR:
            raise too_slow(seconds)
        if clean and cursor.warning_count:
            _check_warnings(raw)
        return rows, cut
    except (pymysql.Error, AttributeError):
        if time.monotonic() - began > seconds * _NEAR:
            raise too_slow(seconds) from None
        raise
    finally:
        if not clean:
            _abandon(raw)
            pooled.invalidate()
        pooled.close()


def _abandon(raw: Any) -> None:
    """Hang up without reading the rows that are still on their way; the server stops when it notices."""
    if raw._result is not None:
        raw._result.unbuffered_active = False
    raw._force_close()


def _kill(hub: Hub, thread: int) -> None:
    try:
        engine = _mysql_engine(hub)
        positional, named = engine.dialect.create_connect_args(engine.url)
        with closing(pymysql.connect(*positional, **named, connect_timeout=5, read_timeout=5)) as second:
            second.cursor().execute(f"KILL QUERY {int(thread)}")
    except pymysql.Error:
        log.warning("could not kill statement of connection %s: the server's own limit has to stop it", thread)


def _check_warnings(raw: Any) -> None:
    with raw.cursor() as cursor:
        cursor.execute("SHOW WARNINGS")
        if any(code in _CUT_SHORT for _, code, _ in cursor.fetchall()):
            raise QueryFailed("a value in the statement grows too big", "ask for less at once", code="too_big")


def _code(error: Exception) -> int | None:
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return original.args[0] if original is not None and original.args else None


def _mysql_failure(error: Exception, seconds: float) -> Exception:
    code = _code(error)
    if code in _TIMED_OUT:
        return too_slow(seconds)
    if code in (1690, 1264):
        return QueryFailed("a number in the statement grows too big", "use CAST(... AS REAL)", code="overflow")
    if code in (1436, 1116, 1473, 1038, 1114, 1021, 1041, 1177):
        return QueryFailed("the statement is too complex", "ask for less at once", code="too_complex")
    if code in (0, 2002, 2003, 2006, 2013, 1040, 1047, 1053, *_NO_SUCH_ACCOUNT):
        return Unavailable("the database does not answer", "try again; `openmodelhub doctor` says more")
    return QueryFailed("the database could not run the statement", "write it in a simpler way", code="query_failed")
