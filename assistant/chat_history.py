"""Chainlit's data layer over the hub's database, and who is asking, as Chainlit knows it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from chainlit.context import ChainlitContextException, get_context
from chainlit.data import get_data_layer
from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.element import Element, ElementDict
from chainlit.session import WebsocketSession
from chainlit.step import StepDict
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User
from starlette.requests import Request
from starlette.responses import Response

from assistant.attachments import ref_of
from assistant.conversation import in_thread
from assistant.served import get_hub, session_id_now
from hub import chats, sessions
from hub.access import Caller
from hub.errors import HubError, NotFound, NotSignedIn

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_queued = cast("Callable[[Callable[P, R]], Callable[P, R]]", queue_until_user_message())
"""Holds a write back until a conversation's first message, so that merely looking leaves nothing behind."""

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/json", "text/plain")
"""Types that a browser may show in place; anything else is downloaded."""


def session_id() -> str:
    """The session behind what is running now: of the chat's own connection, else of the request being answered."""
    found = _said_by_gate("HTTP_X_HUB_SESSION") or session_id_now.get()
    if not found:
        raise NotSignedIn("you are not signed in", "sign in first")
    return found


def _said_by_gate(header: str) -> str:
    """What the gate put into the request that opened this chat's connection; nothing outside of a chat."""
    try:
        session = get_context().session
    except ChainlitContextException:
        return ""
    return str(session.environ.get(header, "")) if isinstance(session, WebsocketSession) and session.environ else ""


async def chat_caller() -> Caller:
    """The person whose chat this is, as the database has them now, their keys at hand.

    NotSignedIn when the session has ended.
    """
    return await in_thread(sessions.open_session, get_hub(), session_id(), _said_by_gate("HTTP_X_HUB_TOKEN"))


def history() -> ChatHistory:
    """The one that this process keeps conversations with."""
    kept = get_data_layer()
    assert isinstance(kept, ChatHistory)
    return kept


