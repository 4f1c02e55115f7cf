"""Models and datasets: registering, listing and showing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import CATALOGUE, Affil, Dataset, DsCol, Model, ModelDataset, Module, Table, User, name_key
from hub.access import READABLE, Caller, Tx, action, readable_columns
from hub.errors import Conflict, Denied, Invalid, NotFound
from hub.fields import nearest, say_value, suggest
from hub.items import (
    ARCHITECTURE,
    BATCH,
    COLUMN_FIELDS,
    MODULE_FIELDS,
    SHAPES,
    Kind,
    Sees,
    Shape,
    batches,
    check_item,
    find_item,
    only_seen,
    sees_of,
    taken_names,
)
from hub.parts import Placed, insert_items, place_entry
from hub.plans import Change, Draft, Plan, planned
from hub.titles import title_of

__all__ = [
    *(
        "PLAN_NEW",
        "SHAPES",
        "Item",
        "Kind",
        "Page",
        "count_items",
        "create_dataset",
        "create_model",
        "describe",
        "list_items",
    ),
    *("read_items", "show_item"),
]

# --- registering ----------------------------------------------------------------------------------


@action("model.create")
def create_model(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> int:
    """Register a model of the caller's own from a record as ``load`` takes it; its ``model_id``."""
    return _create(caller, tx, "model", record)


