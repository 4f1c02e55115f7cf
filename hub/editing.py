"""Changing models and datasets: any field, of one or of many, checked as it is when they are registered.

A change is a partial record in the fields of ``export``. A field that holds a list takes the new list, or
``{"add": […], "remove": […]}``. What the owner of an item does not name stays as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import ModelDataset, User, name_key
from hub.access import Caller, Tx, action
from hub.catalog import read_items
from hub.errors import Ambiguous, Conflict, Denied, Invalid, NotFound
from hub.fields import check_list, check_value, say_value, spellings
from hub.items import (
    SHAPES,
    Kind,
    Sees,
    Shape,
    architecture_fields,
    check_item,
    only_seen,
    sees_of,
    taken_names,
)
from hub.names import index_name
from hub.parts import PARTS, Part, item_row, place_entry, replace_parts
from hub.plans import Change, Draft, Plan, planned
from hub.sealing import follow_visibility
from hub.titles import title_of

_MOST_TOLD = 20  # items left out that are named
MOST_AT_ONCE = 1000
"""Items that one action changes or deletes."""

Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after, as ``export`` writes it."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ItemEdit:
    """What becomes of one item; ``state`` stands for how it was before, see ``state_of``."""

    item_id: int
    name: str
    owner: str
    changes: tuple[FieldChange, ...]
    state: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that stays as it is, and why."""

    name: str
    why: str


@dataclass(slots=True)
class Edits:
    """What becomes of the items asked for: those that change, and those that do not."""

    kind: Kind
    items: list[ItemEdit] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Own:
    """An item of the caller's own."""

    item_id: int
    name: str
    owner: str


# --- the actions ----------------------------------------------------------------------------------


@action("model.edit")
def edit_models(caller: Caller, tx: Tx, ids: Sequence[int], changes: Changes) -> Edits:
    """Change these models of the caller's own, all in one transaction; what was changed.

    What cannot be changed is left out, with the reason; of a single item the reason is raised.
    """
    return _edit(caller, tx, "model", ids, changes)


@action("dataset.edit")
def edit_datasets(caller: Caller, tx: Tx, ids: Sequence[int], changes: Changes) -> Edits:
    """Change these datasets of the caller's own, as ``edit_models`` does."""
    return _edit(caller, tx, "dataset", ids, changes)


@planned("model.edit", "Change")
def plan_model_edits(caller: Caller, tx: Tx, ids: Sequence[int], changes: Changes) -> Draft:
    """Plan to change these models as ``edit_models`` would: the change is made, read, and undone."""
    return _draft(caller, tx, "model", ids, changes)


@planned("dataset.edit", "Change")
def plan_dataset_edits(caller: Caller, tx: Tx, ids: Sequence[int], changes: Changes) -> Draft:
    """Plan to change these datasets, as ``plan_model_edits`` does."""
    return _draft(caller, tx, "dataset", ids, changes)


EDIT: Mapping[str, Callable[[Caller, Sequence[int], Changes], Edits]] = {
    "model": edit_models,
    "dataset": edit_datasets,
}
"""Kind → the action on its items."""
PLAN_EDIT: Mapping[str, Callable[[Caller, Sequence[int], Changes], Plan]] = {
    "model": plan_model_edits,
    "dataset": plan_dataset_edits,
}
"""Kind → the plan of it: item numbers and a partial record are all it takes."""


def _draft(caller: Caller, tx: Tx, kind: Kind, ids: Sequence[int], changes: Changes) -> Draft:
    undone = tx.db.begin_nested()
    try:
        edits = _edit(caller, tx, kind, ids, changes)
    finally:
        undone.rollback()
    if not edits.items:
        why = "; ".join(f"{one.name}: {one.why}" for one in edits.left_out[:5])
        raise Conflict("there is nothing to change", why)
    several = len(edits.items) > 1
    title = f"Change {len(edits.items)} {kind}s" if several else f"Change the {kind} {edits.items[0].name}"
    lines = [
        Change(
            f"{item.name}: {title_of(change.field)}" if several else title_of(change.field),
            say_value(change.before),
            say_value(change.after),
        )
        for item in edits.items
        for change in item.changes
    ]

    def run(_chosen: Mapping[str, str]) -> str:
        _edit(caller, tx, kind, ids, changes)
        return f"{len(edits.items)} {kind}s are changed." if several else f"{edits.items[0].name} is changed."

    warnings = [*_warn(edits), *say_left_out(edits.left_out)]
    return Draft(title, lines, run, warnings, about=[[item.item_id, item.state] for item in edits.items])


