"""The interpreter's statements give the same rows on MariaDB as on SQLite."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.interpreter import interpret
from db.tables import utc_now
from hub import access, records
from hub.access import Caller
from hub.home import Hub
from hub.query import run_query
from tests.assistant.interpreter.test_questions import RIGHT
from tests.conftest import DEMO, caller_for


def plain(value: Any) -> Any:
    """A cell as both backends give it: numbers to six digits, and today for what was only made by loading it."""
    if isinstance(value, str) and value.startswith(utc_now().date().isoformat()):
        return "today"
    return float(f"{value:.6g}") if isinstance(value, int | float) else value


@pytest.mark.mariadb
def test_both_backends_agree(alice: Caller, mariadb_hub: Hub) -> None:
    records.load_records(access.system(mariadb_hub), json.loads(DEMO.read_text("utf-8")), source="demo.json")
    there = caller_for(mariadb_hub, "alice")
    for case in RIGHT[::4]:
        rows = []
        for caller in (alice, there):
            reading = interpret(caller, case["question"])
            assert reading.sql is not None, (case["question"], reading.error)
            result = run_query(caller, reading.sql)
            rows.append(sorted(([plain(cell) for cell in row] for row in result.rows), key=repr))
        assert rows[0] == rows[1], case["question"]