@action("dataset.create")
def create_dataset(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> int:
    """Register a dataset of the caller's own from a record as ``load`` takes it; its ``ds_id``."""
    return _create(caller, tx, "dataset", record)


def _create(caller: Caller, tx: Tx, kind: Kind, record: Mapping[str, Any]) -> int:
    placed = _check_new(caller, tx, kind, record)
    (item_id,) = insert_items(tx.db, kind, [placed])
    tx.concerns(kind, item_id)
    tx.note(name=placed.entry.name, visibility=placed.entry.row["visibility"])
    return item_id


def _check_new(caller: Caller, tx: Tx, kind: Kind, record: Mapping[str, Any]) -> Placed:
    """The record as it would be written; what is wrong with it is raised."""
    entry = check_item(kind, record)
    if entry.owner and name_key(entry.owner) != name_key(caller.user_name):
        raise Denied("you may register only what is your own", "leave the owner out")
    if caller.user_id is None:
        raise Denied("only a person can own something", "sign in")
    placed = place_entry(tx.db, entry, caller.user_id, sees_of(caller, tx.db))
    if taken_names(tx.db, kind, [(caller.user_id, entry.key)]):
        raise Conflict(f"you have a {kind} called '{entry.name}' already", "choose another name")
    if SHAPES[kind].people_field not in record:
        placed.people_ids = [caller.user_id]
    return placed


@planned("model.create", "Register")
def plan_model(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> Draft:
    """Plan to register a model of the caller's own, as ``create_model`` does."""
    return _draft_new(caller, tx, "model", record)


@planned("dataset.create", "Register")
def plan_dataset(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> Draft:
    """Plan to register a dataset of the caller's own, as ``create_dataset`` does."""
    return _draft_new(caller, tx, "dataset", record)


PLAN_NEW: Mapping[str, Callable[[Caller, Mapping[str, Any]], Plan]] = {"model": plan_model, "dataset": plan_dataset}
"""Kind → the plan to register one."""


def _draft_new(caller: Caller, tx: Tx, kind: Kind, record: Mapping[str, Any]) -> Draft:
    undone = tx.db.begin_nested()
    try:
        item_id = _create(caller, tx, kind, record)
        (made,) = read_items(tx.db, kind, [item_id], sees_of(caller, tx.db))
    finally:
        undone.rollback()
    tx.concerns(kind, "new")
    name = made[SHAPES[kind].name.name]

    def run(_chosen: Mapping[str, str]) -> str:
        _create(caller, tx, kind, record)
        return f"{name} is registered."

    shown = {field: value for field, value in made.items() if "created_at" in record or field != "created_at"}
    changes = [Change(title_of(field), None, said) for field, value in shown.items() if (said := say_value(value))]
    return Draft(f"Register the {kind} {name}", changes, run)


# --- showing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and how many there are in all."""

    rows: list[dict[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Item:
    """A model or dataset in full; ``record`` has the fields of ``export``, but only what the caller sees."""

    kind: Kind
    item_id: int
    name: str
    owner: str
    record: dict[str, Any]


@action("catalog.browse", reads=True)
def count_items(caller: Caller, tx: Tx) -> dict[str, int]:
    """How many models, datasets, users and affiliations the caller sees."""
    sees = sees_of(caller, tx.db)
    counts = {}
    for label, table in (("models", Model), ("datasets", Dataset), ("users", User), ("affiliations", Affil)):
        query = sa.select(sa.func.count()).select_from(table)
        condition = sees(table.__table__)  # type: ignore[arg-type]
        counts[label] = int(tx.db.scalar(query if condition is None else query.where(condition)) or 0)
    return counts


@action("catalog.browse", reads=True)
def list_items(
    caller: Caller,
    tx: Tx,
    kind: Kind,
    *,
    search: str = "",
    sort: str = "name",
    descending: bool = False,
    offset: int = 0,
    limit: int = 20,
) -> Page:
    """A page of the models or datasets the caller sees, as rows with id, name, owner, every plain column and ``task``.

    ``search`` is looked for in names, owners and descriptions; ``sort`` is a column, ``name`` or ``owner``. What is
    unknown comes last either way.
    """
    shape = SHAPES.get(kind)
    if shape is None:
        raise Invalid(f"there are no items of the kind '{kind}'", f"one of {', '.join(SHAPES)}")
    columns = (shape.id, shape.name, User.user_name.label("owner"), *shape.fields)
    sortable = {"name": shape.key, shape.name.name: shape.key, "owner": User.name_key}
    sortable |= {column.name: column for column in (shape.id, *shape.fields)}
    if sort not in sortable:
        raise Invalid(f"there is no column '{sort}' to sort by", suggest(nearest(sort, sortable)))
    query = only_seen(
        sa.select(*columns).select_from(shape.table).join(User, User.user_id == shape.owner),
        shape,
        sees_of(caller, tx.db),
    )
    if search.strip():
        folded = name_key(search)
        query = query.where(
            sa.or_(
                shape.key.contains(folded, autoescape=True),
                User.name_key.contains(folded, autoescape=True),
                sa.func.lower(shape.table.c.description).contains(search.strip().lower(), autoescape=True),
            )
        )
    total = tx.db.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    order = sortable[sort]
    ordered = query.order_by(order.is_(None), order.desc() if descending else order, shape.id)
    found = tx.db.execute(ordered.offset(max(offset, 0)).limit(min(max(limit, 0), 1000))).mappings().all()
    tasks = _grouped(tx.db, shape.task_id, shape.task, [row[shape.id.name] for row in found])
    rows = [
        {**{name: _plain(value) for name, value in row.items()}, "task": tasks.get(row[shape.id.name], [])}
        for row in found
    ]
    tx.note(kind=kind, search=search[:100], rows=len(rows))
    return Page(rows, total)


@action("catalog.browse", reads=True)
def show_item(caller: Caller, tx: Tx, name: str, *, kind: Kind | None = None) -> Item:
    """The item of this name (``owner/name`` where several have it) with all its parts that the caller sees."""
    found, item_id = find_item(caller, tx.db, name, kind)
    (record,) = read_items(tx.db, found, [item_id], sees_of(caller, tx.db))
    tx.concerns(found, item_id)
    return Item(found, item_id, record[SHAPES[found].name.name], record["owner"], record)


def read_items(db: Session, kind: Kind, ids: Sequence[int], sees: Sees) -> list[dict[str, Any]]:
    """The records of these items in the form that ``load`` takes, in the order of their ids."""
    shape = SHAPES[kind]
    query = (
        sa.select(shape.id, shape.name, User.user_name.label("owner"), *shape.fields)
        .join(User, User.user_id == shape.owner)
        .where(shape.id.in_(ids))
        .order_by(shape.id)
    )
    tasks = _grouped(db, shape.task_id, shape.task, ids)
    people = _people_of(db, shape, ids)
    parts = _model_parts(db, ids, sees) if kind == "model" else _dataset_parts(db, ids)
    records = []
    for row in db.execute(query).mappings():
        item_id = row[shape.id.name]
        record = {name: _plain(value) for name, value in row.items() if name != shape.id.name}
        record |= {"task": tasks.get(item_id, []), shape.people_field: people.get(item_id, [])}
        records.append({**record, **parts(item_id, record)})
    return records


def _people_of(db: Session, shape: Shape, ids: Sequence[int]) -> dict[int, list[str]]:
    link = shape.people.c
    rows = db.execute(
        sa.select(link[shape.id.name], User.user_name)
        .join(User, User.user_id == link.user_id)
        .where(link[shape.id.name].in_(ids))
        .order_by(User.name_key)
    )
    return _group(rows)


def _dataset_parts(db: Session, ids: Sequence[int]) -> Callable[[int, Mapping[str, Any]], dict[str, Any]]:
    columns: dict[int, list[dict[str, Any]]] = {}
    query = sa.select(DsCol.ds_id, *COLUMN_FIELDS).where(DsCol.ds_id.in_(ids)).order_by(*DsCol.__table__.primary_key)
    for ds_id, *column in db.execute(query):
        columns.setdefault(ds_id, []).append(_named(COLUMN_FIELDS, column))
    return lambda ds_id, _record: {"columns": columns.get(ds_id, [])}


def _model_parts(db: Session, ids: Sequence[int], sees: Sees) -> Callable[[int, Mapping[str, Any]], dict[str, Any]]:
    shapes: dict[int, dict[str, Any]] = {}
    for architecture, columns in ARCHITECTURE.items():
        table = Table.metadata.tables[architecture]
        for row in db.execute(sa.select(table.c.model_id, *columns).where(table.c.model_id.in_(ids))).mappings():
            shapes[row["model_id"]] = {column.name: row[column.name] for column in columns}
    modules: dict[int, list[dict[str, Any]]] = {}
    query = sa.select(Module.model_id, *MODULE_FIELDS).where(Module.model_id.in_(ids)).order_by(Module.id)
    for model_id, *module in db.execute(query):
        modules.setdefault(model_id, []).append(_named(MODULE_FIELDS, module))
    datasets = _datasets_of(db, ids, sees)

    def parts(model_id: int, record: Mapping[str, Any]) -> dict[str, Any]:
        more = {"modules": modules.get(model_id, [])} if record["arch_name"] == "cnn" else {}
        return {"datasets": datasets.get(model_id, []), **shapes.get(model_id, {}), **more}

    return parts


def _datasets_of(db: Session, ids: Sequence[int], sees: Sees) -> dict[int, list[str]]:
    """Model → names of its datasets that are seen, as owner/name where several datasets that are seen share a name."""
    shape = SHAPES["dataset"]
    query: sa.Select[Any] = (
        sa.select(ModelDataset.model_id, Dataset.ds_name, Dataset.name_key, User.user_name)  # type: ignore[assignment]
        .join(Dataset, Dataset.ds_id == ModelDataset.ds_id)
        .join(User, User.user_id == Dataset.owner_id)
        .where(ModelDataset.model_id.in_(ids))
        .order_by(Dataset.name_key)
    )
    rows = db.execute(only_seen(query, shape, sees)).all()
    shared: set[str] = set()
    for batch in batches({row.name_key for row in rows}, BATCH):
        same = sa.select(Dataset.name_key).where(Dataset.name_key.in_(batch))
        shared |= set(db.scalars(only_seen(same.group_by(Dataset.name_key).having(sa.func.count() > 1), shape, sees)))
    return _group(
        (row.model_id, f"{row.user_name}/{row.ds_name}" if row.name_key in shared else row.ds_name) for row in rows
    )


def _named(columns: Sequence[sa.Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {column.name: value for column, value in zip(columns, values, strict=True)}


def _grouped(db: Session, key: Any, value: Any, ids: Sequence[int]) -> dict[int, list[str]]:
    return _group(db.execute(sa.select(key, value).where(key.in_(ids)).order_by(value)))


def _group(rows: Iterable[Any]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {}
    for key, value in rows:
        groups.setdefault(key, []).append(value)
    return groups


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value


# --- the schema in words --------------------------------------------------------------------------


@action("catalog.browse", reads=True, quiet=True)
def describe(caller: Caller, tx: Tx, table: str | None = None) -> str:
    """What can be read by SQL, in words: tables, columns, meanings, everyday words, closed values, links between them.

    ``table`` narrows it to one; NotFound names the nearest when there is none of that name.
    """
    if table is not None and table.lower() not in READABLE:
        raise NotFound(f"there is no table called '{table[:60]}'", suggest(nearest(table, READABLE)))
    return "\n\n".join(_describe(one) for one in CATALOGUE if table is None or one.name == table.lower())


def _describe(table: sa.Table) -> str:
    words = [*table.info.get("synonyms", ()), *table.info.get("verbs", ())]
    lines = [f"{table.name}: {table.comment}" + (f" (also: {', '.join(words)})" if words else "")]
    for column in readable_columns(table):
        parts = [f"  {column.name} {_type_word(column)}"]
        if column.primary_key:
            parts.append("key")
        parts += [f"references {key.target_fullname}" for key in column.foreign_keys]
        parts.append(f"- {column.comment}")
        if "values" in column.info:
            parts.append("; one of " + ", ".join(f"'{value}'" for value in column.info["values"]))
        if column.info.get("synonyms"):
            parts.append(f"(also: {', '.join(column.info['synonyms'])})")
        lines.append(" ".join(parts).replace(" ;", ";"))
    return "\n".join(lines)


def _type_word(column: sa.Column[Any]) -> str:
    for kind, word in ((sa.Boolean, "boolean"), (sa.Integer, "integer"), (sa.DateTime, "datetime")):
        if isinstance(column.type, kind):
            return word
    return "text"
