"""What a person may not see reads exactly like what does not exist."""

from __future__ import annotations

import pytest

from assistant.interpreter import Reading, interpret
from hub.access import Caller
from hub.home import Hub
from tests.conftest import caller_for

HIDDEN, ABSENT = "whisper-large", "whisper-small"  # the first is somebody's private model, the second is none


def told(reading: Reading, word: str) -> str:
    """All that a reading tells, with the word itself taken out."""
    return repr((reading.understood, reading.sql, reading.names, reading.suggestions, reading.error)).replace(word, "X")


@pytest.mark.parametrize(
    "question", ["how many parameters does {} have", "{}", "who made {}", "models bigger than {}", "is {} public"]
)
def test_a_private_model_is_like_an_absent_one(alice: Caller, question: str) -> None:
    hidden = interpret(alice, question.format(HIDDEN))
    absent = interpret(alice, question.format(ABSENT))
    assert not hidden.understood
    assert told(hidden, HIDDEN) == told(absent, ABSENT)


def test_its_owner_finds_it(demo_hub: Hub) -> None:
    reading = interpret(caller_for(demo_hub, "li.wei"), f"how many parameters does {HIDDEN} have")
    assert reading.understood
    assert interpret(caller_for(demo_hub, "admin"), f"who made {HIDDEN}").understood
