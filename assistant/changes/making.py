"""Something new in words: an account, an affiliation, a model or dataset described as one would ask for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from assistant import people_orders
from assistant.changes.grammar import Order, splits, unquote
from assistant.changes.phrases import AFFIL, ITEMS, LISTS, TABLES, USER, NotRead, Reader
from assistant.changes.plans import names_in
from assistant.interpreter import Reading
from assistant.interpreter.lexicon import Thing, Value
from assistant.interpreter.meanings import describe_rows, find_meanings, leading_meanings
from assistant.replies import Confirm
from hub import catalog
from hub.items import SHAPES

_AFTER_NAME = re.compile(r"(?<=[^\s,])[\s,]+(?:with|for|trained|which|that|having|of|made|about)\s", re.IGNORECASE)


def plan_create(reader: Reader, order: Order) -> Confirm:
    caller = reader.turn.caller
    if order.field:
        noun, name = order.field, order.whom
    else:
        leading = [(meaning, rest) for meaning, rest in leading_meanings(order.whom) if isinstance(meaning, Thing)]
        if not leading:
            raise NotRead(order.whom)
        noun, name = order.whom[: len(order.whom) - len(leading[0][1])].strip(), leading[0][1]
    admin = False
    things = [meaning.table.name for meaning in find_meanings(noun) if isinstance(meaning, Thing)]
    for meaning, rest in leading_meanings(noun) if not things else ():
        if isinstance(meaning, Value) and any(column.table.name == USER and value is True
                                              for column, value in meaning.options):  # fmt: skip
            things, admin = [one.table.name for one in find_meanings(rest) if isinstance(one, Thing)], True
    if AFFIL in things:
        return people_orders.create_affiliation(caller, unquote(name))
    if USER in things:
        return _create_person(reader, name, admin)
    failure = NotRead(noun)
    for kind in ITEMS:
        if kind in things or not things:
            try:
                return _create_item(reader, kind, noun, name)
            except NotRead as unread:
                failure = unread
    raise failure


def _create_item(reader: Reader, kind: str, noun: str, text: str) -> Confirm:
    """A model or dataset of the person's own, whose fields are said as one would ask for it."""
    said = _AFTER_NAME.search(text)
    name, more = (text[: said.start()], text[said.start() :]) if said else (text, "")
    described = describe_rows(reader.turn.caller, f"{noun}{more}", TABLES[kind])
    if isinstance(described, Reading):
        raise NotRead(f"{noun}{more}", described)
    shape = SHAPES[kind]
    record: dict[str, Any] = {shape.name.name: unquote(name)}
    for column, value in described:
        listing = LISTS[kind].get(column.table.name)
        if column is shape.task:
            record.setdefault("task", []).append(value)
        elif listing is not None:
            record.setdefault(listing, []).append(value)
        else:
            record[column.name] = int(value) if isinstance(value, Decimal) else value
    record.setdefault(shape.people_field, [reader.turn.caller.user_name])
    return Confirm(catalog.PLAN_NEW[kind](reader.turn.caller, record))


def _create_person(reader: Reader, name: str, admin: bool) -> Confirm:
    for left, role in splits(name, "as"):
        flags = reader.value_of(role, USER)
        if flags:
            name, admin = left, flags[0][1] is True
            break
    places: Sequence[str] = ()
    for left, place in splits(name, "at|from|of|in|with"):
        places = [row for part in names_in(reader, place, AFFIL) for row in reader.rows(part, [AFFIL]).names]
        name = left
        break
    return people_orders.create_person(reader.turn.caller, unquote(name), is_admin=admin, affiliations=places)
