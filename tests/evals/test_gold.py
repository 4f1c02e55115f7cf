"""The exam itself: its gold queries run and find rows, and the comparison of rows is neither blind nor fussy."""

import functools
import json
from typing import Any

import pytest

from evals.catalogue import build_catalogue
from evals.gold import load_records, match_rows, run_gold
from evals.judge import Gold, judge
from evals.score import RESULTS, ROOT, SETS, check_gold, find_set, load_conversations, load_questions


@functools.cache
def open_set(name: str) -> tuple[Gold, list[dict[str, Any]]]:
    """The gold of a set and its questions, then the turns of its conversations."""
    folder, catalogue = find_set(name)
    turns = [turn for talk in load_conversations(folder) for turn in talk]
    return Gold(load_records(catalogue)), load_questions(folder) + turns


@pytest.mark.parametrize("name", SETS)
def test_every_gold_query_finds_rows(name: str) -> None:
    gold, questions = open_set(name)
    assert check_gold(questions, gold) == 0
    assert all(3 <= len(talk) <= 8 for talk in load_conversations(find_set(name)[0]))


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_results_are_of_the_questions_as_they_are(path: Any) -> None:
    _, questions = open_set(path.stem.split("-")[0])
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in written] == [question["id"] for question in questions]
    assert {line["verdict"] for line in written} <= {"right", "wrong", "silent"}


@pytest.mark.parametrize("name", SETS)
def test_gold_rows_are_right_and_a_lost_row_is_wrong(name: str) -> None:
    gold, questions = open_set(name)
    for question in (q for q in questions if q["expect"] == "rows" and not q.get("empty")):
        columns, rows = run_gold(gold.database(question["as"]), question["gold"])
        reply = {"understood": True, "sql": "select 1", "columns": columns, "rows": rows}
        assert judge(question, reply, gold) == "right", question["id"]
        others = [run_gold(gold.database(question["as"]), sql)[0] for sql in question.get("also", ())]
        if len(rows) > 1 and columns not in others:  # another reading may be one row shorter
            assert judge(question, reply | {"rows": rows[1:]}, gold) == "wrong", question["id"]
        assert judge(question, {"understood": False, "rows": []}, gold) == "silent"


@pytest.mark.parametrize("name", sorted(made.parent.name for made in (ROOT / "evals").glob("*/tables.py")))
def test_a_made_up_catalogue_is_what_its_tables_say(name: str) -> None:
    written = json.loads((ROOT / "evals" / name / "catalogue.json").read_text(encoding="utf-8"))
    assert written == build_catalogue(name)


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
