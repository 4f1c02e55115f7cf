"""People's conversations: kept, listed and deleted by whom they belong to, and by nobody else.

What the chat shows is stored as JSON documents. ``encode`` and ``decode`` are the one place they pass through.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import ChatElement, ChatFeedback, ChatStep, ChatThread
from hub.access import Caller, Tx, action
from hub.errors import Invalid, NotFound

Kept = TypeVar("Kept", ChatStep, ChatElement)

MAX_DOCUMENT = 4 << 20  # characters of a stored document
MAX_CONTENT = 8 << 20  # bytes of a stored file
_SEARCHED = 20_000  # characters of a message that search looks through
_GONE = "there is no such conversation", "it may have been deleted"


def encode(document: Any) -> str:
    """A document as it is stored."""
    text = json.dumps(document, ensure_ascii=False, default=str, separators=(",", ":"))
    if len(text) > MAX_DOCUMENT:
        raise Invalid("that is too long to be kept in the history", "ask for fewer rows")
    return text


def decode(stored: str | None) -> Any:
    """The document that was stored; None where there is none."""
    return None if stored is None else json.loads(stored)


def now_text() -> str:
    """The present moment as conversations carry it: ISO 8601 in UTC, to the microsecond."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def check_id(text: str) -> str:
    """The id, which browsers choose, in its one spelling; ``NotFound`` when it is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except (ValueError, AttributeError, TypeError):
        raise NotFound(*_GONE) from None


# --- threads --------------------------------------------------------------------------------------


@action("chat.keep", quiet=True)
def keep_thread(
    caller: Caller,
    tx: Tx,
    thread_id: str,
    *,
    name: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    tags: list[str] | None = None,
) -> None:
    """Begin a conversation or change it; metadata is merged, and a value of None removes its key."""
    thread = _own_thread(caller, tx.db, thread_id, begin=True)
    if name is not None:
        thread.title = name[:250]
    if tags is not None:
        thread.tags = encode(tags)
    if metadata is not None:
        merged = {**(decode(thread.meta) or {}), **metadata}
        thread.meta = encode({key: value for key, value in merged.items() if value is not None})


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Some of a person's conversations, latest first, and whether there are more."""

    rows: list[dict[str, Any]]
    more: bool


@action("chat.keep", reads=True, quiet=True)
def list_threads(
    caller: Caller, tx: Tx, *, search: str = "", feedback: int | None = None, after: str | None = None, limit: int = 20
) -> ThreadPage:
    """The caller's conversations that contain a text or have such a feedback; ``after`` is the last id already had."""
    mine = ChatThread.user_id == caller.user_id
    query = sa.select(ChatThread).where(mine)
    steps = sa.select(ChatStep.thread_id).join(ChatThread, ChatThread.thread_id == ChatStep.thread_id).where(mine)
    if search:
        query = query.where(ChatThread.thread_id.in_(_threads_with(caller, tx.db, search)))
    if feedback is not None:
        rated = steps.join(ChatFeedback, ChatFeedback.step_id == ChatStep.step_id)
        query = query.where(ChatThread.thread_id.in_(rated.where(ChatFeedback.value == feedback)))
    place = sa.tuple_(ChatThread.updated_at, ChatThread.thread_id)
    if after:
        last = tx.db.get(ChatThread, check_id(after))
        if last is not None and last.user_id == caller.user_id:
            query = query.where(place < (last.updated_at, last.thread_id))
    limit = max(1, min(limit, 100))
    newest = query.order_by(ChatThread.updated_at.desc(), ChatThread.thread_id.desc()).limit(limit + 1)
    found = tx.db.scalars(newest).all()
    return ThreadPage([_thread_row(thread) for thread in found[:limit]], len(found) > limit)


def _threads_with(caller: Caller, db: Session, text: str) -> set[str]:
    """Ids of the caller's conversations in which a text stands; it is looked for here, as the database sees none."""
    wanted = text.casefold()
    mine = ChatThread.user_id == caller.user_id
    titles = sa.select(ChatThread.thread_id, ChatThread.title).where(mine)
    said = sa.select(ChatStep.thread_id, ChatStep.search).join(ChatThread).where(mine)
    rows = (row for query in (titles, said) for row in db.execute(query.execution_options(yield_per=500)))
    return {thread_id for thread_id, kept in rows if kept and wanted in kept.casefold()}


