"""Checked SQL on MariaDB and MySQL: an account of its own with SELECT on the readable columns, and a time limit."""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pymysql
import sqlalchemy as sa
from pymysql.cursors import SSCursor

from db.engine import SQL_MODE, mysql_url
from hub.access import READABLE
from hub.errors import QueryFailed, Unavailable
from hub.query.limits import GRACE, MAX_VALUE, Rows, collect, stopping, too_slow

if TYPE_CHECKING:
    from hub.home import Hub

log = logging.getLogger(__name__)

_NEAR = 0.97  # a statement that took this share of its limit may have been cut short without an error
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


def run_mysql(hub: Hub, sql: str, seconds: float, most_bytes: int) -> Rows:
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


def _try_mysql(hub: Hub, sql: str, seconds: float, most_bytes: int) -> Rows:
    pooled = _mysql_engine(hub).raw_connection()
    raw: Any = pooled.driver_connection
    began = time.monotonic()
    clean = False
    try:
        with stopping(seconds + GRACE, lambda: _kill(hub, raw.thread_id())), raw.cursor(SSCursor) as cursor:
            cursor.execute(sql)
            rows, cut = collect(cursor, most_bytes)
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
    if code == 1242:
        return QueryFailed("a subquery gives more than one row", "use IN, or MAX of it", code="many_rows")
    if code in (1436, 1116, 1473, 1038, 1114, 1021, 1041, 1177):
        return QueryFailed("the statement is too complex", "ask for less at once", code="too_complex")
    if code in (0, 2002, 2003, 2006, 2013, 1040, 1047, 1053, *_NO_SUCH_ACCOUNT):
        return Unavailable("the database does not answer", "try again; `openmodelhub doctor` says more")
    return QueryFailed("the database could not run the statement", "write it in a simpler way", code="query_failed")
