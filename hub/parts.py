"""A model or dataset as it is written: its own row, and its parts in the tables that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import DsCol, ModelDataset, Module, Table, Trash, name_key
from hub.errors import Invalid
from hub.items import (
    ARCHITECTURE,
    BATCH,
    SHAPES,
    Entry,
    Kind,
    Sees,
    Shape,
    architecture_fields,
    batches,
    find_datasets,
    find_people,
    ids_by_name,
)
from hub.names import index_names


@dataclass(slots=True)
class Placed:
    """An entry with everything it names looked up: what is written."""

    entry: Entry
    owner_id: int
    people_ids: list[int]
    ds_ids: list[int] = field(default_factory=list)


Row = tuple[sa.Table, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """What of an item stands in other tables: the fields of a record that say it, and the rows they become."""

    fields: tuple[str, ...]
    tables: tuple[sa.Table, ...]
    rows: Callable[[int, Placed], Iterator[Row]]


def place_entry(db: Session, entry: Entry, owner_id: int, sees: Sees) -> Placed:
    """The entry with the people and datasets it names looked up; ``Invalid`` names the first that is not seen."""
    people = find_people(db, entry.people)
    datasets = find_datasets(db, entry.datasets, sees, owner_id)
    return Placed(
        entry,
        owner_id,
        [_found(people, name, SHAPES[entry.kind].people_field) for name in entry.people],
        [_found(datasets, name, "datasets") for name in entry.datasets],
    )


def _found(known: Mapping[str, int], name: str, field: str) -> int:
    found = known.get(name_key(name))
    if found is None:
        raise Invalid(f"{field}: there is no '{name}'", "name one that exists")
    return found


# --- the parts of each kind -----------------------------------------------------------------------


def _tasks(shape: Shape) -> Part:
    def rows(item_id: int, placed: Placed) -> Iterator[Row]:
        for task in placed.entry.tasks:
            yield shape.task.table, {shape.task_id.name: item_id, shape.task.name: task}

    return Part(("task",), (shape.task.table,), rows)


def _people(shape: Shape) -> Part:
    def rows(item_id: int, placed: Placed) -> Iterator[Row]:
        for user_id in dict.fromkeys(placed.people_ids):
            yield shape.people, {shape.id.name: item_id, "user_id": user_id}

    return Part((shape.people_field,), (shape.people,), rows)


_MODEL_DATASET: sa.Table = ModelDataset.__table__  # type: ignore[assignment]
_DS_COL: sa.Table = DsCol.__table__  # type: ignore[assignment]
_MODULE: sa.Table = Module.__table__  # type: ignore[assignment]


def _dataset_rows(model_id: int, placed: Placed) -> Iterator[Row]:
    for ds_id in dict.fromkeys(placed.ds_ids):
        yield _MODEL_DATASET, {"model_id": model_id, "ds_id": ds_id}


def _column_rows(ds_id: int, placed: Placed) -> Iterator[Row]:
    for column in {tuple(column.values()): column for column in placed.entry.columns}.values():
        yield _DS_COL, {"ds_id": ds_id, **column}


def _architecture_rows(model_id: int, placed: Placed) -> Iterator[Row]:
    entry = placed.entry
    yield Table.metadata.tables[entry.row["arch_name"]], {"model_id": model_id, **entry.shape}
    for module in entry.modules:
        yield _MODULE, {"model_id": model_id, **module}


PARTS: Mapping[str, tuple[Part, ...]] = {
    "model": (
        _tasks(SHAPES["model"]),
        _people(SHAPES["model"]),
        Part(("datasets",), (_MODEL_DATASET,), _dataset_rows),
        Part(
            ("arch_name", *architecture_fields(), "modules"),
            tuple(Table.metadata.tables[name] for name in ARCHITECTURE),  # modules go and come with theirs
            _architecture_rows,
        ),
    ),
    "dataset": (
        _tasks(SHAPES["dataset"]),
        _people(SHAPES["dataset"]),
        Part(("columns",), (_DS_COL,), _column_rows),
    ),
}
"""Kind → its parts, in the order in which they are written."""


# --- writing --------------------------------------------------------------------------------------


def insert_items(db: Session, kind: Kind, items: Sequence[Placed]) -> list[int]:
    """Write these items with all their parts, a batch at a time; their ids in order. Names must be free."""
    shape = SHAPES[kind]
    ids: list[int] = []
    for batch in batches(items, BATCH):
        rows = [item_row(shape, placed) for placed in batch]
        db.execute(sa.insert(shape.table), _number(db, shape, rows))
        by_name = ids_by_name(db, shape, [placed.entry.key for placed in batch])
        found = [by_name[placed.owner_id, placed.entry.key] for placed in batch]
        ids += found
        pairs = list(zip(found, batch, strict=True))
        insert_parts(db, pairs, PARTS[kind])
        index_names(db, kind, [(item_id, placed.entry.name) for item_id, placed in pairs])
    return ids


def item_row(shape: Shape, placed: Placed) -> dict[str, Any]:
    """The row of an item's own table, without its number."""
    entry = placed.entry
    return {**entry.row, shape.name.name: entry.name, "name_key": entry.key, "owner_id": placed.owner_id}


def _number(db: Session, shape: Shape, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with numbers that no deleted item has, nor any that one is linked to; servers see to that themselves."""
    if db.get_bind().dialect.name != "sqlite":
        return rows
    last_kept = db.scalar(sa.select(sa.func.max(Trash.last_model if shape.kind == "model" else Trash.last_dataset)))
    if last_kept is None:
        return rows
    last = max(last_kept, db.scalar(sa.select(sa.func.max(shape.id))) or 0)
    return [{shape.id.name: last + place, **row} for place, row in enumerate(rows, 1)]


def insert_parts(db: Session, pairs: Iterable[tuple[int, Placed]], parts: Sequence[Part]) -> None:
    """Write these parts of the items (id, placed); there must be no rows of them yet."""
    rows: dict[sa.Table, list[dict[str, Any]]] = {}
    for item_id, placed in pairs:
        for part in parts:
            for table, row in part.rows(item_id, placed):
                rows.setdefault(table, []).append(row)
    for table in Table.metadata.sorted_tables:
        for batch in batches(rows.get(table, ()), 4 * BATCH):
            db.execute(sa.insert(table), batch)


def replace_parts(db: Session, kind: Kind, item_id: int, placed: Placed, parts: Sequence[Part]) -> None:
    """Write these parts of an item in place of what it had."""
    for part in parts:
        for table in part.tables:
            db.execute(sa.delete(table).where(table.c[SHAPES[kind].id.name] == item_id))
    insert_parts(db, [(item_id, placed)], parts)
