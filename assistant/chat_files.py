"""Files in the chat page: those that come with a message, and the buttons of the elements that show files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import chainlit as cl
from chainlit.utils import utc_now

from assistant.attachments import Wish, read_wish, receive, ref_of
from assistant.chat_guard import describe_failure, guarded_action
from assistant.chat_rendering import send_message, send_replies
from assistant.conversation import Rows, in_thread
from assistant.file_facts import say_facts, tell_model
from assistant.files import find_version, pick_version, view_arrived
from assistant.models import language_model
from hub.access import Caller
from hub.errors import HubError, Invalid
from hub.publishing import Arrived, look_into

_PATIENCE = 1.0  # seconds of reading a file, after which the chat says that it does


def attached_to(message: cl.Message) -> list[str]:
    """The uploads that came with a message."""
    return [ref for each in message.elements if (ref := ref_of(each.path))]


async def take_attached(caller: Caller, refs: Sequence[str], wish: Wish) -> list[Arrived]:
    """Say of each file what there is to say: the form that publishes it, or else what is in it.

    What is wrong with one file is said, and the others go on; those that a question is about are given back.
    """
    arrived = []
    for ref in refs:
        try:
            found = await _look(caller, ref)
            if wish.publish or found.inspection.kind == "records":
                await send_replies(await in_thread(receive, caller, ref, wish))
                continue
            await send_message("", view_arrived(found))
            arrived.append(found)
        except HubError as error:
            await cl.ErrorMessage(describe_failure(error)).send()
    return arrived


async def _look(caller: Caller, ref: str) -> Arrived:
    """What the file says about itself; a large one takes a while, and then the chat says so."""
    looking = asyncio.create_task(in_thread(look_into, caller, ref))
    done, _ = await asyncio.wait({looking}, timeout=_PATIENCE)
    if done:
        return looking.result()
    step = cl.Step("Reading the file", "tool")
    step.start = utc_now()
    await step.send()
    try:
        return await looking
    finally:
        step.output, step.end = "Done.", utc_now()
        await step.update()


async def says_itself(caller: Caller, files: Sequence[Arrived], question: str) -> str:
    """The answer to a question about files where there is no language model to ask; "" where there is one."""
    if await in_thread(language_model, caller.hub) is not None:
        return ""
    return "\n\n".join(say_facts(one, question) for one in files)


def tell_all(files: Sequence[Arrived], rows: Rows) -> str:
    """What a language model is told of files."""
    return "\n\n".join(tell_model(one, rows) for one in files)


# --- buttons --------------------------------------------------------------------------------------


async def take_upload(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Go on with a file that was uploaded beside the messages, or was asked about and is to be published now."""
    ref, said = _text(payload, "ref"), payload.get("wish")
    wish = read_wish(said if isinstance(said, str) else "", "upload")
    await _look(caller, ref)
    await send_replies(await in_thread(receive, caller, ref, wish))
    return {}


async def get_link(caller: Caller, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The link of an item's latest version."""
    kind, name = _text(payload, "kind"), _text(payload, "name")

    def find() -> dict[str, Any]:
        item, _ = find_version(caller, f"{kind} {name}", "/download")
        version = pick_version(caller, item.kind, item.item_id, item.name, None)
        return {"link": version.link, "file_name": version.file_name}

    return await in_thread(find)


def _text(payload: Mapping[str, Any], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or len(value) > 1000:
        raise Invalid("that button is not whole", "reload the page")
    return value


BUTTONS = {"take_upload": take_upload, "get_link": get_link}


def register() -> None:
    """Let the chat take these buttons."""
    for name, hook in BUTTONS.items():
        cl.action_callback(name)(guarded_action(hook))
