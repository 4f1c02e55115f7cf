"""What an owner does in the chat: registering, editing, deleting and restoring models and datasets, and their lineage.

Each answers with a form or a plan; only the plan's button changes anything. A form's fields follow from the tables: the
architecture decides which of them are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from assistant.forms import Field, FieldErrors, Form, FormKind, Value, add_forms, make_form
from assistant.replies import Card, Confirm, Origins, Reply, TrashList
from db.tables import name_key
from hub import catalog, trash
from hub.access import Caller
from hub.artifacts import list_versions, may_open
from hub.catalog import PLAN_NEW, Item
from hub.editing import PLAN_EDIT, state_of
from hub.errors import Conflict, Denied, Invalid, NotFound
from hub.items import ARCHITECTURE, COLUMN_FIELDS, MODULE_FIELDS, SHAPES, Kind, architecture_fields
from hub.lineage import show_lineage
from hub.publishing import show_manifest
from hub.query import run_query
from hub.sharing import Access, who_has_access
from hub.titles import title_of
from hub.trash import PLAN_DELETE, PLAN_RESTORE

if TYPE_CHECKING:
    from assistant.commands import Asked

MOST_NAMES = 300
"""Names of people or datasets that a form offers to choose from; where there are more they are typed, one a line."""

_ARCHITECTURE = "arch_name"
_STATES = {"open": "invited", "expired": "ran out", "lapsed": "has new keys"}


# --- which item is meant --------------------------------------------------------------------------


def find_item(caller: Caller, text: str, command: str) -> Item:
    """The item meant by ``[model|dataset] [OWNER/]NAME``."""
    if not text.strip():
        raise Invalid(f"{command} takes the name of a model or dataset", f"for example {command} ResNet-50")
    kind, _, rest = text.strip().partition(" ")
    if kind in SHAPES and rest:
        try:
            return catalog.show_item(caller, rest, kind=cast("Kind", kind))
        except NotFound:  # a name may begin with that word
            return catalog.show_item(caller, text)
    return catalog.show_item(caller, text)


def find_own(caller: Caller, text: str, command: str) -> Item:
    """The item meant, when it is the caller's own."""
    item = find_item(caller, text, command)
    if not _owns(caller, item):
        raise Denied(f"the {item.kind} '{item.name}' is {item.owner}'s", "only its owner may change or delete it")
    return item


def _owns(caller: Caller, item: Item) -> bool:
    return name_key(item.owner) == name_key(caller.user_name)


def _full_name(item: Item) -> str:
    return f"{item.kind} {item.owner}/{item.name}"


def make_card(caller: Caller, item: Item) -> Card:
    """An item in detail: its lineage, and for its owner what can be done with it."""
    name, access = _full_name(item), list[str]()
    lineage = show_lineage(caller, f"{item.owner}/{item.name}", kind=item.kind)
    buttons = [("Lineage", f"/lineage {name}")]
    version = next(iter(list_versions(caller, item.kind, item.item_id)), None)
    if version is not None:
        buttons.append(("Versions", f"/versions {name}"))
    opens = may_open(caller, item.kind, item.item_id)
    if opens and item.kind == "dataset":
        buttons.append(("Preview", f"/preview {name}"))
    if _owns(caller, item):
        if caller.may(f"{item.kind}.edit"):
            other = "public" if item.record["visibility"] == "private" else "private"
            buttons += [("Edit", f"/edit {name}"), (f"Make {other}", f"/edit {name} visibility={other}")]
        if caller.may(f"{item.kind}.delete"):
            buttons.append(("Delete", f"/delete {name}"))
        if caller.may("item.share") and item.record["visibility"] == "private":
            buttons.append(("Share", f"/share {name}"))
            access = [f"{one.person} ({_say(one)})" for one in who_has_access(caller, item.kind, item.item_id)]
    manifest = show_manifest(caller, item.item_id) if item.kind == "model" else None
    return Card(item, lineage, buttons, version, opens, manifest, access)


def _say(one: Access) -> str:
    return _STATES.get(one.state) or ("may open it" if one.permission == "download" else "may see it")


# --- the commands ---------------------------------------------------------------------------------


