"""The exam itself: its gold queries run and find rows, and the comparison of rows is neither blind nor fussy."""

import json
from typing import Any

import pytest

from evals.gold import load_records, match_rows, run_gold
from evals.other.make import build_catalogue
from evals.score import CATALOGUES, ROOT, Gold, judge, load_questions

SETS = [name for name in ("other", "demo") if CATALOGUES.get(name, ROOT).exists()]


def open_set(name: str) -> tuple[Gold, list[dict[str, Any]]]:
    folder = ROOT / "evals" / name
    return Gold(load_records(CATALOGUES.get(name, folder / "catalogue.json"))), load_questions(folder)


@pytest.mark.parametrize("name", SETS)
def test_every_gold_query_finds_rows(name: str) -> None:
    gold, questions = open_set(name)
    for question in questions:
        for sql in filter(None, (question["gold"], *question.get("also", ()))):
            assert run_gold(gold.database(question["as"]), sql)[1], question["id"]
        assert question["expect"] != "rows" or question["gold"], question["id"]


@pytest.mark.parametrize("name", SETS)
def test_gold_rows_are_right_and_a_lost_row_is_wrong(name: str) -> None:
    gold, questions = open_set(name)
    for question in (q for q in questions if q["expect"] == "rows"):
        rows = run_gold(gold.database(question["as"]), question["gold"])[1]
        reply = {"understood": True, "sql": "select 1", "rows": rows}
        assert judge(question, reply, gold) == "right", question["id"]
        if len(rows) > 1:
            assert judge(question, reply | {"rows": rows[1:]}, gold) == "wrong", question["id"]
        assert judge(question, {"understood": False, "rows": []}, gold) == "silent"


def test_made_up_catalogue_is_what_its_program_writes() -> None:
    written = json.loads((ROOT / "evals" / "other" / "catalogue.json").read_text(encoding="utf-8"))
    assert written == build_catalogue()


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([("b", 2, "x"), ("a", 1, "y")], True),  # another order, one more column
        ([(2.0000000001, "B"), (1, "A")], True),  # another order of columns, tolerance, letter case
        ([("a", 2), ("b", 1)], False),  # right columns, wrong rows
        ([("a", 1)], False),
        ([("a", 1), ("b", 2), ("b", 2)], False),
        ([("a",), ("b",)], False),
        ([], False),
    ],
)
def test_rows_match_by_value(answer: list[tuple[Any, ...]], right: bool) -> None:
    assert match_rows([("a", 1), ("b", 2)], ["name", "size"], answer, False, None, False) is right


def test_order_counts_where_asked() -> None:
    gold, key = [("a", 1), ("b", 1), ("c", 2)], ["size"]
    assert match_rows(gold, ["name", "size"], [("b", 1), ("a", 1), ("c", 2)], True, key, False)
    assert not match_rows(gold, ["name", "size"], [("c", 2), ("a", 1), ("b", 1)], True, key, False)
    assert match_rows([("a",)], ["name"], [("a",), ("a",)], False, None, True)


def test_private_rows_are_seen_by_owner_and_admin_alone() -> None:
    gold, _ = open_set("other")
    sql = "select model_name from model where visibility = 'private'"
    seen = {person: len(run_gold(gold.database(person), sql)[1]) for person in ("root_admin", "grace_okoro", "alice")}
    assert seen == {"root_admin": 8, "grace_okoro": 2, "alice": 0}
