"""Connections to the database: one ``Database`` for SQLite, MariaDB and MySQL, with read and write transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.encrypted import FieldCipher, set_cipher

SQL_MODE = (
    "STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,PIPES_AS_CONCAT,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""Pinned for every connection, so that the SQL guard's parser and the server read a statement alike."""

# Deadlock, lock wait time-out, changed snapshot, or a savepoint that a deadlock undid together with its transaction:
# the whole transaction may be run again.
_TRANSIENT_MYSQL = {1213, 1205, 1020, 1305}


def sqlite_url(path: Path) -> sa.URL:
    """The URL of the SQLite database in this file."""
    return sa.URL.create("sqlite", database=str(path))


def mysql_url(host: str, port: int, user: str, password: str, database: str | None) -> sa.URL:
    """The URL of a MariaDB or MySQL database; a ``host`` that starts with ``/`` is a Unix socket."""
    if host.startswith("/"):
        return sa.URL.create(
            "mysql+pymysql", user, password, "localhost", database=database, query={"unix_socket": host}
        )
    return sa.URL.create("mysql+pymysql", user, password, host, port, database)


class Database:
    """An open database: ``read()`` and ``write()`` give a session in a transaction of its own.

    ``cipher`` is what its encrypted columns are sealed with.

    A writer on SQLite begins with ``BEGIN IMMEDIATE``, so that it waits for its turn instead of failing at commit.
    """

    def __init__(self, url: sa.URL, cipher: FieldCipher | None = None) -> None:
        self.url = url
        self.engine = _make_engine(url)
        if cipher is not None:
            set_cipher(self.engine, cipher)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def read(self, *, frozen: bool = False) -> Iterator[Session]:
        """A session that keeps nothing; on SQLite, or ``frozen``, it sees one state of the database throughout."""
        with self.engine.connect() as connection, Session(connection, autoflush=False) as session:
            if frozen and not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed on leaving, or all undone by an exception."""
        with (
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
            Session(connection, join_transaction_mode="rollback_only") as session,
        ):
            yield session
            session.flush()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction, run once more from its beginning, may well succeed."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    code = error.orig.args[0] if error.orig.args else None
    return code in _TRANSIENT_MYSQL


def _make_engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sa.create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"sql_mode": SQL_MODE, "charset": "utf8mb4", "init_command": "SET time_zone = '+00:00'"},
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; _begin_sqlite sends it
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
