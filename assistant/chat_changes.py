"""The buttons of plans and forms: what the elements ``Plan`` and ``Form`` of the chat page call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import chainlit as cl

from assistant.chat_guard import guarded_action
from assistant.chat_rendering import send_replies
from assistant.conversation import in_thread
from assistant.forms import FieldErrors, cancel_form, submit_form
from assistant.replies import Questions, Table
from assistant.work import begin_work, progress_of
from hub import plans
from hub.access import Caller
from hub.errors import Invalid


def register() -> None:
    """Let the chat take these buttons."""
    for name, hook in BUTTONS.items():
        cl.action_callback(name)(guarded_action(hook))


async def look_at_plan(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """How a plan stands, and the id of its buttons while this session may press them."""
    standing = await in_thread(plans.look_at_plan, caller, _text(payload, "ref"))
    progress = progress_of(_text(payload, "ref")) if standing.state == "done" else None
    return {"state": standing.state, "said": standing.said, "plan_id": standing.plan_id, "progress": progress}


async def confirm_plan(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Carry a plan out. A secret goes to the page that pressed the button, and into no message or history.

    Work that the plan began goes on behind the chat; what it makes possible next is offered below.
    """
    plan_id, choices = _text(payload, "plan_id"), payload.get("choices")
    done = await in_thread(plans.confirm, caller, plan_id, choices if isinstance(choices, Mapping) else {})
    ref = plan_id.partition(".")[0]
    if done.work is not None:
        begin_work(caller, ref, done.work)
    if done.offers:
        await send_replies([Questions(done.offered, done.offers)])
    return {"state": "done", "said": done.said, "secret": done.secret, "progress": progress_of(ref)}


async def abandon_plan(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Cancel a plan."""
    await in_thread(plans.abandon, caller, _text(payload, "plan_id"))
    return {"state": "cancelled", "said": ""}


async def send_form(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Take a form's values; what comes of them is said in the chat, what does not fit goes back to its fields."""
    values = payload.get("values")
    try:
        replies = await in_thread(
            submit_form,
            caller,
            _text(payload, "name"),
            _text(payload, "about"),
            values if isinstance(values, Mapping) else {},
        )
    except FieldErrors as error:
        return {"errors": error.errors}
    found = next((reply.source for reply in replies if isinstance(reply, Table)), None)
    await send_replies(replies, {"source": dict(found)} if found else None)
    return {}


async def give_up_form(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Give up what a form is about."""
    said = await in_thread(cancel_form, caller, _text(payload, "name"), _text(payload, "about"))
    return {"said": said}


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or len(value) > 1000:
        raise Invalid("that button is not whole", "reload the page")
    return value


BUTTONS = {
    "look_at_plan": look_at_plan,
    "confirm_plan": confirm_plan,
    "abandon_plan": abandon_plan,
    "send_form": send_form,
    "give_up_form": give_up_form,
}
