"""The one error boundary of the chat: an error is told in plain words, and never reaches the browser as it is."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

import chainlit as cl

from assistant.chat_history import chat_caller
from assistant.chat_rendering import error_text
from assistant.replies import unescape
from hub.access import Caller
from hub.errors import HubError, NotSignedIn

log = logging.getLogger(__name__)

P = ParamSpec("P")


def describe_failure(error: Exception) -> str:
    """What a person is told of an error, as Markdown; of a bug only the number under which the log has it."""
    if isinstance(error, HubError):
        return error_text(error)
    number = uuid.uuid4().hex[:12]
    log.error("request %s failed", number, exc_info=error)
    return f"**Something went wrong.** It is not your fault; tell an administrator this number: `{number}`"


def guarded(hook: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """Say an error in the chat instead of raising it; a session that has ended leads to the sign-in page."""

    @functools.wraps(hook)
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await hook(*args, **kwargs)
        except Exception as error:
            await cl.ErrorMessage(describe_failure(error)).send()
            if isinstance(error, NotSignedIn):
                await cl.context.emitter.emit("reload", {})

    return run


def guarded_action(hook: Callable[[Caller, dict[str, Any]], Awaitable[dict[str, Any]]]) -> Callable[..., Any]:
    """Answer a press of a button in an element: what the hook returns, or ``{"error": plain words}``."""

    async def run(action: cl.Action) -> dict[str, Any]:
        try:
            return await hook(await chat_caller(), action.payload)
        except Exception as error:
            return {"error": unescape(describe_failure(error)).replace("**", "").replace("`", "")}

    return run