def _warn(edits: Edits) -> list[str]:
    """What a person should know beside the fields themselves."""
    said = {change.after for item in edits.items for change in item.changes if change.field == "visibility"}
    it = "it" if len(edits.items) == 1 else "them"
    told = {"public": f"Everyone on this hub will see {it}.",
            "private": f"Only you and the people you let in will see {it}."}  # fmt: skip
    return [told[value] for value in sorted(said)]


def say_left_out(left_out: Sequence[LeftOut]) -> list[str]:
    """A sentence for each item that stays as it is; of many the first ones, and how many more."""
    told = [f"Left out: {one.name}; {one.why}." for one in left_out[:_MOST_TOLD]]
    more = len(left_out) - len(told)
    return [*told, f"Left out: {more} more."] if more else told


# --- how an edit goes -----------------------------------------------------------------------------


def _edit(caller: Caller, tx: Tx, kind: Kind, ids: Sequence[int], changes: Changes) -> Edits:
    db, shape, edits = tx.db, SHAPES[kind], Edits(kind)
    tx.concerns(kind, ids[0] if len(ids) == 1 else "several")
    _check_changes(shape, changes)
    sees = sees_of(caller, db)
    own = find_own(caller, db, kind, ids, edits.left_out)
    before = dict(zip(own, read_items(db, kind, list(own), sees), strict=True))
    hidden = _hidden_datasets(db, list(own), sees) if kind == "model" else {}
    refused = set()
    for item_id, record in before.items():
        try:
            _write(db, shape, own[item_id], caller.user_id or 0, record, changes, sees, hidden.get(item_id, ()))
        except (Invalid, Conflict, Ambiguous, Denied) as error:
            if len(ids) == 1:
                raise
            refused.add(item_id)
            edits.left_out.append(LeftOut(own[item_id].name, error.message))
    after = dict(zip(own, read_items(db, kind, list(own), sees), strict=True))
    for item_id, record in before.items():
        changed = tuple(
            FieldChange(name, record.get(name), after[item_id].get(name))
            for name in dict.fromkeys((*record, *after[item_id]))
            if record.get(name) != after[item_id].get(name)
        )
        one = own[item_id]
        if any(change.field == "visibility" for change in changed):
            follow_visibility(caller, db, kind, item_id, after[item_id]["visibility"])
        if changed:
            edits.items.append(ItemEdit(item_id, one.name, one.owner, changed, state_of(record)))
        elif item_id not in refused:
            edits.left_out.append(LeftOut(one.name, "it is so already"))
    if len(edits.items) == 1:
        tx.concerns(kind, edits.items[0].item_id)
    fields = dict.fromkeys(change.field for item in edits.items for change in item.changes)
    tx.note(items=[item.item_id for item in edits.items], fields=list(fields))
    if "visibility" in fields:
        tx.note(visibility=changes["visibility"])
    return edits


def _check_changes(shape: Shape, changes: Changes) -> None:
    """Refuse what is wrong with the changes whatever the item; the rest ``check_item`` finds."""
    if not isinstance(changes, Mapping) or not changes:
        raise Invalid("nothing is to be changed", "name a field and its new value")
    for column in shape.fields:
        if column.name in changes:  # an empty one must not become the default of a new item
            check_value(column, changes[column.name])


def find_own(caller: Caller, db: Session, kind: Kind, ids: Sequence[int], left_out: list[LeftOut]) -> dict[int, Own]:
    """Those of these items that are the caller's own, by number, their rows locked.

    The others go to ``left_out`` with the reason; where only one was asked for it is raised. What the caller may not
    see reads like what does not exist.
    """
    shape = SHAPES[kind]
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(f"these are {len(wanted)} {kind}s; at most {MOST_AT_ONCE} are taken at once", "name fewer")
    query = only_seen(
        sa.select(shape.id, shape.name, shape.owner, User.user_name)
        .join(User, User.user_id == shape.owner)
        .where(shape.id.in_(wanted))
        .order_by(shape.id)
        .with_for_update(),
        shape,
        sees_of(caller, db),
    )
    rows = {row[0]: row for row in db.execute(query)}
    own: dict[int, Own] = {}
    for item_id in sorted(wanted):
        if item_id not in rows:
            if len(wanted) == 1:
                raise NotFound(f"there is no such {kind}", "it may have been deleted or made private")
            left_out.append(LeftOut(f"{kind} number {item_id}", "there is no such one"))
            continue
        _, name, owner_id, owner = rows[item_id]
        if owner_id == caller.user_id:
            own[item_id] = Own(item_id, name, owner)
        elif len(wanted) == 1:
            raise Denied(f"the {kind} '{name}' is {owner}'s", "only its owner may change or delete it")
        else:
            left_out.append(LeftOut(f"{owner}/{name}", f"it is {owner}'s"))
    return own


