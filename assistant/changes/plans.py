"""One plan a verb: what an order comes to, once its phrases are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa

from assistant import people_orders
from assistant.changes.grammar import Order, listed, unquote, without_article
from assistant.changes.phrases import AFFIL, CALLED, ITEMS, LISTS, MINE, USER, Meant, NotRead, Reader, home_of
from assistant.interpreter.lexicon import Thing
from assistant.interpreter.meanings import find_number, leading_meanings, value_verbs
from assistant.interpreter.words import stem
from assistant.replies import Confirm
from db.tables import CATALOGUE
from hub import trash
from hub.editing import MOST_AT_ONCE, PLAN_EDIT
from hub.errors import Invalid, NotFound
from hub.items import SHAPES, Kind, architecture_fields
from hub.trash import PLAN_DELETE, PLAN_RESTORE


def plan_set(reader: Reader, order: Order) -> Confirm:
    if not order.field:
        return _set_value(reader, order)
    kinds = [kind for kind in (*ITEMS, USER, AFFIL) if reader.field_of(order.field, kind)]
    if not kinds:
        raise NotRead(order.field)
    meant = reader.rows(order.whom, kinds)
    name = reader.field_of(order.field, meant.table)
    assert name is not None
    if meant.table == AFFIL:
        return people_orders.rename_affiliation(reader.turn.caller, only_one(meant), unquote(order.value))
    if meant.table == USER:
        return _edit_people(reader, meant, name, order.value)
    return _edit_items(reader, meant, {name: _field_value(reader, meant.table, name, order.value)})


def _set_value(reader: Reader, order: Order) -> Confirm:
    """What is to become of the rows is said by the value alone: private, an admin."""
    kinds = [kind for kind in (*ITEMS, USER) if reader.value_of(order.value, kind)]
    parts = listed(order.value)
    if not kinds and len(parts) > 1:
        kinds = [kind for kind in (*ITEMS, USER) if all(reader.value_of(part, kind) for part in parts)]
    if not kinds:
        raise NotRead(order.value)
    meant = reader.rows(order.whom, kinds)
    whole = reader.value_of(order.value, meant.table)
    changes = dict(whole or (pair for part in parts for pair in reader.value_of(part, meant.table)))
    return change_values(reader, meant, changes)


def change_values(reader: Reader, meant: Meant, values: Mapping[sa.Column[Any], Any]) -> Confirm:
    if meant.table == USER:
        flags = {column.name: value for column, value in values.items()}
        return people_orders.edit_people(reader.turn.caller, meant.names, **flags)
    changes: dict[str, Any] = {}
    for column, value in values.items():
        if column is SHAPES[meant.table].task:
            changes["task"] = {"add": [value]}
        else:
            changes[column.name] = value
    return _edit_items(reader, meant, changes)


def _edit_people(reader: Reader, meant: Meant, name: str, value: str) -> Confirm:
    caller = reader.turn.caller
    if name == "affiliations":
        found = [reader.rows(part, [AFFIL]).names[0] for part in names_in(reader, value, AFFIL)]
        return people_orders.edit_people(caller, meant.names, affiliations=found)
    if name == "user_name":
        return people_orders.edit_people(caller, [only_one(meant)], new_name=unquote(value))
    flags = [(column, flag) for column, flag in reader.value_of(value, USER) if column.name == name]
    if not flags:
        raise NotRead(value)
    return change_values(reader, meant, dict(flags))


def _edit_items(reader: Reader, meant: Meant, changes: Mapping[str, Any]) -> Confirm:
    if len(meant.ids) > MOST_AT_ONCE:
        raise Invalid(f"these are {len(meant.ids)} {meant.table}s", f"a plan changes {MOST_AT_ONCE} at most")
    return Confirm(PLAN_EDIT[meant.table](reader.turn.caller, meant.ids, changes))


def _field_value(reader: Reader, kind: str, name: str, value: str) -> Any:
    """A value in words as a record holds it; what is wrong with it, the hub says."""
    if name in ("task", *LISTS[kind].values()):
        return _entries(reader, kind, name, value)
    shape = SHAPES[kind]
    column = next((one for one in _columns_of(shape.kind) if one.name == name), None)
    plain = unquote(value)
    if column is None or plain.casefold() in ("nothing", "unknown", "none", "empty"):
        return None if column is not None else plain
    if column.info.get("values"):
        meant = [one for found, one in reader.value_of(value, kind) if found is column]
        return meant[0] if meant else plain
    if isinstance(column.type, sa.Integer):
        number = find_number(plain)
        return plain if number is None else number
    return plain


def _columns_of(kind: Kind) -> list[sa.Column[Any]]:
    extra = set(architecture_fields()) if kind == "model" else set()
    return [SHAPES[kind].name, *SHAPES[kind].fields,
            *(column for table in CATALOGUE for column in table.columns if column.name in extra)]  # fmt: skip


def _entries(reader: Reader, kind: str, name: str, phrase: str) -> list[str]:
    """The entries of a list field that a phrase names."""
    if name == "task":
        found = []
        for part in listed(_after_noun(reader, phrase, kind, name)):
            values = [value for column, value in reader.value_of(unquote(part), kind) if column is SHAPES[kind].task]
            if not values:
                raise NotRead(part)
            found += values
        return found
    table = next(table for table, listing in LISTS[kind].items() if listing == name)
    entries = []
    for part in names_in(reader, _after_noun(reader, phrase, kind, name), table):
        entries += reader.rows(part, [table]).names
    return entries


def _after_noun(reader: Reader, phrase: str, kind: str, name: str) -> str:
    """A phrase without the field's own noun before it: "the task detection", "author alice"."""
    plain = without_article(phrase)
    for _, rest in leading_meanings(plain):
        noun = plain[: len(plain) - len(rest)].strip()
        if rest and reader.field_of(noun, kind) == name:
            return rest
    words = plain.split()
    return " ".join(words[:-1]) if len(words) > 1 and reader.field_of(words[-1], kind) == name else plain


