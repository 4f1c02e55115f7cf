"""Editing a message that was sent: what came after it goes, from the page and the history, and it is answered anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import chainlit as cl
from chainlit.chat_context import chat_contexts
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.server import sio
from chainlit.session import WebsocketSession

from assistant.chat_guard import describe_failure
from assistant.chat_history import history

_LONGEST = 100_000  # characters of a message


@sio.on("edit_message")  # type: ignore[untyped-decorator]
async def edit_message(sid: str, payload: Mapping[str, Any]) -> None:
    """Take an edited message. It runs as a task of the session, so that the stop button stops it like any other."""
    session = WebsocketSession.require(sid)
    under_way = session.current_task
    session.current_task = asyncio.create_task(_answer_anew(session, payload, under_way))


async def _answer_anew(
    session: WebsocketSession, payload: Mapping[str, Any], under_way: asyncio.Task[Any] | None
) -> None:
    if under_way is not None and not under_way.done():
        under_way.cancel()
        await asyncio.wait([under_way])
    context = init_ws_context(session)
    edited = payload.get("message") or {}
    step_id, text = str(edited.get("id")), str(edited.get("output") or "").strip()
    said = list({each.id: each for each in cl.chat_context.get()}.values())
    at = next((at for at, each in enumerate(said) if each.id == step_id and each.type == "user_message"), None)
    if at is None or not text or len(text) > _LONGEST:
        return
    await context.emitter.task_start()
    try:
        await _forget_after(step_id)
        chat_contexts[session.id] = said[: at + 1]
        said[at].content = text
        await said[at].update()
        if config.code.on_message:
            await config.code.on_message(said[at])
    except asyncio.CancelledError:
        pass
    except Exception as error:
        await cl.ErrorMessage(describe_failure(error)).send()
    finally:
        await context.emitter.task_end()


async def _forget_after(step_id: str) -> None:
    """Take what came after a step out of the history and off the page."""
    for gone in await history().delete_after(step_id):
        await cl.context.emitter.emit("delete_message", {"id": gone})
