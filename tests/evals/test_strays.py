"""What an answer says: names and numbers that are not in its rows are found, and the others are let pass."""

import functools
from typing import Any

import pytest

from evals.gold import load_records
from evals.judge import Gold, find_strays
from evals.score import find_set

ROWS = [["Quill-7B", 6_900_000_000, "2023-08-01 00:00:00"], ["Quill-70B", 70_300_000_000, "2024-06-12 00:00:00"]]
COLUMNS = ["model_name", "param_num", "created_at"]


@functools.cache
def gold() -> Gold:
    return Gold(load_records(find_set("other")[1]))


@pytest.mark.parametrize(
    ("says", "strays"),
    [
        ("2 models: Quill-7B and Quill-70B.", []),
        ("Two models, Quill-7B (6,900,000,000 parameters, since 2023-08-01) and Quill-70B (70.3 billion).", []),
        ("2 models over 5B.", []),  # the question says so
        ("Quill-7B has 6.9B parameters, Quill-400B more.", ["Quill-400B"]),
        ("Quill-7B by otto.", ["otto"]),
        ("3 models.", ["3", "3 models"]),
        ("Quill-70B has 70,300,000,001 parameters.", ["70,300,000,001"]),
        ("Quill-70B has 70.4 billion.", ["70.4 billion"]),
        ("Five models.", ["Five"]),
    ],
)
def test_names_and_numbers_stand_in_the_rows(says: str, strays: list[str]) -> None:
    reply = {"sql": "select", "columns": COLUMNS, "rows": ROWS, "answer": says}
    assert find_strays({"as": "alice"}, reply, "which models are over 5B?", gold()) == strays


def test_pairs_are_not_counted_as_models() -> None:
    reply: dict[str, Any] = {"sql": "select", "columns": ["model_name", "user_name"], "answer": "2 models."}
    reply["rows"] = [["Quill-7B", "otto"], ["Quill-7B", "bob.smith"]]
    assert find_strays({"as": "alice"}, reply, "and their authors?", gold()) == ["2 models"]


def test_a_proposal_names_only_what_the_person_may_see() -> None:
    reply: dict[str, Any] = {
        "sql": None,
        "columns": [],
        "rows": [],
        "answer": "Did you mean Quill-7B or posebolt? Try “the 5 largest models”.",
    }
    assert find_strays({"as": "alice"}, reply, "quil", gold()) == ["posebolt"]
    assert find_strays({"as": "farid_h"}, reply, "quil", gold()) == []