def show_origins(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/lineage NAME``"""
    item = find_item(caller, asked.argument, "/lineage")
    return [Origins(show_lineage(caller, f"{item.owner}/{item.name}", kind=item.kind))]


def register(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/register [model]``"""
    kind = asked.argument.strip().lower().removesuffix("s") or "model"
    if kind not in SHAPES:
        raise Invalid(
            f"'{asked.argument[:40]}' is neither a model nor a dataset", "say /register model or /register dataset"
        )
    return [make_form(caller, f"register-{kind}")]


def register_dataset(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/register dataset``"""
    return [make_form(caller, "register-dataset")]


def edit(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/edit NAME``: a form; ``/edit NAME FIELD=VALUE``: the plan of that one change."""
    name, change = _split_change(asked.argument)
    item = find_own(caller, name, "/edit")
    if change:
        return [Confirm(PLAN_EDIT[item.kind](caller, [item.item_id], change))]
    return [make_form(caller, f"edit-{item.kind}", f"{state_of(item.record)} {item.owner}/{item.name}")]


def _split_change(text: str) -> tuple[str, dict[str, Any]]:
    """The name, and the one field that is to change with its new value, where one is given."""
    fields = {name for kind in SHAPES for name in (*_plain_names(cast("Kind", kind)), "task")} | {
        *architecture_fields()
    }
    given = re.fullmatch(r"(.+?)\s+(\w+)\s*=\s*(.*)", text.strip(), re.DOTALL)
    if given is None or given[2] not in fields:
        return text, {}
    value: Any = given[3].strip()
    if given[2] == "task":
        value = [one.strip() for one in value.split(",") if one.strip()]
    elif re.fullmatch(r"\d{1,18}", value):
        value = int(value)
    return given[1], {given[2]: value}


def delete(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/delete NAME``"""
    item = find_own(caller, asked.argument, "/delete")
    return [Confirm(PLAN_DELETE[item.kind](caller, [item.item_id]))]


def show_trash(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/trash``"""
    return [TrashList(trash.list_trash(caller))]


def restore(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/restore NAME``, or ``#`` and its number in the trash"""
    if not asked.argument.strip():
        return show_trash(caller, asked)
    found = trash.find_trashed(caller, asked.argument)
    return [Confirm(PLAN_RESTORE[found.kind](caller, found.trash_id))]


# --- the forms ------------------------------------------------------------------------------------


def _plain_names(kind: Kind) -> Iterator[str]:
    yield SHAPES[kind].name.name
    yield from (column.name for column in SHAPES[kind].fields)


def item_fields(caller: Caller, kind: Kind, record: Mapping[str, Any]) -> list[Field]:
    """The fields of a model or dataset, holding what the record says; all of it comes from the tables."""
    shape = SHAPES[kind]
    last = ("created_at", "visibility")
    plain = [column for column in shape.fields if column.name not in last]
    fields = []
    for column in (shape.name, *plain):
        fields.append(column_field(column, record.get(column.name)))
        if column.name == _ARCHITECTURE:
            fields += _architecture_fields(record)
    tasks = [(value, value) for value in shape.task.info["values"]]
    fields.append(Field("task", "Tasks", "many", list(record.get("task", ())), tasks))
    if kind == "model":
        fields.append(_names("datasets", "Trained on", record.get("datasets", ()), _dataset_names(caller)))
    else:
        rows = [dict(row) for row in record.get("columns", ())]
        parts = [column_field(column, None) for column in COLUMN_FIELDS]
        fields.append(Field("columns", "Columns", "rows", rows, columns=parts))
    people = title_of(shape.people_field)
    fields.append(_names(shape.people_field, people, record.get(shape.people_field, ()), people_names(caller)))
    fields += [column_field(shape.table.c[name], record.get(name)) for name in last]
    return fields


def _architecture_fields(record: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of every architecture, each there only while that one is chosen."""
    for architecture, columns in ARCHITECTURE.items():
        needs = (_ARCHITECTURE, (architecture,))
        yield from (column_field(column, record.get(column.name), needs) for column in columns)
        if "module_num" in {column.name for column in columns}:
            modules = [dict(row) for row in record.get("modules", ())]
            parts = [column_field(column, None) for column in MODULE_FIELDS]
            yield Field("modules", "Modules", "rows", modules, columns=parts, needs=needs)


def column_field(column: sa.Column[Any], value: Any, needs: tuple[str, Sequence[str]] | None = None) -> Field:
    """The field for a column: its kind, choices and hint are the column's own."""
    title, hint = title_of(column.name), str(column.comment or "")
    hint = hint[:1].upper() + hint[1:] + "." if hint and name_key(hint) != name_key(title) else ""
    required = not column.nullable
    if "values" in column.info:
        options = [(one, one) for one in column.info["values"]]
        default = column.default.arg if isinstance(column.default, sa.ColumnDefault) else None
        return Field(column.name, title, "select", value or default, options, required, hint, needs=needs)
    if isinstance(column.type, sa.DateTime):
        return Field(column.name, title, "date", value and str(value)[:10], (), False, hint, needs=needs)
    if isinstance(column.type, sa.Integer):
        return Field(column.name, title, "number", value, (), required, hint, needs=needs)
    kind = "long" if isinstance(column.type, sa.Text) else "text"
    return Field(column.name, title, kind, value, (), required, hint, needs=needs)  # type: ignore[arg-type]


def _names(name: str, title: str, chosen: Sequence[str], known: Sequence[str] | None) -> Field:
    """Names to choose from, or where there are too many of them to type, one a line."""
    if known is None:
        return Field(name, title, "long", "\n".join(chosen), hint="One name a line.")
    folded = {name_key(one) for one in known}
    offered = [*(one for one in chosen if name_key(one) not in folded), *known]
    return Field(name, title, "many", list(chosen), [(one, one) for one in offered])


def people_names(caller: Caller) -> list[str] | None:
    """Everybody's user name; None where there are too many to choose from."""
    statement = f"SELECT user_name FROM user ORDER BY user_name LIMIT {MOST_NAMES + 1}"  # noqa: S608 - a number
    rows = run_query(caller, statement).rows
    return [row[0] for row in rows] if len(rows) <= MOST_NAMES else None


def _dataset_names(caller: Caller) -> list[str] | None:
    """Names of the datasets the caller sees, with their owner's where several have the same."""
    statement = (
        "SELECT d.ds_name, u.user_name FROM dataset d JOIN user u ON u.user_id = d.owner_id "  # noqa: S608 - a number
        f"ORDER BY d.ds_name LIMIT {MOST_NAMES + 1}"
    )
    rows = run_query(caller, statement).rows
    if len(rows) > MOST_NAMES:
        return None
    keys = [name_key(name) for name, _ in rows]
    return [f"{owner}/{name}" if keys.count(name_key(name)) > 1 else name for name, owner in rows]


def _record_of(values: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """What a form's values say as a record; names typed one a line become a list."""
    kinds = {field.name: field for field in fields}
    lists = {field.name for field in fields if field.hint == "One name a line."}
    record = {}
    for name, value in values.items():
        if name in lists:
            value = [line.strip() for line in (value or "").splitlines() if line.strip()]
        if name in kinds:
            record[name] = value
    return record


def _register_form(kind: Kind) -> FormKind:
    def build(caller: Caller, _about: str) -> Form:
        record = {SHAPES[kind].people_field: [caller.user_name]}
        title = f"Register a {kind}"
        note = "Nothing is registered yet: what you write here is shown to you as a plan first."
        return Form(f"register-{kind}", title, item_fields(caller, kind, record), "Continue", note=note)

    def submit(caller: Caller, about: str, values: dict[str, Any]) -> Sequence[Reply]:
        record = _record_of(values, build(caller, about).fields)
        known = {name: value for name, value in record.items() if value is not None}
        return [_planned(PLAN_NEW[kind], values, caller, known)]

    return FormKind(f"register-{kind}", f"{kind}.create", build, submit)


def _edit_form(kind: Kind) -> FormKind:
    def build(caller: Caller, about: str) -> Form:
        item = find_own(caller, f"{kind} {about.partition(' ')[2]}", "/edit")
        title = f"Edit the {kind} {item.name}"
        note = "Nothing changes yet: the fields that you change are shown to you as a plan first."
        about = f"{about.partition(' ')[0]} {item.owner}/{item.name}"
        return Form(f"edit-{kind}", title, item_fields(caller, kind, item.record), "Continue", about, note)

    def submit(caller: Caller, about: str, values: dict[str, Any]) -> Sequence[Reply]:
        state, _, name = about.partition(" ")
        item = find_own(caller, f"{kind} {name}", "/edit")
        if state_of(item.record) != state:
            raise Conflict(f"'{item.name}' was changed since this form was opened", "open it again: /edit " + item.name)
        fields = item_fields(caller, kind, item.record)
        was = _record_of({field.name: field.value for field in fields}, fields)
        changes = {
            name: value
            for name, value in _record_of(values, fields).items()
            if _same(value) != _same(cast("Value", was.get(name)))
        }
        if not changes:
            raise Conflict("there is nothing to change", "change a field first")
        return [_planned(PLAN_EDIT[kind], values, caller, [item.item_id], changes)]

    return FormKind(f"edit-{kind}", f"{kind}.edit", build, submit)


def _same(value: Any) -> Any:
    """A form's value so that it equals another of the same meaning."""
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        return sorted(value)
    return (value.replace("\r\n", "\n") or None) if isinstance(value, str) else value


def _planned(propose: Any, values: Mapping[str, Any], *args: Any) -> Confirm:
    """The plan; what is wrong with a field is said beside it."""
    try:
        return Confirm(propose(*args))
    except Invalid as error:
        field = re.match(r"(\w+)( \d+)?: ", error.message)
        if field is None or field[1] not in values:
            raise
        said = error.message[len(field[1]) :].removeprefix(":").strip()
        hint = f" {error.hint}." if error.hint else ""
        raise FieldErrors({field[1]: f"{said[:1].upper()}{said[1:]}.{hint}"}) from None


for _kind in SHAPES:
    add_forms(_register_form(cast("Kind", _kind)), _edit_form(cast("Kind", _kind)))
