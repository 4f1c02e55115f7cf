"""What a model or dataset is made of: checked as it comes in, written with all its parts, found by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import (
    Dataset,
    DatasetTask,
    Model,
    ModelAuthor,
    ModelTask,
    NameToken,
    Table,
    User,
    UserDataset,
    name_key,
)
from hub.access import Caller, granted_items, readable_columns, visible
from hub.errors import Ambiguous, Denied, Invalid, NotFound
from hub.fields import check_fields, check_list, check_name, check_names, check_value, check_values, nearest, suggest
from hub.names import name_words

Kind = Literal["model", "dataset"]
Sees = Callable[[sa.Table], "sa.ColumnElement[bool] | None"]
"""Gives the condition a table's row must meet to be seen; None: every row is."""

T = TypeVar("T")

BATCH = 500  # rows of one statement
_NEAR_ROWS = 300


@dataclass(frozen=True, slots=True)
class Shape:
    """Where the parts of a kind of item stand: its table, names, and the tables of its tasks and people."""

    kind: Kind
    table: sa.Table
    id: sa.Column[Any]
    name: sa.Column[Any]
    owner: sa.Column[Any]
    key: sa.Column[Any]
    fields: tuple[sa.Column[Any], ...]
    task: sa.Column[Any]
    task_id: sa.Column[Any]
    people: sa.Table
    people_field: str


def _shape(kind: Kind, table: type[Table], task: type[Table], people: type[Table], people_field: str) -> Shape:
    columns = table.__table__.c
    item_id = next(iter(table.__table__.primary_key))
    name = next(column for column in columns if column.info.get("name"))
    plain = tuple(
        column
        for column in readable_columns(table.__table__)  # type: ignore[arg-type]
        if column is not item_id and column is not name and not column.foreign_keys
    )
    task_id, task_name = task.__table__.c
    return Shape(
        *(kind, table.__table__, item_id, name, columns.owner_id, columns.name_key, plain),  # type: ignore[arg-type]
        *(task_name, task_id, people.__table__, people_field),  # type: ignore[arg-type]
    )


SHAPES: Mapping[str, Shape] = {
    "model": _shape("model", Model, ModelTask, ModelAuthor, "authors"),
    "dataset": _shape("dataset", Dataset, DatasetTask, UserDataset, "owners"),
}
ARCHITECTURE: Mapping[str, tuple[sa.Column[Any], ...]] = {
    name: tuple(column for column in Table.metadata.tables[name].columns if not column.primary_key)
    for name in Model.__table__.c.arch_name.info["values"]
}
"""Architecture → the columns of the table of that name."""

COLUMN_FIELDS = tuple(Table.metadata.tables["ds_col"].c[name] for name in ("col_name", "col_datatype"))
MODULE_FIELDS = tuple(Table.metadata.tables["module"].c[name] for name in ("conv_size", "pool_type"))


# --- one item as it comes in ----------------------------------------------------------------------


@dataclass(slots=True)
class Entry:
    """A checked record of a model or dataset; the people and datasets it names are not looked up yet."""

    kind: Kind
    name: str
    row: dict[str, Any]
    tasks: list[str]
    owner: str | None
    people: list[str]
    datasets: list[str] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    shape: dict[str, Any] = field(default_factory=dict)
    modules: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return name_key(self.name)


def check_item(kind: Kind, record: Any) -> Entry:
    """The record of a model or dataset (with the fields of ``export``), checked; ``Invalid`` names the field."""
    shape = SHAPES[kind]
    plain = [column.name for column in shape.fields]
    common = (shape.name.name, "owner", *plain, "task", shape.people_field)
    more = ("trainname", "datasets", *architecture_fields(), "modules") if kind == "model" else ("columns",)
    record = check_fields(record, (*common, *more))
    if kind == "model" and "trainname" in record:
        record = _rename(record, "trainname", "train_name")
    entry = Entry(
        kind,
        check_name(shape.name.name, record.get(shape.name.name)),
        {column.name: _value_or_default(column, record.get(column.name)) for column in shape.fields},
        check_values(shape.task, "task", record.get("task")),
        check_name("owner", record["owner"]) if record.get("owner") else None,
        check_names(shape.people_field, record.get(shape.people_field)),
    )
    if kind == "dataset":
        entry.columns = _check_rows("columns", record.get("columns"), COLUMN_FIELDS)
    else:
        entry.datasets = check_names("datasets", record.get("datasets"), slash=True)
        _check_architecture(entry, record)
    return entry


