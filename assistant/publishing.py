"""The form that makes an upload a model or dataset, or the next version of one: it asks what the file cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from assistant.conversation import sentence
from assistant.file_facts import say_all
from assistant.forms import Field, FieldErrors, Form, FormKind, add_forms, make_form
from assistant.ownership import MOST_NAMES, column_field, make_card
from assistant.replies import Confirm, Questions, Reply, Text, escape
from assistant.sharing import person_field, read_people
from db.tables import name_key
from hub import catalog, staging
from hub.access import Caller
from hub.artifacts import Version, find_own_item
from hub.errors import HubError, Invalid
from hub.inspecting import Inspection, known_fields, needed_fields, suggest_name
from hub.items import SHAPES, Kind
from hub.publishing import Arrived, look_into, publish_upload
from hub.query import run_query
from hub.sharing import check_invitation
from hub.sharing_plans import plan_share
from hub.titles import title_of

_NEW = "new"
_SIZES: Mapping[Kind, str] = {"model": "param_num", "dataset": "ds_size"}
_SOME = "some"
_ACCESS = (("private", "Only me"), (_SOME, "People I choose"), ("public", "Everyone who can sign in"))


def make_publish_form(caller: Caller, ref: str, kind: Kind | None = None, name: str = "") -> Form:
    """The form for an upload of the caller's own, as far as known for an item of this kind and name."""
    return make_form(caller, "publish", f"{ref} {kind or '-'} {name}".strip())


def _build(caller: Caller, about: str) -> Form:
    arrived, kind, name = _meant(caller, about)
    found = arrived.inspection
    kinds: list[Kind] = [found.kind] if found.kind in ("model", "dataset") else ["model", "dataset"]
    fields = []
    if len(kinds) > 1:
        options = [(one, f"A {one}") for one in kinds]
        fields.append(Field("kind", "What it is", "select", kind, options, required=True))
    for one in kinds:
        fields += _item_fields(caller, one, found, name, (("kind", (one,)) if len(kinds) > 1 else None))
    if found.doubt:
        hint = f"{found.doubt[:1].upper()}{found.doubt[1:]}."
        fields.append(Field("acknowledged", "I know where this file comes from.", "check", False, (), True, hint))
    note = " ".join([*say_all(found), "Nobody sees the file before you publish it."])
    if found.scan is not None:
        note += f" It is labelled: {found.scan.label}."
    title = f"Publish {arrived.file_name}"
    return Form("publish", title, fields, "Publish", about, note, "Discard the file")


def _meant(caller: Caller, about: str) -> tuple[Arrived, Kind | None, str]:
    ref, _, rest = about.partition(" ")
    kind, _, name = rest.partition(" ")
    return look_into(caller, ref), cast("Kind", kind) if kind in SHAPES else None, name


def _item_fields(
    caller: Caller, kind: Kind, found: Inspection, name: str, needs: tuple[str, Sequence[str]] | None
) -> Iterator[Field]:
    """What is asked of an item of this kind; names of fields begin with the kind, as a form may have both."""
    shape, known = SHAPES[kind], known_fields(found, kind)
    name = name or suggest_name(found)
    own = _own_names(caller, kind)
    fitting = next((one for one in own if name_key(one) == name_key(name)), None)
    if own:
        target = f"={fitting}" if fitting else _NEW
        options = [(_NEW, f"A new {kind}"), *((f"={one}", f"A new version of {one}") for one in own)]
        yield Field(f"{kind}.target", "Publish it as", "select", target, options, True, needs=needs)
        needs = (f"{kind}.target", (_NEW,))
    asked = needed_fields(found, kind, {})
    yield _named(kind, column_field(shape.name, "" if fitting else name, needs))
    for column in shape.fields:
        if column.name in asked or (column.name == _SIZES[kind] and column.name not in known):
            yield _named(kind, column_field(column, None, needs))
    tasks = [(value, value) for value in shape.task.info["values"]]
    yield Field(f"{kind}.task", "Tasks", "many", [], tasks, True, needs=needs)
    yield _named(kind, column_field(shape.table.c["description"], None, needs))
    choices = _ACCESS if caller.may("item.share") else [one for one in _ACCESS if one[0] != _SOME]
    yield Field(f"{kind}.access", "Who may open it", "select", None, choices, True, needs=needs)
    chosen = (f"{kind}.access", (_SOME,))
    hint = "Nobody is invited yet: once the file is published you are shown a plan."
    yield person_field(caller, f"{kind}.people", "Whom to invite", required=True, needs=chosen, hint=hint)


