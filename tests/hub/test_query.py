"""The SQL guard on real SQLite and MariaDB: right rows, limits, pages, texts that do not exist, speed."""

from __future__ import annotations

import json
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog
from hub import query
from hub.access import nobody
from hub.errors import Denied, Invalid, QueryFailed, QueryRefused
from hub.query import page_query, run_query
from hub.query.compiler import check
from tests.hub.query_world import World

LEGIT: list[dict[str, Any]] = json.loads(Path(__file__).with_name("legit.json").read_text("utf-8"))

QUERY_SECONDS = 3


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-9)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("case", LEGIT, ids=range(len(LEGIT)))
def test_legitimate_statements_give_the_right_rows(world: World, case: dict[str, Any]) -> None:
    result = run_query(world.callers["ann"], case["sql"])
    assert _same(result.rows, case["rows"]), result.rows
    assert not result.truncated
    assert not result.notes
    assert all(len(row) == len(result.columns) for row in result.rows)
    again = run_query(world.callers["ann"], result.sql)  # what is shown means the same
    assert _same(again.rows, case["rows"])


def test_columns_are_called_as_the_person_says(world: World) -> None:
    sql = 'SELECT m.Model_Name, param_num AS Size, COUNT(*) OVER () , "x" AS "Two Words", m.* FROM model m'
    assert run_query(world.callers["ann"], sql).columns[:4] == ["model_name", "Size", "COUNT(*) OVER ()", "Two Words"]
    assert len(run_query(world.callers["ann"], "SELECT * FROM model a JOIN model b USING (model_id)").columns) == 19


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT 1 FROM model WHERE arch_name = 'CNN'", "arch_name is never 'CNN'", "did you mean 'cnn'?"),
        ("SELECT 1 FROM model WHERE train_name IN ('Fine-tuned')", "train_name is never", "did you mean 'finetune'?"),
        ("SELECT 1 FROM model WHERE train_name <> 'reinforcement learning'", "train_name is never", "'rl'"),
        ("SELECT 1 FROM (SELECT arch_name AS a FROM model) x WHERE x.a = 'transfomer'", "arch_name", "'transformer'?"),
        ("WITH x AS (SELECT media FROM dataset) SELECT 1 FROM x WHERE media LIKE 'pictures'", "media is", "'image'?"),
        ("SELECT 1 FROM model WHERE arch_name LIKE '%gan%'", "arch_name is never '%gan%'", "it is one of"),
        ("SELECT 1 FROM model_task WHERE lower(task_name) = 'Detection'", "task_name is never", "'detection'"),
        ("SELECT CASE arch_name WHEN 'CNN' THEN 1 END FROM model", "arch_name is never 'CNN'", "'cnn'"),
        ("SELECT 1 FROM model WHERE 'CNN' = arch_name", "arch_name is never 'CNN'", "'cnn'"),
        ("SELECT 1 FROM model WHERE arch_name IN ('cnn', 'CNN')", "arch_name is never 'CNN'", "'cnn'"),
        ("SELECT 1 FROM user WHERE is_admin = 'yes'", "is_admin is never 'yes'", "TRUE or FALSE"),
        ("SELECT 1 FROM model WHERE param_num > '1B'", "param_num is a number", "in digits"),
        ("SELECT 1 FROM model WHERE created_at > 'last year'", "created_at is a moment", "'2024-05-31'"),
        ("SELECT 1 FROM model WHERE model_name = 'resnet50'", "no model that you may see", "did you mean 'ResNet-50'"),
        ("SELECT 1 FROM model WHERE model_name IN ('GPT-2', 'bert-base')", "'bert-base'", "'BERT base'"),
        ("SELECT 1 FROM user WHERE user_name = 'Ann'", "no user that you may see", "did you mean 'ann'?"),
        ("SELECT 1 FROM affil WHERE affil_name = 'somewhere'", "no affil", "'University of Somewhere'"),
        ("SELECT 1 FROM dataset WHERE ds_name = 'imagnet'", "no dataset", "'ImageNet'"),
        ("SELECT 1 FROM dataset WHERE ds_name = 'qqqq'", "no dataset", "LIKE '%...%'"),
    ],
)
def test_a_text_that_does_not_exist_is_said(world: World, sql: str, message: str, hint: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        run_query(world.callers["ann"], sql)
    assert refused.value.code == "unknown_value"
    assert message in refused.value.message
    assert hint in refused.value.hint
    noted = run_query(world.callers["ann"], sql, strict=False)
    assert noted.notes == [f"{refused.value.message}; {refused.value.hint}"]


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM model", "not_select"),
        ("SELECT 1; SELECT 2", "many_statements"),
        ("SELECT * FROM modle", "unknown_table"),
        ("SELECT modelname FROM model", "unknown_column"),
        ("SELECT sleep(1)", "forbidden_function"),
        ("SELECT FROM WHERE", "parse"),
        ("SELECT model_name, user_id FROM model m, user u, user_affil a", "ambiguous_column"),
        ("SELECT arch_name, model_name FROM model GROUP BY arch_name", "not_grouped"),
        ("WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r", "too_complex"),
    ],
)
def test_a_refusal_says_what_to_do(world: World, sql: str, code: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        run_query(world.callers["ann"], sql)
    assert refused.value.code == code
    assert refused.value.message
    assert refused.value.hint


def test_hints_name_what_was_meant(world: World) -> None:
    with pytest.raises(QueryRefused) as refused:
        run_query(world.callers["ann"], "SELECT modelname FROM model")
    assert "did you mean model_name" in refused.value.hint
    with pytest.raises(QueryRefused) as refused:
        run_query(world.callers["ann"], "SELECT * FROM modell")
    assert "did you mean model" in refused.value.hint


def test_grouping_by_a_key_groups_by_what_it_decides(world: World) -> None:
    sql = (
        "SELECT u.user_name, u.created_at, COUNT(*) FROM model_author a JOIN user u ON u.user_id = a.user_id "
        "GROUP BY a.user_id ORDER BY u.created_at"
    )
    assert [row[0] for row in run_query(world.callers["ann"], sql).rows] == ["ann", "bob", "carol"]


# --- limits -----------------------------------------------------------------------------------------


def test_rows_are_cut_and_it_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.hub.settings, "query_rows", 4)
    result = run_query(world.callers["ann"], "SELECT model_id FROM model ORDER BY model_id")
    assert (result.rows, result.truncated) == ([[1], [2], [3], [4]], True)
    result = run_query(world.callers["ann"], "SELECT model_id FROM model ORDER BY model_id LIMIT 4")
    assert not result.truncated
    result = run_query(world.callers["ann"], "SELECT model_id FROM model ORDER BY model_id LIMIT 9 OFFSET 2")
    assert (result.rows, result.truncated) == ([[3], [4], [5], [6]], True)


