"""A MariaDB server for tests: its own data folder, socket and port, gone when the tests are."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CLIENT


def find_mariadb() -> tuple[str, str] | None:
    """The server and the program that makes its data folder, or None."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"])
    server = shutil.which("mariadbd", path=path)
    install = shutil.which("mariadb-install-db", path=path)
    return (server, install) if server and install else None


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _quick_folder() -> Path | None:
    """A fresh folder in memory, where there is room: making tables waits for the disk four times as long."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30:
        return Path(tempfile.mkdtemp(prefix="omh-", dir=memory)) / "data"
    return None


def _is_running(process: int) -> bool:
    with suppress(ChildProcessError):
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server; root signs in over TCP without a password, from this machine alone."""

    port: int

    @classmethod
    def start_or_join(cls, folder: Path) -> MariaDB:
        """The server of this folder, started if nobody has."""
        port_file = folder / "port"
        if port_file.exists():
            return cls(int(port_file.read_text()))
        programs = find_mariadb()
        assert programs is not None
        server, install = programs
        folder.mkdir(parents=True)
        data, port = _quick_folder() or folder / "data", free_port()
        (folder / "where").write_text(str(data))
        # A Unix socket's path must stay short.
        sock = Path("/tmp") / f"omh-{uuid.uuid4().hex[:8]}.sock"
        user = getpass.getuser()
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", f"--user={user}"],
            check=True, capture_output=True,
        )  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [server, "--no-defaults", f"--datadir={data}", f"--socket={sock}", f"--port={port}",
                 "--bind-address=127.0.0.1", f"--user={user}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
                 "--innodb-buffer-pool-size=96M", "--skip-name-resolve", "--max-connections=300"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        (folder / "pid").write_text(str(process.pid))
        started = cls(port)
        deadline = time.monotonic() + 60
        while True:
            try:
                started._connect().close()
                break
            except pymysql.OperationalError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"MariaDB did not start:\n{(folder / 'log').read_text()[-2000:]}") from None
                time.sleep(0.1)
        port_file.write_text(str(port))
        return started

    @staticmethod
    def stop(folder: Path) -> None:
        """End the server of this folder, if there is one."""
        with suppress(FileNotFoundError, ProcessLookupError):
            process = int((folder / "pid").read_text())
            os.kill(process, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline and _is_running(process):
                time.sleep(0.05)
            os.kill(process, signal.SIGKILL)  # a statement that never ends holds it up
        with suppress(FileNotFoundError):
            where = Path((folder / "where").read_text())
            shutil.rmtree(where if where.is_relative_to(folder) else where.parent, ignore_errors=True)

    def _connect(self) -> Any:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", autocommit=True, client_flag=CLIENT.MULTI_STATEMENTS
        )

    @contextmanager
    def fresh_database(self, script: str = "") -> Iterator[dict[str, Any]]:
        """Settings for a database of one's own, empty or as the script makes it; dropped, with its reader account,
        on leaving."""
        name = f"omh_{uuid.uuid4().hex[:10]}"
        if script:
            with self._connect() as connection, connection.cursor() as cursor:
                cursor.execute(
                    f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE `{name}`; {script}"
                )
                while cursor.nextset():
                    pass
        yield {"db_host": "127.0.0.1", "db_port": self.port, "db_username": "root", "target_db": name}
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute("SELECT user, host FROM mysql.user WHERE user LIKE %s", (f"{name}%",))
            for user, host in cursor.fetchall():
                cursor.execute("DROP USER %s@%s", (user, host))

    def script_of(self, name: str) -> str:
        """SQL that makes this database's tables with their rows, much quicker than what made them."""
        parts = ["SET foreign_key_checks = 0"]
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"USE `{name}`")
            cursor.execute("SHOW TABLES")
            for (table,) in cursor.fetchall():
                cursor.execute(f"SHOW CREATE TABLE `{table}`")
                parts.append(cursor.fetchone()[1])
                cursor.execute(f"SELECT * FROM `{table}`")
                parts += [f"INSERT INTO `{table}` VALUES {connection.literal(row)}" for row in cursor.fetchall()]
        return "; ".join(parts)

    def run(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run a statement as root and give its rows."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall())