@action("chat.keep", reads=True, quiet=True)
def find_thread(caller: Caller, tx: Tx, thread_id: str, *, full: bool = True) -> dict[str, Any] | None:
    """A conversation of the caller's with its steps and elements in order; None when there is none, or not theirs."""
    thread = tx.db.get(ChatThread, check_id(thread_id))
    if thread is None or thread.user_id != caller.user_id:
        return None
    row = _thread_row(thread)
    if not full:
        return row
    steps = tx.db.scalars(
        sa.select(ChatStep)
        .where(ChatStep.thread_id == thread.thread_id)
        .order_by(ChatStep.created_at, ChatStep.position)
    ).all()
    rated = tx.db.scalars(sa.select(ChatFeedback).join(ChatStep).where(ChatStep.thread_id == thread.thread_id))
    feedback = {
        each.step_id: {"forId": each.step_id, "id": each.feedback_id, "value": each.value, "comment": each.comment}
        for each in rated
    }
    for step in steps:
        shown = decode(step.data)
        if step.step_id in feedback:
            shown["feedback"] = feedback[step.step_id]
        row["steps"].append(shown)
    kept = tx.db.scalars(sa.select(ChatElement.data).where(ChatElement.thread_id == thread.thread_id))
    row["elements"] = [decode(data) for data in kept]
    return row


@action("chat.keep")
def delete_thread(caller: Caller, tx: Tx, thread_id: str) -> None:
    """Delete a conversation with everything in it."""
    thread = _own_thread(caller, tx.db, thread_id)
    tx.concerns("conversation", thread.thread_id)
    tx.db.execute(sa.delete(ChatThread).where(ChatThread.thread_id == thread.thread_id))


def _thread_row(thread: ChatThread) -> dict[str, Any]:
    return {
        "id": thread.thread_id,
        "createdAt": thread.created_at,
        "name": thread.title,
        "userId": str(thread.user_id),
        "userIdentifier": str(thread.user_id),
        "tags": decode(thread.tags) or [],
        "metadata": decode(thread.meta) or {},
        "steps": [],
        "elements": [],
    }


def _own_thread(caller: Caller, db: Session, thread_id: str, *, begin: bool = False) -> ChatThread:
    """The caller's conversation of this id, marked as just used; ``NotFound`` for anybody else's."""
    thread_id = check_id(thread_id)
    thread = db.get(ChatThread, thread_id, with_for_update=True)
    if thread is None and begin:
        assert caller.user_id is not None
        moment = now_text()
        thread = ChatThread(thread_id=thread_id, user_id=caller.user_id, created_at=moment, updated_at=moment)
        db.add(thread)
        db.flush()
    if thread is None or thread.user_id != caller.user_id:
        raise NotFound(*_GONE)
    thread.updated_at = now_text()
    return thread


# --- steps ----------------------------------------------------------------------------------------


@action("chat.keep", quiet=True)
def keep_step(caller: Caller, tx: Tx, step: Mapping[str, Any]) -> None:
    """Keep a message or tool step (``id``, ``threadId``, ``createdAt``, ``output`` …), or its new state."""
    thread = _own_thread(caller, tx.db, step["threadId"], begin=True)
    step_id = check_id(step["id"])
    kept = _in_thread(tx.db.get(ChatStep, step_id), thread.thread_id)
    searched = str(step.get("output") or "")[:_SEARCHED]
    if kept is None:
        tx.db.add(
            ChatStep(
                step_id=step_id,
                thread_id=thread.thread_id,
                created_at=str(step.get("createdAt") or now_text())[:32],
                position=time.time_ns() // 1000,
                search=searched,
                data=encode(step),
            )
        )
    else:
        kept.search, kept.data = searched, encode(step)


@action("chat.keep", quiet=True)
def delete_step(caller: Caller, tx: Tx, step_id: str) -> None:
    """Remove a step and what it showed."""
    step = tx.db.get(ChatStep, check_id(step_id))
    if step is None:
        return
    _own_thread(caller, tx.db, step.thread_id)
    tx.db.execute(sa.delete(ChatElement).where(ChatElement.step_id == step.step_id))
    tx.db.delete(step)


@action("chat.keep", quiet=True)
def delete_after(caller: Caller, tx: Tx, step_id: str) -> list[str]:
    """Remove everything that came after a step in its conversation; the ids of those steps."""
    step = tx.db.get(ChatStep, check_id(step_id))
    if step is None:
        return []
    thread = _own_thread(caller, tx.db, step.thread_id)
    later = list(
        tx.db.scalars(
            sa.select(ChatStep.step_id).where(ChatStep.thread_id == thread.thread_id, ChatStep.position > step.position)
        )
    )
    for model in (ChatElement, ChatStep):
        tx.db.execute(sa.delete(model).where(model.step_id.in_(later)).execution_options(synchronize_session=False))
    return later


