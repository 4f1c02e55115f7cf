"""Models and datasets: registering, listing and showing them, by the same rules for every way in and out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import (
    CATALOGUE,
    Affil,
    Dataset,
    DatasetTask,
    DsCol,
    Model,
    ModelAuthor,
    ModelDataset,
    ModelTask,
    Module,
    NameToken,
    Table,
    User,
    UserDataset,
    name_key,
)
from hub.access import READABLE, Caller, Tx, action, granted_items, readable_columns, visible
from hub.errors import Ambiguous, Conflict, Denied, Invalid, NotFound
from hub.fields import check_fields, check_list, check_name, check_names, check_value, check_values, nearest, suggest
from hub.names import index_names, name_words

Kind = Literal["model", "dataset"]
Sees = Callable[[sa.Table], "sa.ColumnElement[bool] | None"]
T = TypeVar("T")

BATCH = 500
_NEAR_ROWS = 300


@dataclass(frozen=True, slots=True)
class _Shape:
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


def _shape(kind: Kind, table: type[Table], task: type[Table], people: type[Table], people_field: str) -> _Shape:
    columns = table.__table__.c
    item_id = next(iter(table.__table__.primary_key))
    name = next(column for column in columns if column.info.get("name"))
    plain = tuple(
        column
        for column in readable_columns(table.__table__)  # type: ignore[arg-type]
        if column is not item_id and column is not name and not column.foreign_keys
    )
    task_id, task_name = task.__table__.c
    return _Shape(
        *(kind, table.__table__, item_id, name, columns.owner_id, columns.name_key, plain),  # type: ignore[arg-type]
        *(task_name, task_id, people.__table__, people_field),  # type: ignore[arg-type]
    )


SHAPES: Mapping[str, _Shape] = {
    "model": _shape("model", Model, ModelTask, ModelAuthor, "authors"),
    "dataset": _shape("dataset", Dataset, DatasetTask, UserDataset, "owners"),
}
ARCHITECTURE: Mapping[str, tuple[sa.Column[Any], ...]] = {
    name: tuple(column for column in Table.metadata.tables[name].columns if not column.primary_key)
    for name in Model.__table__.c.arch_name.info["values"]
}
"""Architecture → the columns of the table of that name."""

_COLUMN_FIELDS = (DsCol.__table__.c.col_name, DsCol.__table__.c.col_datatype)
_MODULE_FIELDS = (Module.__table__.c.conv_size, Module.__table__.c.pool_type)


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
    """The record of a model or dataset (the fields of ``export``), checked and normalised; ``Invalid`` names the field."""
    shape = SHAPES[kind]
    plain = [column.name for column in shape.fields]
    common = (shape.name.name, "owner", *plain, "task", shape.people_field)
    more = ("trainname", "datasets", *_architecture_fields(), "modules") if kind == "model" else ("columns",)
    record = check_fields(record, (*common, *more))
    if kind == "model" and "trainname" in record:
        record = _rename(record, "trainname", "train_name")
    entry = Entry(
        kind,
        check_name(shape.name.name, record.get(shape.name.name)),
        {
            column.name: check_value(column, record.get(column.name))
            for column in shape.fields
            if record.get(column.name) is not None or column.default is None
        },
        check_values(shape.task, "task", record.get("task")),
        check_name("owner", record["owner"]) if record.get("owner") else None,
        check_names(shape.people_field, record.get(shape.people_field)),
    )
    if kind == "dataset":
        entry.columns = _check_rows("columns", record.get("columns"), _COLUMN_FIELDS)
    else:
        entry.datasets = check_names("datasets", record.get("datasets"), slash=True)
        _check_architecture(entry, record)
    return entry


def _architecture_fields() -> Iterator[str]:
    for columns in ARCHITECTURE.values():
        yield from (column.name for column in columns)


def _rename(record: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    renamed = {key: value for key, value in record.items() if key != old}
    if renamed.get(new) not in (None, record[old]):
        raise Invalid(f"{old}: says something else than {new}", f"give {new} alone")
    return {**renamed, new: record[old]}


def _check_architecture(entry: Entry, record: Mapping[str, Any]) -> None:
    architecture = entry.row["arch_name"]
    own = {column.name: column for column in ARCHITECTURE[architecture]}
    for name in _architecture_fields():
        value = record.get(name)
        if name in own:
            entry.shape[name] = check_value(own[name], value)
        elif value is not None:
            raise Invalid(f"{name}: a {architecture} has no such field", f"a {architecture} has {', '.join(own)}")
    modules = record.get("modules")
    if modules and "module_num" not in own:
        raise Invalid(f"modules: a {architecture} has no modules")
    entry.modules = _check_rows("modules", modules, _MODULE_FIELDS)
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


# --- registering ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Placed:
    """An entry with everything it names looked up: what ``insert_items`` writes."""

    entry: Entry
    owner_id: int
    people_ids: list[int]
    ds_ids: list[int] = field(default_factory=list)


@action("model.create")
def create_model(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> int:
    """Register a model of the caller's own from a record as ``load`` takes it; its ``model_id``."""
    return _create(caller, tx, "model", record)