def _value_or_default(column: sa.Column[Any], value: Any) -> Any:
    default = column.default
    if value is None and isinstance(default, sa.ColumnDefault):
        return default.arg(None) if default.is_callable else default.arg
    return check_value(column, value)


def architecture_fields() -> Iterator[str]:
    """The fields of a model's record that belong to one architecture or another."""
    for columns in ARCHITECTURE.values():
        yield from (column.name for column in columns)


def _rename(record: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    renamed = {key: value for key, value in record.items() if key != old}
    if record[old] is None:
        return renamed
    if renamed.get(new) not in (None, record[old]):
        raise Invalid(f"{old}: says something else than {new}", f"give {new} alone")
    return {**renamed, new: record[old]}


def _check_architecture(entry: Entry, record: Mapping[str, Any]) -> None:
    architecture = entry.row["arch_name"]
    own = {column.name: column for column in ARCHITECTURE[architecture]}
    for name in architecture_fields():
        value = record.get(name)
        if name in own:
            entry.shape[name] = check_value(own[name], value)
        elif value is not None:
            raise Invalid(f"{name}: {architecture} models have no such field", f"they have {', '.join(own)}")
    modules = record.get("modules")
    if modules and "module_num" not in own:
        raise Invalid(f"modules: {architecture} models have no modules")
    entry.modules = _check_rows("modules", modules, MODULE_FIELDS)
    if entry.modules and entry.shape["module_num"] is None:
        entry.shape["module_num"] = len(entry.modules)


def _check_rows(field: str, rows: Any, columns: Sequence[sa.Column[Any]]) -> list[dict[str, Any]]:
    checked = []
    for number, row in enumerate(check_list(field, rows), 1):
        try:
            row = check_fields(row, [column.name for column in columns])
            checked.append({column.name: check_value(column, row.get(column.name)) for column in columns})
        except Invalid as error:
            raise Invalid(f"{field} {number}: {error.message}", error.hint) from None
    return checked


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# --- looking names up -----------------------------------------------------------------------------


def ids_by_name(db: Session, shape: Shape, keys: Sequence[str]) -> dict[tuple[int, str], int]:
    """(owner_id, folded name) → id of every item that has one of these names, whoever may see it."""
    rows = db.execute(sa.select(shape.id, shape.owner, shape.key).where(shape.key.in_(keys)))
    return {(owner_id, key): item_id for item_id, owner_id, key in rows}


def find_people(db: Session, names: Iterable[str]) -> dict[str, int]:
    """Folded name → user_id of those of these people that exist."""
    found: dict[str, int] = {}
    for batch in batches({name_key(name) for name in names}, BATCH):
        rows = db.execute(sa.select(User.name_key, User.user_id).where(User.name_key.in_(batch)))
        found.update((row.name_key, row.user_id) for row in rows)
    return found


def taken_names(db: Session, kind: Kind, wanted: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Those of these (owner_id, folded name) that are taken."""
    asked = set(wanted)
    taken: set[tuple[int, str]] = set()
    for batch in batches({key for _, key in asked}, BATCH):
        taken |= ids_by_name(db, SHAPES[kind], batch).keys()
    return taken & asked


def find_datasets(db: Session, names: Iterable[str], sees: Sees, owner_id: int | None) -> dict[str, int]:
    """Folded name (or owner/name) → ds_id of those of these datasets that exist and are seen.

    Where several have the name, it is ``owner_id``'s own; ``Ambiguous`` when none of them is.
    """
    asked = {name_key(name): name for name in names}
    found: dict[str, int] = {}
    for batch in batches(asked, BATCH):
        candidates: dict[str, list[_Candidate]] = {}
        for candidate in _candidates(db, SHAPES["dataset"], [key.rpartition("/")[2] for key in batch], sees):
            candidates.setdefault(candidate.key, []).append(candidate)
        for key in batch:
            owner, _, bare = key.rpartition("/")
            fitting = [one for one in candidates.get(bare, []) if not owner or one.owner_key == owner]
            fitting = [one for one in fitting if one.owner_id == owner_id] or fitting
            if len(fitting) > 1:
                raise _ambiguous(asked[key], fitting)
            if fitting:
                found[key] = fitting[0].item_id
    return found


@dataclass(frozen=True, slots=True)
class _Candidate:
    kind: Kind
    item_id: int
    name: str
    key: str
    owner_id: int
    owner: str
    owner_key: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


def _candidates(db: Session, shape: Shape, keys: Collection[str], sees: Sees) -> list[_Candidate]:
    query = (
        sa.select(shape.id, shape.name, shape.key, User.user_id, User.user_name, User.name_key)
        .join(User, User.user_id == shape.owner)
        .where(shape.key.in_(keys))
        .order_by(shape.id)
    )
    return [_Candidate(shape.kind, *row) for row in db.execute(only_seen(query, shape, sees))]


def only_seen(query: sa.Select[Any], shape: Shape, sees: Sees) -> sa.Select[Any]:
    """The query, narrowed to the items of this shape that are seen."""
    condition = sees(shape.table)
    return query if condition is None else query.where(condition)


def sees_of(caller: Caller, db: Session) -> Sees:
    """What the caller sees, as of now."""
    return partial(visible, caller, granted_items(caller, db))


def _ambiguous(name: str, fitting: Sequence[_Candidate]) -> Ambiguous:
    listed = ", ".join(f"{one.kind} {one.full_name}" for one in fitting[:5])
    return Ambiguous(f"'{name}' is the name of several things", f"say which: {listed}")


def find_item(caller: Caller, db: Session, name: str, kind: Kind | None = None) -> tuple[Kind, int]:
    """The one item of this name (or owner/name) that the caller sees.

    ``NotFound`` reads the same whether it is absent or somebody's private item; it proposes only what the caller sees.
    """
    sees = sees_of(caller, db)
    shapes = [shape for shape in SHAPES.values() if kind in (None, shape.kind)]
    owner, _, bare = name_key(name).rpartition("/")
    found = [one for shape in shapes for one in _candidates(db, shape, [bare.strip()], sees)]
    found = [one for one in found if not owner or one.owner_key == owner.strip()]
    if len(found) > 1:
        raise _ambiguous(name, found)
    if found:
        return found[0].kind, found[0].item_id
    near = nearest(bare, _near_names(db, shapes, bare, sees))
    what = kind or "model or dataset"
    raise NotFound(
        f"there is no {what} called '{name[:200]}'", suggest(near) or "check the spelling, or list what there is"
    )


def _near_names(db: Session, shapes: Sequence[Shape], wanted: str, sees: Sees) -> list[str]:
    """Names that share the beginning of a word with the wanted one, through the index of words."""
    beginnings = {word[:3] for word in sorted(name_words(wanted))[:12] if len(word) > 1}
    if not beginnings:
        return []
    names: list[str] = []
    for shape in shapes:
        begins = sa.or_(*(NameToken.token.startswith(beginning, autoescape=True) for beginning in beginnings))
        rows = sa.select(NameToken.row_id).where(NameToken.table_name == shape.kind, begins)
        query = only_seen(sa.select(shape.name).where(shape.id.in_(rows)).limit(_NEAR_ROWS), shape, sees)
        names += db.scalars(query)
    return names


# --- an item by its number -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """An item that the caller sees."""

    kind: Kind
    item_id: int
    name: str
    owner_id: int
    owner: str
    visibility: str


def find_seen(caller: Caller, db: Session, kind: Kind, item_id: int) -> Seen:
    """The item, if the caller sees it; ``NotFound`` reads the same for one that is absent."""
    shape = SHAPES[kind]
    query: sa.Select[Any] = (
        sa.select(shape.id, shape.name, shape.owner, User.user_name, shape.table.c.visibility)
        .join(User, User.user_id == shape.owner)
        .where(shape.id == item_id)
    )
    found = db.execute(only_seen(query, shape, sees_of(caller, db))).one_or_none()
    if found is None:
        raise NotFound(f"there is no such {kind}", "it may have been deleted, or be somebody's private one")
    return Seen(kind, *found)


def own_item(caller: Caller, db: Session, kind: Kind, item_id: int, what: str) -> Seen:
    """The item of the caller's own, its row locked, so that what is done to its files and grants comes in turn.

    ``Denied`` says that only its owner can do ``what``.
    """
    table = Model if kind == "model" else Dataset
    db.execute(sa.select(table.owner_id).where(SHAPES[kind].id == item_id).with_for_update())
    return look_at_own(caller, db, kind, item_id, what)


def look_at_own(caller: Caller, db: Session, kind: Kind, item_id: int, what: str) -> Seen:
    """The same without the lock, for who only reads."""
    item = find_seen(caller, db, kind, item_id)
    if item.owner_id != caller.user_id:
        raise Denied(f"{item.name} is not yours", f"only its owner, {item.owner}, can {what}")
    return item