def test_bytes_are_cut_and_it_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.hub.settings, "query_bytes", 10_000)
    result = run_query(world.callers["ann"], "SELECT a.description, b.description FROM model a, model b, model c")
    assert result.truncated
    assert 50 < len(result.rows) < 400
    assert run_query(world.callers["ann"], "SELECT 1").rows == [[1]]  # the connection is well


def test_a_slow_statement_is_stopped(world: World) -> None:
    began = time.monotonic()
    with pytest.raises(QueryFailed) as failed:
        run_query(world.callers["ann"], "SELECT count(*) FROM " + ", ".join(f"model {letter}" for letter in "abcdefgh"))
    assert failed.value.code == "timeout"
    assert time.monotonic() - began < 5
    assert run_query(world.callers["ann"], "SELECT 1").rows == [[1]]


def test_many_at_once(world: World) -> None:
    wrong: list[Any] = []

    def ask(name: str, models: int) -> None:
        for _ in range(15):
            rows = run_query(world.callers[name], "SELECT count(*) FROM model").rows
            if rows != [[models]]:
                wrong.append((name, rows))

    threads = [threading.Thread(target=ask, args=each) for each in (("ann", 10), ("root", 12), ("bob", 10)) * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_guard_costs_little(world: World) -> None:
    """p50 of everything but execution, on statements not seen before: at most 5 ms."""
    is_sqlite, granted = world.hub.database.is_sqlite, query.Granted()
    taken = []
    for case in LEGIT:
        began = time.perf_counter()
        checked = check(case["sql"], is_sqlite)
        checked.fill(lambda table: query._subquery(is_sqlite, False, 2, granted, table))
        taken.append(time.perf_counter() - began)
    assert statistics.median(taken) < 0.005


# --- pages ------------------------------------------------------------------------------------------


def test_pages(world: World) -> None:
    ann, sql = world.callers["ann"], "SELECT model_id, model_name FROM model WHERE model_id <> 3 ORDER BY model_id"
    page = page_query(ann, sql, offset=2, limit=3)
    assert ([row[0] for row in page.rows], page.total) == ([4, 5, 6], 9)
    page = page_query(ann, sql, offset=1, limit=2, order_by="model_name", descending=True)
    assert ([row[1] for row in page.rows], page.total) == (["YOLOv8", "Whisper"], 9)
    assert page_query(ann, sql, offset=50).rows == []


def test_pages_of_a_limited_statement(world: World) -> None:
    ann, sql = world.callers["ann"], "SELECT model_id FROM model ORDER BY model_id LIMIT 5 OFFSET 1"
    page = page_query(ann, sql, offset=3, limit=10)
    assert (page.rows, page.total) == ([[5], [6]], 5)
    page = page_query(ann, sql, offset=0, limit=2, order_by="model_id", descending=True)
    assert (page.rows, page.total) == ([[6], [5]], 5)
    assert page_query(ann, sql, offset=7).rows == []


def test_pages_of_columns_with_one_name(world: World) -> None:
    sql = "SELECT a.model_id, b.model_id FROM model a JOIN model b ON b.model_id = a.model_id + 1"
    page = page_query(world.callers["ann"], sql, order_by="model_id", descending=True, limit=1)
    assert (page.rows, page.total) == ([[9, 10]], 9)
    with pytest.raises(Invalid):
        page_query(world.callers["ann"], sql, order_by="password_hash")
    with pytest.raises(Invalid):
        page_query(world.callers["ann"], sql, order_by="1; DROP TABLE model")


# --- the gate ---------------------------------------------------------------------------------------


def test_reads_are_audited(world: World) -> None:
    run_query(world.callers["carol"], "SELECT user_name FROM user WHERE user_id = 3")
    with world.hub.database.read() as db:
        row = db.execute(sa.select(AuditLog).order_by(AuditLog.seq.desc()).limit(1)).scalar_one()
    detail = json.loads(row.detail)
    assert (row.actor, row.action, row.outcome) == ("carol", "query.run", "ok")
    assert (detail["sql"], detail["rows"]) == ("SELECT user_name FROM user WHERE user_id = 3", 1)


def test_nobody_asks_without_signing_in(world: World) -> None:
    with pytest.raises(Denied):
        run_query(nobody(world.hub), "SELECT 1")