@action("dataset.create")
def create_dataset(caller: Caller, tx: Tx, record: Mapping[str, Any]) -> int:
    """Register a dataset of the caller's own from a record as ``load`` takes it; its ``ds_id``."""
    return _create(caller, tx, "dataset", record)


def _create(caller: Caller, tx: Tx, kind: Kind, record: Mapping[str, Any]) -> int:
    entry = check_item(kind, record)
    if entry.owner and name_key(entry.owner) != name_key(caller.user_name):
        raise Denied("you may register only what is your own", "leave the owner out")
    if caller.user_id is None:
        raise Denied("only a person can own something", "sign in")
    named = SHAPES[kind].people_field in record
    people = find_people(tx.db, entry.people)
    datasets = find_datasets(tx.db, entry.datasets, _sees(caller, tx.db), caller.user_id)
    if taken_names(tx.db, kind, [(caller.user_id, entry.key)]):
        raise Conflict(f"you have a {kind} called '{entry.name}' already", "choose another name")
    placed = Placed(
        entry,
        caller.user_id,
        [_found(people, name, SHAPES[kind].people_field) for name in entry.people] if named else [caller.user_id],
        [_found(datasets, name, "datasets") for name in entry.datasets],
    )
    (item_id,) = insert_items(tx.db, kind, [placed])
    tx.concerns(kind, item_id)
    tx.note(name=entry.name, visibility=entry.row.get("visibility", "public"))
    return item_id


def _found(known: Mapping[str, int], name: str, field: str) -> int:
    found = known.get(name_key(name))
    if found is None:
        raise Invalid(f"{field}: there is no '{name}'", "name one that exists")
    return found


def insert_items(db: Session, kind: Kind, items: Sequence[Placed]) -> list[int]:
    """Write these items with all their parts, a batch at a time; their ids in order. Names must be free."""
    shape = SHAPES[kind]
    ids: list[int] = []
    for batch in batches(items, BATCH):
        db.execute(sa.insert(shape.table), [_item_row(shape, placed) for placed in batch])
        by_name = _ids_by_name(db, shape, [placed.entry.key for placed in batch])
        found = [by_name[placed.owner_id, placed.entry.key] for placed in batch]
        ids += found
        pairs = list(zip(found, batch, strict=True))
        _insert(
            db,
            shape.task.table,
            (
                {shape.task_id.name: item_id, shape.task.name: task}
                for item_id, placed in pairs
                for task in placed.entry.tasks
            ),
        )
        _insert(
            db,
            shape.people,
            (
                {shape.id.name: item_id, "user_id": user_id}
                for item_id, placed in pairs
                for user_id in dict.fromkeys(placed.people_ids)
            ),
        )
        if kind == "model":
            _insert_model_parts(db, pairs)
        else:
            columns = (
                {(item_id, *column.values()): {"ds_id": item_id, **column} for column in placed.entry.columns}
                for item_id, placed in pairs
            )
            _insert(db, DsCol.__table__, (row for rows in columns for row in rows.values()))
        index_names(db, kind, [(item_id, placed.entry.name) for item_id, placed in pairs])
    return ids


def _item_row(shape: _Shape, placed: Placed) -> dict[str, Any]:
    entry = placed.entry
    defaults = {
        column.name: column.default.arg(None) if column.default.is_callable else column.default.arg
        for column in shape.fields
        if column.default is not None
    }
    return {
        **defaults,
        **entry.row,
        shape.name.name: entry.name,
        "name_key": entry.key,
        "owner_id": placed.owner_id,
    }


def _ids_by_name(db: Session, shape: _Shape, keys: Sequence[str]) -> dict[tuple[int, str], int]:
    rows = db.execute(sa.select(shape.id, shape.owner, shape.key).where(shape.key.in_(keys)))
    return {(owner_id, key): item_id for item_id, owner_id, key in rows}


def _insert_model_parts(db: Session, pairs: Sequence[tuple[int, Placed]]) -> None:
    for architecture in ARCHITECTURE:
        _insert(
            db,
            Table.metadata.tables[architecture],
            (
                {"model_id": model_id, **placed.entry.shape}
                for model_id, placed in pairs
                if placed.entry.row["arch_name"] == architecture
            ),
        )
    _insert(
        db,
        Module.__table__,
        ({"model_id": model_id, **module} for model_id, placed in pairs for module in placed.entry.modules),
    )
    _insert(
        db,
        ModelDataset.__table__,
        (
            {"model_id": model_id, "ds_id": ds_id}
            for model_id, placed in pairs
            for ds_id in dict.fromkeys(placed.ds_ids)
        ),
    )