class ChatHistory(BaseDataLayer):
    """Keeps conversations under the rules of ``hub.chats``; writes go through one thread, in the order they come."""

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(1, "chat-history")

    async def _write(self, keep: Callable[Concatenate[Caller, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Run a writing action of the present caller; what comes after a session's end is not kept."""
        try:
            asked = session_id()

            def run() -> R | None:
                caller = sessions.open_session(get_hub(), asked)
                return keep(caller, *args, **kwargs) if caller.may("chat.keep") else None

            context = contextvars.copy_context()
            return await asyncio.get_running_loop().run_in_executor(self._writer, lambda: context.run(run))
        except NotSignedIn:
            log.info("not kept in the history: the session has ended")
            return None
        except HubError as error:
            log.warning("not kept in the history: %s", error.message)
            raise
        except Exception:  # Chainlit would show its text
            log.exception("not kept in the history")
            raise HubError("this could not be kept in the history") from None

    # --- people

    async def get_user(self, identifier: str) -> PersistedUser | None:
        caller = await in_thread(sessions.open_session, get_hub(), session_id())
        if str(caller.user_id) != identifier:
            return None
        return PersistedUser(
            id=identifier,
            identifier=identifier,
            display_name=caller.user_name,
            metadata={"sid": caller.session_id},
            createdAt=chats.now_text(),
        )

    async def create_user(self, user: User) -> PersistedUser | None:
        return await self.get_user(user.identifier)

    # --- threads

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,  # noqa: ARG002  the owner is whoever asks
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        kept = None if metadata is None else {key: value for key, value in metadata.items() if key != "user"}
        await self._write(chats.keep_thread, thread_id, name=name, metadata=kept, tags=tags)

    async def get_thread_author(self, thread_id: str) -> str:
        try:
            thread = await in_thread(chats.find_thread, await chat_caller(), thread_id, full=False)
        except NotFound:
            return ""
        return thread["userIdentifier"] if thread else ""

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        try:
            found = await in_thread(chats.find_thread, await chat_caller(), thread_id)
        except NotFound:
            return None
        return ThreadDict(**found) if found else None  # type: ignore[typeddict-item]

    async def delete_thread(self, thread_id: str) -> None:
        await self._write(chats.delete_thread, thread_id)

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        caller = await chat_caller()
        found = await in_thread(
            chats.list_threads,
            caller,
            search=filters.search or "",
            feedback=filters.feedback,
            after=pagination.cursor,
            limit=pagination.first,
        )
        rows = [ThreadDict(**row) for row in found.rows]  # type: ignore[typeddict-item]
        start, end = (rows[0]["id"], rows[-1]["id"]) if rows else (None, None)
        return PaginatedResponse(data=rows, pageInfo=PageInfo(found.more, start, end))

    # --- steps

    @_queued
    async def create_step(self, step_dict: StepDict) -> None:
        await self._write(chats.keep_step, dict(step_dict))

    @_queued
    async def update_step(self, step_dict: StepDict) -> None:
        await self._write(chats.keep_step, dict(step_dict))

    @_queued
    async def delete_step(self, step_id: str) -> None:
        await self._write(chats.delete_step, step_id)

    async def delete_after(self, step_id: str) -> list[str]:
        """Remove what came after a step in its conversation; the ids of what was removed."""
        return await self._write(chats.delete_after, step_id) or []

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:  # noqa: ARG002
        return []  # favourites are switched off

    # --- elements

    @_queued
    async def create_element(self, element: Element) -> None:
        data: dict[str, Any] = dict(element.to_dict())
        content = None
        if ref_of(element.path):  # sealed where it is, and to be had there until it is published
            data["url"] = f"/project/file/{data['id']}"
        if not data.get("url"):
            content = await in_thread(_read, element)
            data["url"] = f"/chat-elements/{data['id']}"
        data["chainlitKey"] = None
        if content is not None and len(content) > chats.MAX_CONTENT:
            log.info("an element of %d bytes is too large for the history", len(content))
            data["name"], content = f"{data['name']} (not kept in the history)", None
        await self._write(chats.keep_element, data, content)

    async def keep_props(self, element_id: str, props: Mapping[str, Any]) -> None:
        """Give an element these props, so that it shows them when its conversation is read again.

        Nothing is done for one that stands in no conversation, such as beside the chat.
        """
        with suppress(NotFound):
            await self._write(chats.keep_props, element_id, props)

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        try:
            found = await in_thread(chats.find_element, await chat_caller(), element_id)
        except NotFound:
            return None
        return ElementDict(**found.data) if found.data.get("threadId") == thread_id else None  # type: ignore[typeddict-item]

    @_queued
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:  # noqa: ARG002
        await self._write(chats.delete_element, element_id)

    # --- feedback

    async def upsert_feedback(self, feedback: Feedback) -> str:
        kept = await self._write(chats.keep_feedback, feedback.forId, feedback.value, feedback.comment, feedback.id)
        return kept or ""

    async def delete_feedback(self, feedback_id: str) -> bool:
        return bool(await self._write(chats.delete_feedback, feedback_id))

    async def build_debug_url(self) -> str:
        return ""

    async def close(self) -> None:
        """Finish what waits to be written."""
        await asyncio.to_thread(self._writer.shutdown, wait=True)


def _read(element: Element) -> bytes | None:
    if element.path:
        return Path(element.path).read_bytes()
    return element.content.encode() if isinstance(element.content, str) else element.content


async def serve_element(request: Request, element_id: str) -> Response:
    """The content of an element of one of the caller's own conversations."""
    found = await in_thread(chats.find_element, await chat_caller(), element_id)
    if found.content is None:
        raise NotFound("this was not kept in the history", "ask again to get it anew")
    return Response(found.content, headers=_headers_of(found.data))


def _headers_of(data: Mapping[str, Any]) -> dict[str, str]:
    mime = str(data.get("mime") or "").split(";")[0].strip().lower()
    if data.get("type") in ("plotly", "dataframe"):
        mime = "application/json"
    if mime in _SHOWN:
        return {"Content-Type": f"{mime}; charset=utf-8" if mime == "text/plain" else mime}
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in str(data.get("name") or "file"))
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{name[:100]}"',
    }
