"""Questions over the demo catalogue: the rows of each answer, what is not answered, and the sentence beside the rows.

``questions.jsonl`` holds one question a line, with the statement whose rows are right (``sql``), or the code of the
error that says why there is no answer (``code``), or that it is answered in words alone (``talk``).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.interpreter import interpret
from hub.access import Caller
from hub.query import run_query

CASES = [json.loads(line) for line in Path(__file__).with_name("questions.jsonl").read_text("utf-8").splitlines()]
RIGHT = [case for case in CASES if "sql" in case]
OTHER = [case for case in CASES if "sql" not in case]


NUMBER = re.compile(r"\d+(?:\.\d+)?")


def rows_of(caller: Caller, sql: str, columns: list[str] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and sorted rows of a statement, of the given columns alone where they are given."""
    result = run_query(caller, sql)
    wanted = [result.columns.index(name) for name in columns] if columns else range(len(result.columns))
    return result.columns, sorted((tuple(row[at] for at in wanted) for row in result.rows), key=repr)


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case["question"])
def test_the_rows_are_right(alice: Caller, case: dict[str, Any]) -> None:
    reading = interpret(alice, case["question"])
    assert reading.understood, reading.error
    assert reading.sql is not None
    columns, expected = rows_of(alice, case["sql"])
    assert rows_of(alice, reading.sql, columns)[1] == expected


@pytest.mark.parametrize("case", OTHER, ids=lambda case: case["question"])
def test_what_cannot_be_answered_gives_no_rows(alice: Caller, case: dict[str, Any]) -> None:
    reading = interpret(alice, case["question"])
    assert reading.sql is None
    if "talk" in case:
        assert reading.understood
        assert reading.talk
    else:
        assert not reading.understood
        assert reading.error is not None
        assert reading.error["code"] == case["code"]


def test_every_name_and_number_of_a_sentence_stands_in_the_rows(alice: Caller) -> None:
    for case in RIGHT[::4]:
        reading = interpret(alice, case["question"])
        assert reading.sql is not None
        result = run_query(alice, reading.sql)
        sentence = reading.say(result)
        cells = " ".join(str(cell) for row in result.rows for cell in row)
        names = {row[0] for row in result.rows}
        allowed = {float(len(result.rows)), float(len(names)), *map(float, NUMBER.findall(cells))}
        numbers = set(map(float, NUMBER.findall(sentence.replace(",", ""))))
        assert numbers <= allowed, (case["question"], sentence)


def test_suggestions_are_understood_themselves(alice: Caller) -> None:
    for question in ("models by alise", "imagenett models", "show all names", "show modls trained on imagnet"):
        reading = interpret(alice, question)
        assert not reading.understood
        assert reading.suggestions
        for suggestion in reading.suggestions:
            assert interpret(alice, suggestion).understood, suggestion


def test_unknown_words_are_told_as_they_were_written(alice: Caller) -> None:
    reading = interpret(alice, "how many Frobnicators use squad?")
    assert reading.unknown_words == ["Frobnicators"]


def test_readings_of_names_are_told(alice: Caller) -> None:
    assert interpret(alice, "parameters of ResNet 50").names == ["read *ResNet 50* as model_name = 'resnet50'"]
    assert interpret(alice, "models trained on imagenet").names == ["read *imagenet* as ds_name = 'imagenet-1k'"]


@pytest.mark.parametrize(
    ("scope", "column"),
    [("models", "model_name"), ("datasets", "ds_name"), ("users", "user_name"), ("affiliations", "affil_name")],
)
def test_the_scope_is_what_a_question_is_about(alice: Caller, scope: str, column: str) -> None:
    reading = interpret(alice, "show all names", scope=scope)
    assert reading.sql is not None
    assert run_query(alice, reading.sql).columns == [column]