def _named(kind: Kind, field: Field) -> Field:
    return replace(field, name=f"{kind}.{field.name}")


def _own_names(caller: Caller, kind: Kind) -> list[str]:
    shape = SHAPES[kind]
    name, key = shape.name.name, shape.id.name
    statement = (
        f"SELECT {name} FROM {kind} WHERE owner_id = {caller.user_id} "  # noqa: S608 - names of ours, and a number
        f"ORDER BY created_at DESC, {key} DESC LIMIT {MOST_NAMES}"
    )
    return [row[0] for row in run_query(caller, statement).rows]


def _submit(caller: Caller, about: str, values: dict[str, Any]) -> Sequence[Reply]:
    arrived, _, _ = _meant(caller, about)
    found = arrived.inspection
    kind = cast("Kind", values.get("kind") or found.kind)
    target, name = values.get(f"{kind}.target") or _NEW, f"{kind}.{SHAPES[kind].name.name}"
    item_id = find_own_item(caller, kind, values[name] if target == _NEW else target[1:])
    if target == _NEW and item_id is not None:
        said = f"You have a {kind} called {values[name]}: choose it above to make this its next version."
        raise FieldErrors({name: said})
    if target != _NEW and item_id is None:
        raise FieldErrors({f"{kind}.target": "You have no such item any more."})
    record = _record_of(kind, values) if target == _NEW else {}
    invited = read_people(values.get(f"{kind}.people"))
    try:
        for person in invited:
            check_invitation(caller, person, kind, item_id)
    except HubError as error:
        raise FieldErrors({f"{kind}.people": sentence(error.as_json())}) from None
    try:
        made = publish_upload(
            caller, arrived.ref, kind, record, item_id=item_id, acknowledged=values.get("acknowledged") is True
        )
    except Invalid as error:
        raise _beside(error, kind, values) from None
    replies = say_published(caller, made, found)
    return [*replies, Confirm(plan_share(caller, kind, made.item_id, invited))] if invited else replies


def _record_of(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    given = {key.removeprefix(f"{kind}."): value for key, value in values.items() if key.startswith(f"{kind}.")}
    record = {
        key: value for key, value in given.items() if key not in ("target", "access", "people") and value is not None
    }
    return {**record, "visibility": "public" if given["access"] == "public" else "private"}


def _beside(error: Invalid, kind: Kind, values: Mapping[str, Any]) -> Invalid:
    """The error beside the field it is about, where it is about one."""
    field = re.match(r"(\w+)(?: \d+)?: (.+)", error.message, re.DOTALL)
    if field is None or f"{kind}.{field[1]}" not in values:
        return error
    hint = f" {error.hint}." if error.hint else ""
    return FieldErrors({f"{kind}.{field[1]}": f"{field[2][:1].upper()}{field[2][1:]}.{hint}"})


def say_published(caller: Caller, made: Version, found: Inspection) -> list[Reply]:
    """What is said of a version that was just published: what it is, the item, and where its entry says otherwise."""
    item = catalog.show_item(caller, f"{made.owner}/{made.item_name}", kind=made.kind)
    said = f"**{escape(made.item_name)}**, version {made.version}: {made.size:,} bytes, SHA-256 `{made.sha256}`"
    replies: list[Reply] = [Text(said), make_card(caller, item)]
    size = _SIZES[made.kind]
    told = known_fields(found, made.kind).get(size)
    if told is not None and told != item.record[size]:
        title = f"The file says {told:,}, the entry another {title_of(size).lower()}:"
        command = f"/edit {made.kind} {made.owner}/{made.item_name} {size}={told}"
        replies.append(Questions(title, [(f"Set it to {told:,}", command)]))
    return replies


def _cancel(caller: Caller, about: str) -> str:
    staging.cancel_upload(caller, about.partition(" ")[0])
    return "The file is discarded."


add_forms(FormKind("publish", "artifact.upload", _build, _submit, _cancel))