# --- elements -------------------------------------------------------------------------------------


@action("chat.keep", quiet=True)
def keep_element(caller: Caller, tx: Tx, element: Mapping[str, Any], content: bytes | None) -> None:
    """Keep a table, figure or file of a conversation (``id``, ``threadId``, ``forId`` …), or its new state."""
    thread = _own_thread(caller, tx.db, element["threadId"], begin=True)
    element_id = check_id(element["id"])
    if content is not None and len(content) > MAX_CONTENT:
        raise Invalid("that is too large to be kept in the history", "download it instead")
    kept = _in_thread(tx.db.get(ChatElement, element_id), thread.thread_id)
    for_id = element.get("forId")
    if kept is None:
        kept = ChatElement(element_id=element_id, thread_id=thread.thread_id)
        tx.db.add(kept)
    kept.step_id = check_id(for_id) if for_id else None
    kept.data, kept.content = encode(element), content


@action("chat.keep", quiet=True)
def keep_props(caller: Caller, tx: Tx, element_id: str, props: Mapping[str, Any]) -> None:
    """Give an element of an own conversation these props beside its others; ``NotFound`` for any other element."""
    kept = tx.db.get(ChatElement, check_id(element_id))
    if kept is None:
        raise NotFound(*_GONE)
    _own_thread(caller, tx.db, kept.thread_id)
    element = decode(kept.data)
    kept.data = encode({**element, "props": {**(element.get("props") or {}), **props}})


@dataclass(frozen=True, slots=True)
class Element:
    """A table, figure or file of a conversation."""

    data: dict[str, Any]
    content: bytes | None


@action("chat.keep", reads=True, quiet=True)
def find_element(caller: Caller, tx: Tx, element_id: str) -> Element:
    """An element of one of the caller's conversations; ``NotFound`` for any other."""
    query = (
        sa.select(ChatElement)
        .join(ChatThread, ChatThread.thread_id == ChatElement.thread_id)
        .where(ChatElement.element_id == check_id(element_id), ChatThread.user_id == caller.user_id)
    )
    found = tx.db.scalar(query)
    if found is None:
        raise NotFound("there is no such file in your conversations", "its conversation may have been deleted")
    return Element(decode(found.data), found.content)


@action("chat.keep", quiet=True)
def delete_element(caller: Caller, tx: Tx, element_id: str) -> None:
    """Remove an element."""
    element = tx.db.get(ChatElement, check_id(element_id))
    if element is None:
        return
    _own_thread(caller, tx.db, element.thread_id)
    tx.db.delete(element)


def _in_thread(kept: Kept | None, thread_id: str) -> Kept | None:
    """What is kept under a browser's id, which must not be another conversation's."""
    if kept is not None and kept.thread_id != thread_id:
        raise NotFound(*_GONE)
    return kept


# --- feedback -------------------------------------------------------------------------------------


@action("chat.keep", quiet=True)
def keep_feedback(
    caller: Caller, tx: Tx, step_id: str, value: Literal[0, 1], comment: str | None, feedback_id: str | None = None
) -> str:
    """Keep a thumb up (1) or down (0) on a step of one's own conversation; its id."""
    step = tx.db.get(ChatStep, check_id(step_id))
    if step is None:
        raise NotFound(*_GONE)
    _own_thread(caller, tx.db, step.thread_id)
    kept = tx.db.get(ChatFeedback, check_id(feedback_id)) if feedback_id else None
    if kept is not None and kept.step_id != step.step_id:
        raise NotFound(*_GONE)
    if kept is None:
        kept = ChatFeedback(feedback_id=feedback_id or str(uuid.uuid4()), step_id=step.step_id)
        tx.db.add(kept)
    kept.value, kept.comment = value, comment[:10_000] if comment else None
    return kept.feedback_id


@action("chat.keep", quiet=True)
def delete_feedback(caller: Caller, tx: Tx, feedback_id: str) -> bool:
    """Take a feedback back; whether there was one."""
    kept = tx.db.get(ChatFeedback, check_id(feedback_id))
    if kept is None:
        return False
    step = tx.db.get(ChatStep, kept.step_id)
    assert step is not None
    _own_thread(caller, tx.db, step.thread_id)
    tx.db.delete(kept)
    return True