def state_of(record: Mapping[str, Any]) -> str:
    """Something short that is another after any change of the record."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _hidden_datasets(db: Session, ids: Sequence[int], sees: Sees) -> dict[int, list[int]]:
    """Model → the datasets it is linked to that the caller does not see; an edit leaves them as they are."""
    links = sa.select(ModelDataset.model_id, ModelDataset.ds_id).where(ModelDataset.model_id.in_(ids))
    shape = SHAPES["dataset"]
    query: sa.Select[Any] = sa.select(shape.id).where(shape.id.in_(links.with_only_columns(ModelDataset.ds_id)))
    seen = set(db.scalars(only_seen(query, shape, sees)))
    hidden: dict[int, list[int]] = {}
    for model_id, ds_id in db.execute(links):
        if ds_id not in seen:
            hidden.setdefault(model_id, []).append(ds_id)
    return hidden


def _write(
    db: Session,
    shape: Shape,
    own: Own,
    owner_id: int,
    record: Mapping[str, Any],
    changes: Changes,
    sees: Sees,
    hidden: Sequence[int],
) -> None:
    entry = check_item(shape.kind, _merge(shape, record, changes))
    if entry.owner and name_key(entry.owner) != name_key(own.owner):
        raise Denied("an item's owner is not changed by editing it", "an administrator can hand a person's items on")
    if entry.key != name_key(own.name) and taken_names(db, shape.kind, [(owner_id, entry.key)]):
        raise Conflict(f"you have a {shape.kind} called '{entry.name}' already", "choose another name")
    placed = place_entry(db, entry, owner_id, sees)
    placed.ds_ids += hidden
    row = item_row(shape, placed)
    db.execute(sa.update(shape.table).where(shape.id == own.item_id).values(row))
    replace_parts(db, shape.kind, own.item_id, placed, _parts_of(shape, changes))
    if entry.name != own.name:
        index_name(db, shape.kind, own.item_id, entry.name)


def _parts_of(shape: Shape, changes: Changes) -> list[Part]:
    named = {"train_name" if name == "trainname" else name for name in changes}
    return [part for part in PARTS[shape.kind] if named & set(part.fields)]


def _merge(shape: Shape, record: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """The record with the changes in it; a new architecture begins with none of the old one's fields."""
    merged = dict(record)
    if "trainname" in changes:
        merged.pop("train_name", None)
    if shape.kind == "model" and "arch_name" in changes:
        fresh = check_value(shape.table.c.arch_name, changes["arch_name"])
        if fresh != record["arch_name"]:
            for name in (*architecture_fields(), "modules"):
                merged.pop(name, None)
    for name, value in changes.items():
        merged[name] = _merge_list(shape, name, record.get(name), value) if isinstance(value, Mapping) else value
    if "modules" in changes and "module_num" not in changes and merged["modules"]:
        merged["module_num"] = None  # counted anew
    return merged


def _merge_list(shape: Shape, name: str, before: Any, change: Mapping[str, Any]) -> list[Any]:
    if not isinstance(before, list) or not set(change) <= {"add", "remove"}:
        raise Invalid(f"{name}: a value is needed", 'lists take {"add": […], "remove": […]} too')
    fold = _folded(shape, name)
    gone = [fold(one) for one in check_list(name, change.get("remove"))]
    kept = [one for one in before if fold(one) not in gone]
    have = {json.dumps(fold(one), sort_keys=True, default=str) for one in kept}
    for one in check_list(name, change.get("add")):
        key = json.dumps(fold(one), sort_keys=True, default=str)
        if key not in have:
            have.add(key)
            kept.append(one)
    return kept


def _folded(shape: Shape, name: str) -> Callable[[Any], Any]:
    """What two entries of a list have in common when they are the same."""
    if name == "task":
        known = spellings(shape.task)
        return lambda one: known.get(name_key(one), one) if isinstance(one, str) else one
    return lambda one: name_key(one) if isinstance(one, str) else one
