"""What a file has told of its catalogue entry, and what a person still has to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from hub.errors import Invalid
from hub.fields import MAX_LIST, check_name
from hub.inspecting.inspection import Inspection

ItemKind = Literal["model", "dataset"]

REQUIRED: Mapping[ItemKind, tuple[str, ...]] = {
    "model": ("model_name", "arch_name", "media_type", "train_name", "task"),
    "dataset": ("ds_name", "media", "task"),
}
"""Fields of a record that it cannot be published without."""


def known_fields(inspection: Inspection, kind: ItemKind) -> dict[str, Any]:
    """The fields of a record (as ``load`` takes it) that the file tells: sizes, architecture, columns."""
    if kind == "model":
        shape = inspection.shape if inspection.architecture else {}
        told = {"param_num": inspection.parameters, "arch_name": inspection.architecture, **shape}
    else:
        columns = [{"col_name": one.name, "col_datatype": one.datatype} for one in inspection.columns[:MAX_LIST]]
        told = {"ds_size": inspection.rows, "media": inspection.media, "columns": columns or None}
    return {field: value for field, value in told.items() if value is not None}


def suggest_name(inspection: Inspection) -> str:
    """A name to begin with: what the file calls itself, else the file's own name without its ending; may be empty."""
    for name in (inspection.facts.get("general.name"), PurePosixPath(inspection.name).stem):
        try:
            return check_name("name", (name or "").replace("/", "-"))
        except Invalid:
            continue
    return ""


def needed_fields(inspection: Inspection, kind: ItemKind, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The required fields that neither the file nor the person has given yet, in the order a form asks for them.

    A doubtful file (``Inspection.doubt``) needs ``acknowledged`` too.
    """
    return tuple(_needed(inspection, kind, {**known_fields(inspection, kind), **given}))


def _needed(inspection: Inspection, kind: ItemKind, given: Mapping[str, Any]) -> Iterator[str]:
    yield from (field for field in REQUIRED[kind] if given.get(field) in (None, "", [], ()))
    if inspection.doubt and given.get("acknowledged") is not True:
        yield "acknowledged"