def names_in(reader: Reader, phrase: str, table: str) -> list[str]:
    """The whole phrase where it is a name, else its parts: "Weights and Biases" is one affiliation."""
    return [phrase] if reader.named(phrase, [table]) is not None else listed(phrase)


def only_one(meant: Meant) -> str:
    if len(meant.rows) != 1:
        raise Invalid(f"this means {len(meant.rows)} at once", "name one of them")
    return meant.names[0]


def plan_clear(reader: Reader, order: Order) -> Confirm:
    def clears(kind: str) -> bool:
        name = reader.field_of(order.field, kind)
        columns = [column for column in _columns_of(cast("Kind", kind)) if column.name == name]
        return bool(columns) or (name == "task" and order.source in ("clear", "empty"))

    kinds = [kind for kind in ITEMS if clears(kind)]
    if not kinds:
        raise NotRead(order.field)
    meant = reader.rows(order.whom, kinds)
    name = reader.field_of(order.field, meant.table)
    assert name is not None
    return _edit_items(reader, meant, {name: [] if name == "task" else None})


def plan_rename(reader: Reader, order: Order) -> Confirm:
    meant = reader.rows(order.whom, (*ITEMS, USER, AFFIL))
    caller, new_name = reader.turn.caller, unquote(order.value)
    if meant.table == AFFIL:
        return people_orders.rename_affiliation(caller, only_one(meant), new_name)
    if meant.table == USER:
        return people_orders.edit_people(caller, [only_one(meant)], new_name=new_name)
    only_one(meant)
    return _edit_items(reader, meant, {SHAPES[meant.table].name.name: new_name})


def _listing(reader: Reader, order: Order, change: str) -> Confirm:
    """Something is added to a list, or removed from one: tasks, authors, datasets, affiliations."""
    if not order.field:
        belongs = _belonging(reader, order, change)
        if belongs is not None:
            return belongs
    kinds = [kind for kind in ITEMS if not order.field or reader.field_of(order.field, kind) in
             ("task", *LISTS[kind].values())]  # fmt: skip
    if not kinds:
        raise NotRead(order.field)
    meant = reader.rows(order.whom, kinds)
    if order.field:
        name = cast("str", reader.field_of(order.field, meant.table))
        return _edit_items(reader, meant, {name: {change: _entries(reader, meant.table, name, order.value)}})
    failure: NotRead | None = None
    for name in ("task", *LISTS[meant.table].values()):
        try:
            entries = _entries(reader, meant.table, name, order.value)
        except NotRead as unknown:
            failure = failure or unknown
            continue
        return _edit_items(reader, meant, {name: {change: entries}})
    raise failure or NotRead(order.value)


