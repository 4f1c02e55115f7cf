"""``/upload``, ``/download``, ``/versions`` and ``/preview``: the files of models and datasets in the chat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.file_facts import facts_of
from assistant.ownership import find_item
from assistant.replies import Drop, FileView, Reply, Text, Versions, escape
from hub.access import Caller
from hub.artifacts import Version, list_versions, may_open
from hub.catalog import Item
from hub.errors import NotFound
from hub.inspecting import Layer
from hub.items import Kind
from hub.publishing import Arrived, describe_table, show_preview

if TYPE_CHECKING:
    from assistant.commands import Asked

MOST_TENSORS, MOST_TABLES = 100, 8


def upload(_caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/upload [as model|dataset] [NAME]``"""
    return [Drop(asked.argument)]


def download(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/download NAME [VERSION]``"""
    item, number = find_version(caller, asked.argument, "/download")
    return [show_versions(caller, [pick_version(caller, item.kind, item.item_id, item.name, number)])]


def versions(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/versions NAME``"""
    item = find_item(caller, asked.argument, "/versions")
    found = list_versions(caller, item.kind, item.item_id)
    if not found:
        return [Text(f"{escape(item.name)} has no file yet.")]
    return [show_versions(caller, found)]


def preview(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/preview NAME [VERSION]``"""
    item, number = find_version(caller, asked.argument, "/preview")
    found = show_preview(caller, item.kind, item.item_id, number)
    if not found.tables:
        return [Text(f"There is no table in {escape(found.version.file_name)} to preview.")]
    return [view_tables(found.version, found.tables)]


def show_versions(caller: Caller, found: Sequence[Version]) -> Versions:
    """Versions of one item, with their links for who may open them."""
    first = found[0]
    opens = may_open(caller, first.kind, first.item_id)
    return Versions(first.kind, f"{first.owner}/{first.item_name}", found, opens)


def find_version(caller: Caller, text: str, command: str) -> tuple[Item, int | None]:
    """The item and the version meant by ``NAME [VERSION]``; a name may end in a number itself."""
    numbered = re.fullmatch(r"(.+?)[\s,]+(?:v(?:ersion)?\.?\s*)?(\d{1,9})", text.strip(), re.IGNORECASE | re.DOTALL)
    try:
        return find_item(caller, text, command), None
    except NotFound:
        if numbered is None:
            raise
    return find_item(caller, numbered[1], command), int(numbered[2])


def pick_version(caller: Caller, kind: Kind, item_id: int, name: str, number: int | None) -> Version:
    """One version of an item, the latest where no number is given; ``NotFound`` says what there is."""
    found = list_versions(caller, kind, item_id)
    if not found:
        raise NotFound(f"{name} has no file yet", "its owner can upload one")
    for version in found:
        if number in (None, version.version):
            return version
    raise NotFound(f"{name} has no version {number}", f"it has {', '.join(str(one.version) for one in found[:20])}")


# --- what is in a file ----------------------------------------------------------------------------


def view_arrived(arrived: Arrived) -> FileView:
    """What an upload says about itself."""
    found = arrived.inspection
    layers = [
        Layer(one.name, " × ".join(map(str, one.shape)) or "1", one.dtype, one.parameters)
        for one in found.tensors[:MOST_TENSORS]
    ]
    return FileView(
        arrived.file_name,
        arrived.size,
        found.warning,
        [("Format", found.format or "unknown"), *facts_of(found)],
        layers,
        len(found.tensors) - len(layers),
        [describe_table(table) for table in found.tables[:MOST_TABLES]],
        arrived.ref,
    )


def view_tables(version: Version, tables: Sequence[object]) -> FileView:
    """The preview of a published version."""
    facts = [("Version", version.version), ("Format", version.format or "unknown")]
    return FileView(version.file_name, version.size, version.warning, facts, tables=tables)  # type: ignore[arg-type]
