"""Files of models and datasets: which versions there are, a link to download one, what is in it, a place to upload."""

from __future__ import annotations

import json
from typing import Any

from assistant.files import pick_version, show_versions, view_tables
from assistant.replies import Drop
from assistant.tools.items import find_named
from assistant.tools.people import Told
from assistant.tools.tool import Runtime, hub_tool
from hub import publishing
from hub.artifacts import Version
from hub.artifacts import list_versions as versions_of
from hub.errors import NotFound


@hub_tool("catalog.browse")
def list_versions(name: str, *, runtime: Runtime) -> Told:
    """Show the person the versions of the file of a model or dataset, newest first.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
    """
    turn = runtime.context
    item = find_named(turn, name)
    found = versions_of(turn.caller, item.kind, item.item_id)
    if not found:
        raise NotFound(f"this {item.kind} has no file yet", "tell the person so")
    return _show(runtime, found)


@hub_tool("artifact.download")
def download(name: str, version: int | None = None, *, runtime: Runtime) -> Told:
    """Give the person a link with which they download the file of a model or dataset.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
        version: which version; the latest without it
    """
    item = find_named(runtime.context, name)
    return _show(runtime, [pick_version(runtime.context.caller, item.kind, item.item_id, item.name, version)])


@hub_tool("artifact.download")
def preview(name: str, version: int | None = None, *, runtime: Runtime) -> Told:
    """Show the person the first rows of a dataset's file and figures of its columns.

    Args:
        name: the dataset, as NAME or OWNER/NAME
        version: which version; the latest without it
    """
    turn = runtime.context
    item = find_named(turn, name)
    found = publishing.show_preview(turn.caller, item.kind, item.item_id, version)
    if not found.tables:
        raise NotFound("there is no table in this file", "tell the person so")
    told: list[Any] = [{"rows": table["rows"], "columns": len(table["columns"])} for table in found.tables]
    if turn.rows_shown == "all":
        told = [{"rows": table["rows"], "columns": table["columns"][:40]} for table in found.tables[:2]]
    text = json.dumps({"tables": told, "note": "the person sees the preview"}, ensure_ascii=False)
    return text, (view_tables(found.version, found.tables),)


@hub_tool("artifact.upload")
def upload(*, runtime: Runtime) -> Told:
    """Show the person the place where they drop a file to publish it as a model, a dataset, or a new version."""
    return "The person sees where to drop the file; what it is they are asked there.", (Drop(),)


def _show(runtime: Runtime, found: list[Version]) -> Told:
    turn = runtime.context
    reply = show_versions(turn.caller, found)
    told: dict[str, Any] = {
        "versions": len(found),
        "may_download": reply.opens,
        "note": "the person sees them, with links",
    }
    if turn.rows_shown == "all":
        told["versions"] = [
            {"version": one.version, "file_name": one.file_name, "size": one.size, "format": one.format}
            for one in found[:20]
        ]
    return json.dumps(told, ensure_ascii=False), (reply,)
