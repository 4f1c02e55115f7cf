"""Asking a hub of one's own: set up and loaded through the command line, on either backend, with any engine."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.gold import Record
from evals.judge import Gold

COMMAND = Path(sys.executable).with_name("openmodelhub")
PASSWORD = "made-up for evaluation"
ENGINES = {"interpreter": "only", "endpoint": "off", "both": "first"}
BACKENDS = ("sqlite", "mariadb")
DATABASE = ("DB_HOST", "DB_PORT", "DB_USERNAME", "DB_PASSWORD", "TARGET_DB")


@dataclass(frozen=True, slots=True)
class EvalHub:
    """A hub in a folder of its own with a catalogue in it."""

    home: Path
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Standard output of one command; only 0 and 3 (refused) are fine exits."""
        done = subprocess.run(
            [str(COMMAND), *arguments], env=self.environment, cwd=self.home, capture_output=True, text=True,
            timeout=3600, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 3):
            raise SystemExit(f"openmodelhub {' '.join(arguments)} failed ({done.returncode}):\n{done.stderr[-3000:]}")
        return done.stdout

    def ask(self, person: str, asked: list[list[Record]]) -> list[Record]:
        """One reply a turn, in order; what has several turns is asked as a conversation."""
        batch = self.home / "batch.txt"
        lines = [
            turns[0]["question"] if len(turns) == 1 else json.dumps([t["question"] for t in turns]) for turns in asked
        ]
        batch.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        output = self.run("ask", "--batch", str(batch), "--json", "--as", person)
        replies = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        if len(replies) != sum(len(turns) for turns in asked):
            raise SystemExit(f"{person}: {sum(map(len, asked))} questions, {len(replies)} replies")
        return replies


@contextmanager
def open_eval_hub(catalogue: Path, gold: Gold, engine: str, backend: str) -> Iterator[EvalHub]:
    """A fresh hub with this catalogue; MariaDB is started for it unless DB_HOST names one."""
    environment = dict(os.environ)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-eval-")))
        if backend == "sqlite":
            for name in DATABASE:
                environment.pop(name, None)
        elif not environment.get("DB_HOST"):
            environment |= stack.enter_context(own_mariadb())
        environment |= {
            "HUB_HOME": str(home), "HUB_ADMIN": gold.loader, "HUB_ADMIN_PASSWORD": PASSWORD,
            "INTERPRETER": ENGINES[engine],
        }  # fmt: skip
        hub = EvalHub(home, environment)
        hub.run("init")
        hub.run("load", str(catalogue))
        if backend == "sqlite":
            for difference in compare_tables(home, gold):
                print(f"differs: {difference}", file=sys.stderr)
        yield hub


@contextmanager
def own_mariadb() -> Iterator[dict[str, str]]:
    """The settings for an empty database of a MariaDB that runs as long as this."""
    from tests.mariadb import MariaDB, find_mariadb

    if find_mariadb() is None:
        raise SystemExit(
            "MariaDB is not on this machine (Debian: apt install mariadb-server), or name one with DB_HOST"
        )
    with tempfile.TemporaryDirectory(prefix="hub-eval-mariadb-") as name:
        folder = Path(name) / "server"
        try:
            with MariaDB.start_or_join(folder).fresh_database() as settings:
                yield {key.upper(): str(value) for key, value in settings.items()}
        finally:
            MariaDB.stop(folder)


def compare_tables(home: Path, gold: Gold) -> list[str]:
    """Tables whose row count in the hub differs from the gold's: a fault of the loader, not of understanding."""
    differences = []
    hub = sqlite3.connect(f"file:{home / 'openmodelhub.db'}?mode=ro", uri=True)
    mine = gold.database(gold.loader)
    for (table,) in mine.execute("select name from sqlite_master where type = 'table'").fetchall():
        counts = [db.execute(f"select count(*) from {table}").fetchone()[0] for db in (hub, mine)]
        if counts[0] != counts[1]:
            differences.append(f"{table}: {counts[0]} rows in the hub, {counts[1]} in the gold")
    return differences
