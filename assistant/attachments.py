"""Files that come with a message: how the chat knows them, and what is wished of them.

A file alone, or with words such as "publish it as …", is to become a model or dataset; with any other words it is what
a question is about. Records come to the plan of loading them, whatever was said, for who may load them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from assistant.forms import LARGEST_FILE
from assistant.publishing import make_publish_form
from assistant.replies import Confirm, Reply
from hub import records, staging
from hub.access import Caller
from hub.errors import Invalid
from hub.items import Kind
from hub.publishing import Arrived, look_into

_SEALED = "sealed:"


def reference(ref: str, name: str, size: int) -> dict[str, Any]:
    """An upload as Chainlit knows files: its id is that of the upload, its path leads to no file of the machine."""
    return {
        "id": str(uuid.UUID(ref)),
        "path": _SEALED + ref,
        "name": name,
        "type": "application/octet-stream",
        "size": size,
    }


def ref_of(path: str | None) -> str | None:
    """The upload behind the path of an attachment; None for any other file."""
    return path.removeprefix(_SEALED) if path and path.startswith(_SEALED) else None


# --- what is wished -------------------------------------------------------------------------------

_PUBLISH = re.compile(
    r"(?:please |can you |could you |now )*(?:upload|publish|register|add|store|save|catalogue)"
    r"(?: (?:this|that|it|the|my|a|new|attached))*(?: (?P<noun>models?|datasets?|data ?sets?|files?|data))?"
    r"(?: (?:as|called|named)(?: (?:an?|the|my|new))*(?: (?P<kind>model|dataset)\b)?(?: (?:called|named))?"
    r"(?: ?[\"'“‘]?(?P<name>[^\"'“‘”’]{1,200}?)[\"'”’]?)?)?(?:,? please)?[.!]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message wants of its files: to publish them (as this kind, under this name), or to know about them."""

    publish: bool
    kind: Kind | Literal["records"] | None = None
    name: str = ""


def read_wish(text: str, command: str | None = None) -> Wish:
    """What the words that came with files want; ``command`` is the slash command they were sent with."""
    text = " ".join(text.split())
    if command == "load":
        return Wish(True, "records")
    if command == "upload":
        return Wish(True, name=text)
    if not text:
        return Wish(True)
    found = _PUBLISH.fullmatch(text)
    if found is None:
        return Wish(False)
    kind = re.sub(r"\s|s$", "", (found["kind"] or found["noun"] or "").lower())
    return Wish(True, cast("Kind", kind) if kind in ("model", "dataset") else None, found["name"] or "")


def receive(caller: Caller, ref: str, wish: Wish) -> Sequence[Reply]:
    """What is said to a file that is to be published: the form for the rest, or the plan of loading records."""
    arrived = look_into(caller, ref)
    if arrived.inspection.kind == "records":
        return [_plan_load(caller, arrived)]
    if wish.kind == "records":
        staging.cancel_upload(caller, ref)
        raise Invalid(f"{arrived.file_name} holds no records", "/load takes a .json file; /upload publishes a file")
    return [make_publish_form(caller, ref, wish.kind, wish.name)]


def _plan_load(caller: Caller, arrived: Arrived) -> Confirm:
    try:
        text = _read_text(caller, arrived) if caller.may("records.load") else ""  # the gate refuses it
        return Confirm(records.plan_load(caller, text, arrived.file_name))
    finally:
        staging.cancel_upload(caller, arrived.ref)


def _read_text(caller: Caller, arrived: Arrived) -> str:
    if arrived.size > LARGEST_FILE:
        said = f"{arrived.file_name} is larger than {LARGEST_FILE // 1_000_000} MB"
        raise Invalid(said, "`openmodelhub load` takes it")
    with staging.staged_reader(caller, arrived.ref) as reader:
        content = reader.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{arrived.file_name} is no text", "records are JSON in UTF-8") from None
