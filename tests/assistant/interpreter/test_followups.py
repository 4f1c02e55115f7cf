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
    for question in ("how many datasets are there", "list all CNNs", "who made resnet50", "admins"):
        assert interpret(alice, question, previous=previous).sql == interpret(alice, question).sql
