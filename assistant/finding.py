"""``/find``: a form over any entity and what can be joined to it; the SQL it makes goes through the guard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assistant import sources
from assistant.forms import Field, FieldErrors, Form, FormKind, add_forms, make_form
from assistant.replies import MOST_ROWS, Reply, Table, Text
from hub.access import Caller
from hub.errors import Invalid
from hub.finding import (
    COMPARISONS,
    FLAG,
    MOST_CONDITIONS,
    WITHOUT_VALUE,
    Condition,
    Findable,
    Search,
    entities,
    fields_of,
    say_entity,
    shown_at_first,
    write_search,
)
from hub.query import page_query

if TYPE_CHECKING:
    from assistant.commands import Asked

_SIGNS = {
    ">=": "ge", "<=": "le", "!=": "isnt", "<>": "isnt", "=": "is", ">": "gt", "<": "lt", "~": "contains",
}  # fmt: skip
_ORDERS = (("up", "smallest or earliest first"), ("down", "largest or latest first"))
_TYPED = re.compile(r"\s*([\w ]+?)\s*(>=|<=|!=|<>|=|>|<|~)\s*(.+?)\s*")


def find(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/find [ENTITY [FIELD > VALUE, …]]``: the form, or with conditions the rows at once."""
    word, _, rest = asked.argument.strip().partition(" ")
    entity = _entity(word) if word else next(iter(entities()))
    if not rest.strip():
        return [make_form(caller, "find", entity)]
    return show_found(caller, Search(entity, conditions=[_typed(entity, part) for part in rest.split(",")]))


def _entity(word: str) -> str:
    for name, table in entities().items():
        if word.lower() in (name, say_entity(table), f"{name}s", *table.info.get("synonyms", ())):
            return name
    listed = ", ".join(say_entity(table) for table in entities().values())
    raise Invalid(f"there is nothing called '{word[:40]}' to look for", f"one of {listed}; or /find alone for a form")


def _typed(entity: str, text: str) -> Condition:
    """One condition as it is typed: a field by its name or its title, a sign, a value."""
    found = _TYPED.fullmatch(text)
    if found is None:
        raise Invalid(f"'{text.strip()[:60]}' is no condition", "write for example: /find models param_num > 1e9")
    named = {each.title.lower(): name for name, each in fields_of(entity).items()}
    name = found[1].strip()
    return Condition(named.get(name.lower(), name), _SIGNS[found[2]], found[3].strip("'\""))


def show_found(caller: Caller, search: Search) -> Sequence[Reply]:
    """The statement, and the rows it finds for this caller."""
    statement = write_search(search)
    page = page_query(caller, statement, limit=MOST_ROWS)
    total = page.total if page.total is not None else len(page.rows)
    table = Table(
        page.columns,
        page.rows,
        sources.from_query(page.sql),
        total,
        caption=say_entity(entities()[search.entity]).capitalize(),
        notes=page.notes,
    )
    return [Text(f"```sql\n{page.sql}\n```"), table]


# --- the form -------------------------------------------------------------------------------------


def _build(_caller: Caller, about: str) -> Form:
    chosen = about if about in entities() else next(iter(entities()))
    options = [(name, say_entity(table)) for name, table in entities().items()]
    fields = [Field("entity", "Look for", "select", chosen, options, required=True)]
    for entity in entities():
        fields += _entity_fields(entity)
    fields.append(Field("limit", "At most so many rows", "number"))
    note = "The SQL that comes of it is shown with the rows."
    return Form("find", "Find", fields, "Find", about, note)


def _entity_fields(entity: str) -> list[Field]:
    """What is asked of an entity: every field is told apart by its entity, since all of them stand in one form."""
    known = fields_of(entity)
    needs = ("entity", (entity,))
    options = [(name, each.title) for name, each in known.items()]
    own = [(name, each.title) for name, each in known.items() if not each.place.steps]
    return [
        Field(
            f"conditions.{entity}", "Conditions", "rows", [{"field": "", "comparison": "", "value": ""}],
            hint="A condition on a joined table holds when it holds for any of its rows.",
            columns=[
                Field("field", "Field", "select", options=options, required=True),
                Field(
                    "comparison", "Comparison", follows="field", required=True,
                    sets={name: each.kind for name, each in known.items()},
                    choices={kind: list(takes.items()) for kind, takes in COMPARISONS.items()},
                ),
                Field(
                    "value", "Value", follows="field",
                    sets={name: _values_of(each) for name, each in known.items() if each.kind in ("choice", "flag")},
                    choices=_choices(list(known.values())),
                ),
            ],
            needs=needs,
        ),
        Field(
            f"any.{entity}", "Rows that meet", "select", "all", [("all", "all conditions"), ("any", "any condition")],
            required=True, needs=needs,
        ),
        Field(f"sort.{entity}", "Sort by", "select", options=own, needs=needs),
        Field(f"order.{entity}", "Order", "select", "up", _ORDERS, required=True, needs=needs),
        Field(
            f"fields.{entity}", "Show", "many", shown_at_first(entity), options, needs=needs,
            hint="Of a joined table everything is shown that belongs to a row, a line for each.",
        ),
    ]  # fmt: skip


def _values_of(each: Findable) -> str:
    """The name of the set of values that a field has."""
    return "flag" if each.kind == "flag" else f"{each.column.table.name}.{each.column.name}"


def _choices(known: Sequence[Findable]) -> dict[str, Sequence[tuple[str, str]]]:
    chosen: dict[str, Sequence[tuple[str, str]]] = {"flag": [(word, word) for word in FLAG]}
    for each in known:
        if each.kind == "choice":
            chosen[_values_of(each)] = [(value, value) for value in each.column.info["values"]]
    return chosen


def _submit(caller: Caller, _about: str, values: dict[str, Any]) -> Sequence[Reply]:
    entity = values["entity"]
    limit = values["limit"]
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise FieldErrors({"limit": "A whole number above 0 is needed."})
    lines = values[f"conditions.{entity}"]
    if len(lines) > MOST_CONDITIONS:
        raise FieldErrors({f"conditions.{entity}": f"At most {MOST_CONDITIONS} conditions."})
    conditions = [
        Condition(line["field"], line["comparison"], "" if line["comparison"] in WITHOUT_VALUE else line["value"] or "")
        for line in lines
    ]
    search = Search(
        entity,
        values[f"fields.{entity}"],
        conditions,
        values[f"any.{entity}"] == "any",
        values[f"sort.{entity}"] or "",
        values[f"order.{entity}"] == "down",
        limit or 0,
    )
    try:
        return show_found(caller, search)
    except Invalid as error:
        said = f"{error.message[:1].upper()}{error.message[1:]}. {error.hint[:1].upper()}{error.hint[1:]}."
        raise FieldErrors({f"conditions.{entity}": said}) from None


add_forms(FormKind("find", "query.run", _build, _submit))
