"""What an owner does with models and datasets: lineage is answered, what changes something is only planned."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from assistant.conversation import Turn
from assistant.ownership import find_item
from assistant.replies import Confirm, Origins
from assistant.tools.people import Told, tell_plan
from assistant.tools.tool import Runtime, hub_tool
from hub import trash
from hub.catalog import PLAN_NEW, Item
from hub.editing import PLAN_EDIT
from hub.errors import Ambiguous, Invalid, NotFound
from hub.items import Kind
from hub.lineage import Relatives, show_lineage
from hub.trash import PLAN_DELETE, PLAN_RESTORE


@hub_tool("catalog.browse")
def lineage(name: str, *, runtime: Runtime) -> Told:
    """Show what a model was trained on and what else was, or which models use a dataset.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
    """
    item = find_named(runtime.context, name)
    found = show_lineage(runtime.context.caller, f"{item.owner}/{item.name}", kind=item.kind)

    def told(relatives: Relatives) -> Any:
        named = runtime.context.rows_shown == "all"
        return [one.name for one in relatives.rows] if named else relatives.total

    text = {"kind": found.kind, "datasets": told(found.datasets), "models": told(found.models), "note": "it is shown"}
    return json.dumps(text, ensure_ascii=False), (Origins(found),)


@hub_tool("model.create dataset.create")
def register_item(kind: Literal["model", "dataset"], record: dict[str, Any], *, runtime: Runtime) -> Told:
    """Plan to register a model or dataset of the person's own, without a file.

    Args:
        kind: which of the two
        record: its fields, named like the columns; task, authors, datasets are lists, of a dataset owners and columns
    """
    return tell_plan(Confirm(PLAN_NEW[kind](runtime.context.caller, record)))


@hub_tool("model.edit dataset.edit")
def edit_items(names: list[str], changes: dict[str, Any], *, runtime: Runtime) -> Told:
    """Plan to change fields of models or of datasets that the person owns, all in one plan.

    Args:
        names: the models, or the datasets, each as NAME or OWNER/NAME
        changes: the new value of each field, named like its column; a list field takes a list or {"add", "remove"}
    """
    kind, ids = _meant(runtime.context, names)
    return tell_plan(Confirm(PLAN_EDIT[kind](runtime.context.caller, ids, changes)))


@hub_tool("model.delete dataset.delete")
def delete_items(names: list[str], *, runtime: Runtime) -> Told:
    """Plan to delete models or datasets that the person owns; they can be restored for a while.

    Args:
        names: the models, or the datasets, each as NAME or OWNER/NAME
    """
    kind, ids = _meant(runtime.context, names)
    return tell_plan(Confirm(PLAN_DELETE[kind](runtime.context.caller, ids)))


@hub_tool("model.delete dataset.delete")
def restore_item(name: str, *, runtime: Runtime) -> Told:
    """Plan to have a deleted model or dataset of the person's own back.

    Args:
        name: what it was called
    """
    with naming(runtime.context):
        found = trash.find_trashed(runtime.context.caller, name)
    return tell_plan(Confirm(PLAN_RESTORE[found.kind](runtime.context.caller, found.trash_id)))


def _meant(turn: Turn, names: Sequence[str]) -> tuple[Kind, list[int]]:
    """The kind and the numbers of the items of these names."""
    if not names:
        raise Invalid("nothing is named", "name models or datasets")
    found = [find_named(turn, name) for name in names]
    kinds = {item.kind for item in found}
    if len(kinds) > 1:
        raise Invalid("these are models and datasets", "change the models and the datasets in two plans")
    return found[0].kind, [item.item_id for item in found]


def find_named(turn: Turn, name: str) -> Item:
    """The item of this name; an error names others only to a model that may see all rows."""
    with naming(turn):
        return find_item(turn.caller, name, "the tool")


@contextmanager
def naming(turn: Turn) -> Iterator[None]:
    """Leaves out of an error the names it proposes: they come from rows, and those may not be for this model."""
    try:
        yield
    except (NotFound, Ambiguous) as error:
        if turn.rows_shown == "all":
            raise
        raise type(error)(error.message, "ask the person for the whole name, as OWNER/NAME") from None
