"""Conversations: kept in order, found again, and out of reach of everybody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import ChatElement, ChatFeedback, ChatStep, ChatThread
from hub import chats, people
from hub.access import Caller, nobody
from hub.errors import Denied, HubError, Invalid, NotFound
from hub.home import Hub
from tests.conftest import caller_for


def new_id() -> str:
    return str(uuid.uuid4())


def add(hub: Hub, name: str) -> Caller:
    with hub.database.write() as db:
        people.add_person(db, name, None)
    return caller_for(hub, name)


def step(thread_id: str, output: str, created: str = "2026-01-01T00:00:00.000000Z", **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "threadId": thread_id, "output": output, "createdAt": created, **more}


def test_a_conversation_comes_back_as_it_was(any_hub: Hub) -> None:
    ada, thread_id = add(any_hub, "ada"), new_id()
    asked = step(thread_id, "which models? ✨ 'quoted' \\ %", "2026-01-01T00:00:01.000000Z", type="user_message")
    answered = step(thread_id, "these", "2026-01-01T00:00:02.000000Z", parentId=asked["id"])
    chats.keep_thread(ada, thread_id, name="which models?", metadata={"chat_settings": {"scope": "models"}})
    chats.keep_step(ada, answered)
    chats.keep_step(ada, asked)
    table = {"id": new_id(), "threadId": thread_id, "forId": answered["id"], "type": "custom", "props": {"rows": [[1]]}}
    chats.keep_element(ada, table, b"\x00\xff")
    rated = chats.keep_feedback(ada, answered["id"], 1, "just so")
    found = chats.find_thread(ada, thread_id)
    assert found is not None
    assert [each["output"] for each in found["steps"]] == [asked["output"], "these"]
    assert found["steps"][1]["feedback"] == {"forId": answered["id"], "id": rated, "value": 1, "comment": "just so"}
    assert found["elements"] == [table]
    assert (found["name"], found["metadata"]) == ("which models?", {"chat_settings": {"scope": "models"}})
    assert chats.find_element(ada, table["id"]).content == b"\x00\xff"


def test_a_step_kept_again_has_its_new_state_in_its_old_place(any_hub: Hub) -> None:
    ada, thread_id = add(any_hub, "ada"), new_id()
    first, second = step(thread_id, "thinking"), step(thread_id, "after")
    chats.keep_step(ada, first)
    chats.keep_step(ada, second)
    chats.keep_step(ada, {**first, "output": "done"})
    found = chats.find_thread(ada, thread_id)
    assert found is not None
    assert [each["output"] for each in found["steps"]] == ["done", "after"]


def test_metadata_is_merged_and_none_removes(any_hub: Hub) -> None:
    ada, thread_id = add(any_hub, "ada"), new_id()
    chats.keep_thread(ada, thread_id, metadata={"a": 1, "b": 2})
    chats.keep_thread(ada, thread_id, metadata={"b": None, "c": 3})
    found = chats.find_thread(ada, thread_id, full=False)
    assert found is not None
    assert found["metadata"] == {"a": 1, "c": 3}


def test_listing_pages_latest_first_and_searches(any_hub: Hub) -> None:
    ada = add(any_hub, "ada")
    threads = [new_id() for _ in range(5)]
    for number, thread_id in enumerate(threads):
        chats.keep_thread(ada, thread_id, name=f"talk {number}")
        chats.keep_step(ada, step(thread_id, f"about 100% of the Lamps, part {number}"))
    seen, after = [], None
    while True:
        page = chats.list_threads(ada, after=after, limit=2)
        seen += [row["id"] for row in page.rows]
        if not page.more:
            break
        after = page.rows[-1]["id"]
    assert seen == threads[::-1]

    def search(text: str) -> list[str]:
        return [row["id"] for row in chats.list_threads(ada, search=text).rows]

    assert search("PART 3") == [threads[3]]
    assert search("talk 4") == [threads[4]]
    assert len(search("100%")) == 5
    assert search("100_") == []


def test_listing_by_feedback(any_hub: Hub) -> None:
    ada = add(any_hub, "ada")
    liked, other = step(new_id(), "good"), step(new_id(), "bad")
    chats.keep_step(ada, liked)
    chats.keep_step(ada, other)
    up = chats.keep_feedback(ada, liked["id"], 1, None)
    chats.keep_feedback(ada, other["id"], 0, None)
    assert [row["id"] for row in chats.list_threads(ada, feedback=1).rows] == [liked["threadId"]]
    assert chats.delete_feedback(ada, up)
    assert not chats.delete_feedback(ada, up)
    assert chats.list_threads(ada, feedback=1).rows == []


def test_deleting_leaves_nothing_behind(any_hub: Hub) -> None:
    ada, thread_id = add(any_hub, "ada"), new_id()
    said = step(thread_id, "hello")
    chats.keep_step(ada, said)
    chats.keep_element(ada, {"id": new_id(), "threadId": thread_id, "forId": said["id"]}, b"x")
    chats.keep_feedback(ada, said["id"], 1, None)
    chats.delete_thread(ada, thread_id)
    with any_hub.database.read() as db:
        for table in (ChatThread, ChatStep, ChatElement, ChatFeedback):
            assert db.scalar(sa.select(sa.func.count()).select_from(table)) == 0


Act = Callable[[Caller, dict[str, str]], object]
FOREIGN: list[Act] = [
    lambda eve, ids: chats.keep_thread(eve, ids["thread"], name="mine now"),
    lambda eve, ids: chats.delete_thread(eve, ids["thread"]),
    lambda eve, ids: chats.keep_step(eve, step(ids["thread"], "forged")),
    lambda eve, ids: chats.keep_step(eve, {**step(new_id(), "stolen"), "id": ids["step"]}),
    lambda eve, ids: chats.delete_step(eve, ids["step"]),
    lambda eve, ids: chats.keep_element(eve, {"id": new_id(), "threadId": ids["thread"]}, b"forged"),
    lambda eve, ids: chats.keep_element(eve, {"id": ids["element"], "threadId": new_id()}, b"forged"),
    lambda eve, ids: chats.find_element(eve, ids["element"]),
    lambda eve, ids: chats.delete_element(eve, ids["element"]),
    lambda eve, ids: chats.keep_feedback(eve, ids["step"], 0, "bad"),
    lambda eve, ids: chats.delete_feedback(eve, ids["feedback"]),
]


def test_nothing_of_somebody_elses_can_be_read_or_changed(any_hub: Hub) -> None:
    ada, eve, thread_id = add(any_hub, "ada"), add(any_hub, "eve"), new_id()
    said = step(thread_id, "a secret")
    element = {"id": new_id(), "threadId": thread_id, "forId": said["id"]}
    chats.keep_step(ada, said)
    chats.keep_element(ada, element, b"a secret")
    rated = chats.keep_feedback(ada, said["id"], 1, None)
    before = chats.find_thread(ada, thread_id)
    ids = {"thread": thread_id, "step": said["id"], "element": element["id"], "feedback": rated}
    for act in FOREIGN:
        with pytest.raises(NotFound):
            act(eve, ids)
    assert chats.find_thread(eve, thread_id) is None
    assert chats.list_threads(eve, search="secret").rows == []
    assert chats.list_threads(eve, after=thread_id).rows == []
    after = chats.find_thread(ada, thread_id)
    assert after == before
    assert chats.find_element(ada, element["id"]).content == b"a secret"


@pytest.mark.parametrize("wrong", ["", "x", "' or 1=1 --", "../../etc/passwd", "a" * 5000])
def test_ids_that_browsers_choose_are_uuids(hub: Hub, wrong: str) -> None:
    ada = add(hub, "ada")
    for act in (
        lambda: chats.keep_thread(ada, wrong),
        lambda: chats.keep_step(ada, step(wrong, "x")),
        lambda: chats.keep_step(ada, {**step(new_id(), "x"), "id": wrong}),
        lambda: chats.keep_element(ada, {"id": wrong, "threadId": new_id()}, None),
        lambda: chats.find_element(ada, wrong),
    ):
        with pytest.raises(NotFound):
            act()


def test_what_is_too_large_is_refused_whole(hub: Hub) -> None:
    ada, thread_id = add(hub, "ada"), new_id()
    with pytest.raises(Invalid):
        chats.keep_step(ada, step(thread_id, "x" * (chats.MAX_DOCUMENT + 1)))
    with pytest.raises(Invalid):
        chats.keep_element(ada, {"id": new_id(), "threadId": thread_id}, bytes(chats.MAX_CONTENT + 1))
    assert chats.find_thread(ada, thread_id) is None


def test_keeping_takes_a_person_with_the_permission(hub: Hub) -> None:
    ada = add(hub, "ada")
    with hub.database.write() as db:
        people.add_person(db, "boss", None, is_admin=True)
    people.grant_permission(caller_for(hub, "boss"), "ada", "chat.keep", False)
    for caller in (ada, nobody(hub)):
        with pytest.raises(Denied):
            chats.keep_step(caller, step(new_id(), "x"))
        with pytest.raises(HubError):
            chats.list_threads(caller)


def test_what_came_after_a_step_goes_with_all_it_showed(any_hub: Hub) -> None:
    ada, eve, thread_id = add(any_hub, "ada"), add(any_hub, "eve"), new_id()
    steps = [step(thread_id, text) for text in ("first", "second", "third")]
    for each in steps:
        chats.keep_step(ada, each)
        chats.keep_element(ada, {"id": new_id(), "threadId": thread_id, "forId": each["id"]}, None)
    with pytest.raises(NotFound):
        chats.delete_after(eve, steps[0]["id"])
    assert chats.delete_after(ada, new_id()) == []
    assert set(chats.delete_after(ada, steps[0]["id"])) == {steps[1]["id"], steps[2]["id"]}
    found = chats.find_thread(ada, thread_id)
    assert found is not None
    assert [each["output"] for each in found["steps"]] == ["first"]
    assert len(found["elements"]) == 1
    assert chats.delete_after(ada, steps[0]["id"]) == []