def _insert(db: Session, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    for batch in batches(rows, 4 * BATCH):
        db.execute(sa.insert(table), batch)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# --- looking names up -----------------------------------------------------------------------------


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
        taken |= _ids_by_name(db, SHAPES[kind], batch).keys()
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


def _candidates(db: Session, shape: _Shape, keys: Collection[str], sees: Sees) -> list[_Candidate]:
    query = (
        sa.select(shape.id, shape.name, shape.key, User.user_id, User.user_name, User.name_key)
        .join(User, User.user_id == shape.owner)
        .where(shape.key.in_(keys))
        .order_by(shape.id)
    )
    return [_Candidate(shape.kind, *row) for row in db.execute(_seen(query, shape, sees))]


def _seen(query: sa.Select[Any], shape: _Shape, sees: Sees) -> sa.Select[Any]:
    condition = sees(shape.table)
    return query if condition is None else query.where(condition)


def _sees(caller: Caller, db: Session) -> Sees:
    return partial(visible, caller, granted_items(caller, db))


def _ambiguous(name: str, fitting: Sequence[_Candidate]) -> Ambiguous:
    listed = ", ".join(f"{one.kind} {one.full_name}" for one in fitting[:5])
    return Ambiguous(f"'{name}' is the name of several things", f"say which: {listed}")


def find_item(caller: Caller, db: Session, name: str, kind: Kind | None = None) -> tuple[Kind, int]:
    """The one item of this name (or owner/name) that the caller sees.

    ``NotFound`` reads the same whether it is absent or somebody's private item; it proposes only what the caller sees.
    """
    sees = _sees(caller, db)
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
    raise NotFound(f"there is no {what} called '{name[:200]}'", suggest(near) or "/find looks through what there is")


def _near_names(db: Session, shapes: Sequence[_Shape], wanted: str, sees: Sees) -> list[str]:
    """Names that share the beginning of a word with the wanted one, through the index of words."""
    beginnings = {word[:3] for word in sorted(name_words(wanted))[:12] if len(word) > 1}
    if not beginnings:
        return []
    names: list[str] = []
    for shape in shapes:
        begins = sa.or_(*(NameToken.token.startswith(beginning, autoescape=True) for beginning in beginnings))
        rows = sa.select(NameToken.row_id).where(NameToken.table_name == shape.kind, begins)
        query = _seen(sa.select(shape.name).where(shape.id.in_(rows)).limit(_NEAR_ROWS), shape, sees)
        names += db.scalars(query)
    return names


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
    sees = _sees(caller, tx.db)
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
    query = _seen(
        sa.select(*columns).select_from(shape.table).join(User, User.user_id == shape.owner),
        shape,
        _sees(caller, tx.db),
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
    (record,) = read_items(tx.db, found, [item_id], _sees(caller, tx.db))
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


def _people_of(db: Session, shape: _Shape, ids: Sequence[int]) -> dict[int, list[str]]:
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
    query = sa.select(DsCol.ds_id, *_COLUMN_FIELDS).where(DsCol.ds_id.in_(ids)).order_by(*DsCol.__table__.primary_key)
    for row in db.execute(query):
        columns.setdefault(row.ds_id, []).append({"col_name": row.col_name, "col_datatype": row.col_datatype})
    return lambda ds_id, _record: {"columns": columns.get(ds_id, [])}


def _model_parts(db: Session, ids: Sequence[int], sees: Sees) -> Callable[[int, Mapping[str, Any]], dict[str, Any]]:
    shapes: dict[int, dict[str, Any]] = {}
    for architecture, columns in ARCHITECTURE.items():
        table = Table.metadata.tables[architecture]
        for row in db.execute(sa.select(table.c.model_id, *columns).where(table.c.model_id.in_(ids))).mappings():
            shapes[row["model_id"]] = {column.name: row[column.name] for column in columns}
    modules: dict[int, list[dict[str, Any]]] = {}
    query = sa.select(Module.model_id, *_MODULE_FIELDS).where(Module.model_id.in_(ids)).order_by(Module.id)
    for row in db.execute(query):
        modules.setdefault(row.model_id, []).append({"conv_size": row.conv_size, "pool_type": row.pool_type})
    datasets = _datasets_of(db, ids, sees)

    def parts(model_id: int, record: Mapping[str, Any]) -> dict[str, Any]:
        more = {"modules": modules.get(model_id, [])} if record["arch_name"] == "cnn" else {}
        return {"datasets": datasets.get(model_id, []), **shapes.get(model_id, {}), **more}

    return parts


def _datasets_of(db: Session, ids: Sequence[int], sees: Sees) -> dict[int, list[str]]:
    """Model → names of its datasets that are seen, as owner/name where several datasets that are seen share a name."""
    shape = SHAPES["dataset"]
    query = (
        sa.select(ModelDataset.model_id, Dataset.ds_name, Dataset.name_key, User.user_name)
        .join(Dataset, Dataset.ds_id == ModelDataset.ds_id)
        .join(User, User.user_id == Dataset.owner_id)
        .where(ModelDataset.model_id.in_(ids))
        .order_by(Dataset.name_key)
    )
    rows = db.execute(_seen(query, shape, sees)).all()
    shared: set[str] = set()
    for batch in batches({row.name_key for row in rows}, BATCH):
        same = sa.select(Dataset.name_key).where(Dataset.name_key.in_(batch))
        shared |= set(db.scalars(_seen(same.group_by(Dataset.name_key).having(sa.func.count() > 1), shape, sees)))
    return _group(
        (row.model_id, f"{row.user_name}/{row.ds_name}" if row.name_key in shared else row.ds_name) for row in rows
    )


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
