"""Conversations: each line of ``conversations.jsonl`` is one, a turn being a question with how many rows it gives, or
with the rows themselves, as far as their first columns are written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.conversation import Exchange
from assistant.interpreter import interpret
from hub.access import Caller
from hub.query import run_query

LINES = Path(__file__).with_name("conversations.jsonl").read_text("utf-8").splitlines()
CONVERSATIONS: list[list[tuple[str, Any]]] = [json.loads(line) for line in LINES]


@pytest.mark.parametrize("turns", CONVERSATIONS, ids=lambda turns: turns[0][0])
def test_each_turn_refers_to_what_was_shown(alice: Caller, turns: list[tuple[str, Any]]) -> None:
    previous: list[Exchange] = []
    for question, expected in turns:
        reading = interpret(alice, question, previous=previous)
        assert reading.sql is not None, (question, reading.error)
        result = run_query(alice, reading.sql)
        if isinstance(expected, int):
            distinct = {tuple(row) for row in result.rows}
            assert len(distinct) == expected, question
        else:
            width = len(expected[0])
            assert [row[:width] for row in result.rows] == expected, question
        previous.append(Exchange(question, reading.say(result), reading.sql, tuple(result.columns)))


def test_a_question_that_stands_alone_is_not_changed_by_what_came_before(alice: Caller) -> None:
    before = interpret(alice, "models by alice")
    previous = [Exchange("models by alice", "", before.sql)]
    for question in (
        *("how many datasets are there", "list all CNNs", "who made resnet50", "admins", "CNNs with a 7x7 kernel"),
        *("transformers under 100 million parameters", "video models and who owns them", "text datasets by ravi"),
    ):
        assert interpret(alice, question, previous=previous).sql == interpret(alice, question).sql


@pytest.mark.parametrize(
    "question",
    ["and their authors?", "their models", "show those datasets", "only the CNNs", "the second one", "sort by size",
     "who made it", "how many is that", "the biggest of those", "drop the private ones", "the other way round"],
)  # fmt: skip
def test_what_refers_to_nothing_is_not_answered(alice: Caller, question: str) -> None:
    reading = interpret(alice, question)
    assert reading.sql is None
    assert reading.error is not None


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("models by alice", "the ninth one"),
        ("list all models", "delete the first one"),
        ("list all models", "remove resnet50"),
        ("list all models", "drop all models"),
        ("list all models", "make them private"),
        ("list all models", "add the model gpt9"),
        ("who works at Bluemesa AI and their models", "the newest one"),
        ("list all models", "what hardware were they trained on?"),
    ],
)
def test_what_cannot_be_said_of_the_rows_is_not_answered(alice: Caller, before: str, question: str) -> None:
    previous = [Exchange(before, "", interpret(alice, before).sql)]
    assert interpret(alice, question, previous=previous).sql is None


def test_nothing_refers_past_a_narrowing_that_was_not_understood(alice: Caller) -> None:
    previous = [
        Exchange("list all models", "", interpret(alice, "list all models").sql),
        Exchange("only the gargantuan ones", "I do not know 'gargantuan'", None),
    ]
    lost = interpret(alice, "how many is that", previous=previous)
    assert lost.sql is None
    assert lost.error is not None
    assert "gargantuan" in lost.error["message"]
    assert interpret(alice, "only the CNNs", previous=previous).sql is not None