def _belonging(reader: Reader, order: Order, change: str) -> Confirm | None:
    """People come to an affiliation or leave it; also said the other way round."""
    for people, place in ((order.value, order.whom), (order.whom, order.value)):
        try:
            whole = reader.rows(place, [AFFIL])
            meant = reader.rows(people, [USER]) if change == "add" else _members(reader, people, place)
        except NotRead:
            continue
        caller, names = reader.turn.caller, whole.names
        if change == "add":
            return people_orders.edit_people(caller, meant.names, joins=names)
        return people_orders.edit_people(caller, meant.names, leaves=names)
    return None


def _members(reader: Reader, people: str, place: str) -> Meant:
    """These people; where they are not named one by one, those of them who belong to the place."""
    meant = reader.rows(people, [USER])
    return reader.rows(f"{people} from {place}", [USER]) if meant.many else meant


def plan_add(reader: Reader, order: Order) -> Confirm:
    return _listing(reader, order, "add")


def plan_remove(reader: Reader, order: Order) -> Confirm:
    return _listing(reader, order, "remove")


def plan_move(reader: Reader, order: Order) -> Confirm:
    to = reader.rows(order.value, [AFFIL])
    if not order.source:
        meant = reader.rows(order.whom, [USER])
        return people_orders.edit_people(reader.turn.caller, meant.names, affiliations=to.names)
    left = reader.rows(order.source, [AFFIL])
    meant = _members(reader, order.whom, order.source)
    return people_orders.edit_people(reader.turn.caller, meant.names, joins=to.names, leaves=left.names)


def plan_delete(reader: Reader, order: Order) -> Confirm:
    meant = reader.rows(order.whom, (*ITEMS, USER, AFFIL))
    caller = reader.turn.caller
    if meant.table == USER:
        if len(meant.rows) > 1:
            raise Invalid("people are removed one by one", "name one person, or deactivate all of them")
        return people_orders.remove_person(caller, meant.names[0])
    if meant.table == AFFIL:
        raise Invalid("an affiliation is not removed", "rename it, or let its people belong to another one")
    return Confirm(PLAN_DELETE[meant.table](caller, meant.ids))


def plan_restore(reader: Reader, order: Order) -> Confirm:
    caller = reader.turn.caller
    plain = without_article(MINE.sub("", order.whom, count=1)).removeprefix("deleted ")
    names = [plain, *(rest for meaning, rest in leading_meanings(plain) if isinstance(meaning, Thing))]
    for number, name in enumerate(names, 1):
        try:
            found = trash.find_trashed(caller, unquote(CALLED.sub("", name, count=1)))
        except NotFound:
            if number == len(names):
                raise
            continue
        return Confirm(PLAN_RESTORE[found.kind](caller, found.trash_id))
    raise NotRead(order.whom)


def plan_secret(reader: Reader, order: Order) -> Confirm:
    if order.whom.casefold() in ("my", "me", "my own"):
        raise Invalid("your own password is not changed by a message", "/profile leads to the page for it")
    if order.value:
        raise Invalid(
            "a password does not belong into a message, which stays in the history",
            f"say: reset the password of {order.whom[:60]}",
        )
    return people_orders.reset_password(reader.turn.caller, only_one(reader.rows(order.whom, [USER])))


def plan_turn(reader: Reader, order: Order) -> Confirm:
    options = value_verbs()[stem(order.source.lower())]
    tables = list(dict.fromkeys(home_of(column.table) for column, _ in options))
    meant = reader.rows(order.whom, tables)
    values = {column: value for column, value in options if home_of(column.table) == meant.table}
    said = reader.value_of(order.value, meant.table) if order.value else list(values.items())
    if not values or not said or any(column not in values for column, _ in said):
        raise NotRead(order.value or order.whom)
    return change_values(reader, meant, values)
