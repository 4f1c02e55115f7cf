"""What a turn knows of the turns before it, and what it tells of an error."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

os.environ.setdefault("CHAINLIT_APP_ROOT", tempfile.mkdtemp(prefix="chainlit-"))  # it makes folders when imported

import chainlit as cl

from assistant import chat, chat_guard
from assistant.agent import answer
from assistant.conversation import Exchange
from assistant.replies import escape
from db.tables import Account
from hub.catalog import count_items
from hub.errors import NotFound
from hub.home import Hub
from tests.app.wire import Chat, Visitor
from tests.conftest import caller_for
from tests.running import RunningHub


@dataclass
class Said:
    id: str
    type: str
    content: str
    metadata: dict[str, Any] | None = field(default_factory=dict)


def suppose(monkeypatch: pytest.MonkeyPatch, *messages: Said) -> None:
    monkeypatch.setattr(cl.chat_context, "get", lambda: list(messages))


def test_earlier_turns_are_read_from_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    source = {"what": "query", "sql": "SELECT 1"}
    answer = {"exchange": {"sql": "SELECT model_name FROM model", "columns": ["model_name"]}, "source": source}
    turn = [
        Said("1", "user_message", "which models?"),
        Said("2", "assistant_message", escape("2 models: a*b* and [c](d)"), answer),
        Said("3", "user_message", "/help"),
        Said("4", "assistant_message", "Ask", None),
        Said("5", "user_message", "and now?"),
    ]
    # A chat that was resumed and lost its connection lists its messages twice.
    suppose(monkeypatch, *turn[:4], *turn)
    assert chat.earlier_turns() == [
        Exchange("which models?", "2 models: a*b* and [c](d)", "SELECT model_name FROM model", ("model_name",))
    ]
    assert chat.last_source() == source
    suppose(monkeypatch, turn[0])
    assert chat.earlier_turns() == []
    assert chat.last_source() is None


@pytest.mark.parametrize("question", [*chat.STARTERS, *(f"list all {name}" for name in chat.SCOPES)])
def test_what_home_proposes_is_understood(demo_hub: Hub, question: str) -> None:
    found = answer(caller_for(demo_hub, "alice"), question)
    assert found.understood
    assert found.rows


def test_home_counts_are_asked_about_in_the_same_words(demo_hub: Hub) -> None:
    assert tuple(count_items(caller_for(demo_hub, "alice"))) == chat.SCOPES


def test_a_demo_password_is_warned_of_until_it_is_changed(demo_hub: Hub) -> None:
    admin, alice = caller_for(demo_hub, "admin"), caller_for(demo_hub, "alice")
    text, own = chat.warn_of_demo(alice)
    assert own
    assert "alice" in text
    with demo_hub.database.write() as db:
        db.execute(
            sa.update(Account).where(Account.user_id.in_((alice.user_id, admin.user_id))).values(demo_password=False)
        )
    assert chat.warn_of_demo(alice) == ("", False)
    text, own = chat.warn_of_demo(admin)
    assert not own
    assert "26 people" in text


def test_a_known_error_is_told_with_its_hint_and_code() -> None:
    told = chat_guard.describe_failure(NotFound("there is no *x*", "try y"))
    assert told == "**There is no \\*x\\*.**\nTry y. `not_found`"


def test_a_bug_is_told_by_its_number_only_and_the_log_has_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = chat_guard.describe_failure(ValueError("the password is hunter2"))
    assert "hunter2" not in told
    number = re.search(r"`(\w+)`", told)
    assert number is not None
    assert number[1] in caplog.text
    assert "hunter2" in caplog.text


@pytest.mark.parametrize("value", [None, "1", -1, 1.5, True, 2**31])
def test_a_page_number_from_a_browser_is_checked(value: object) -> None:
    with pytest.raises(chat.Invalid):
        chat._number({"offset": value}, "offset")


def test_a_connection_opens_the_conversation_of_its_page(running_hub: RunningHub) -> None:
    with Visitor(running_hub.url) as visitor:
        visitor.sign_in("alice")
        chat = visitor.chat()
        chat.say("/help")
        thread = chat.hear("first_interaction")["thread_id"]
        chat.hear("task_end")
        page = f"{running_hub.url}/thread/{thread}"

        late = Chat(visitor.websocket(Referer=page))  # before the page has read its own address
        assert late.hear("resume_thread")["id"] == thread

        twice = Chat(visitor.websocket())
        again = Chat(visitor.websocket(Referer=page), session_id=twice.id)
        assert again.hear("resume_thread")["id"] == thread

    with Visitor(running_hub.url) as visitor:
        visitor.sign_in("bob.tanaka")
        assert "not found" in Chat(visitor.websocket(Referer=page)).hear("resume_thread_error")
