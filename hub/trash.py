"""Deleting models and datasets, and having them back: for a while a deleted one is in the trash of its owner.

What is deleted leaves every table that anything reads, with all its rows, and stands in ``trash`` as one record: no
query has to remember to leave it out. The rows are found by the foreign keys of the metadata, so a table that is added
to the schema and belongs to an item goes and comes back with it.
"""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Dataset, Model, Table, Trash, User, name_key, utc_now
from hub.access import Caller, Tx, action
from hub.editing import LeftOut, find_own, say_left_out
from hub.errors import Ambiguous, Conflict, NotFound
from hub.fields import nearest, suggest
from hub.items import BATCH, SHAPES, Kind, batches, sees_of, taken_names
from hub.names import forget_name, index_name
from hub.plans import Change, Draft, Plan, planned

_Rows = dict[str, list[dict[str, Any]]]
"""Table name → rows."""


@dataclass(frozen=True, slots=True)
class Goner:
    """An item that is deleted, and how many items that the caller may see are linked to it."""

    item_id: int
    name: str
    owner: str
    links: int


@dataclass(slots=True)
class Deletion:
    """What is deleted, what is not, and until when it can be had back."""

    kind: Kind
    until: str
    items: list[Goner] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trashed:
    """A deleted item of the caller's own; it is there until the moment ``until`` (UTC)."""

    trash_id: int
    kind: Kind
    name: str
    deleted_at: str
    until: str


# --- deleting -------------------------------------------------------------------------------------


@action("model.delete")
def delete_models(caller: Caller, tx: Tx, ids: Sequence[int]) -> Deletion:
    """Put these models of the caller's own into the trash, all in one transaction.

    What is not the caller's is left out, with the reason; of a single item it is raised.
    """
    return _delete(caller, tx, "model", ids)


@action("dataset.delete")
def delete_datasets(caller: Caller, tx: Tx, ids: Sequence[int]) -> Deletion:
    """Put these datasets of the caller's own into the trash, as ``delete_models`` does."""
    return _delete(caller, tx, "dataset", ids)


@planned("model.delete", "Delete", dangerous=True)
def plan_model_deletion(caller: Caller, tx: Tx, ids: Sequence[int]) -> Draft:
    """Plan to put these models into the trash, as ``delete_models`` does."""
    return _draft_deletion(caller, tx, "model", ids)


@planned("dataset.delete", "Delete", dangerous=True)
def plan_dataset_deletion(caller: Caller, tx: Tx, ids: Sequence[int]) -> Draft:
    """Plan to put these datasets into the trash, as ``delete_datasets`` does."""
    return _draft_deletion(caller, tx, "dataset", ids)


DELETE: Mapping[str, Callable[[Caller, Sequence[int]], Deletion]] = {
    "model": delete_models,
    "dataset": delete_datasets,
}
"""Kind → the action on its items."""
PLAN_DELETE: Mapping[str, Callable[[Caller, Sequence[int]], Plan]] = {
    "model": plan_model_deletion,
    "dataset": plan_dataset_deletion,
}
"""Kind → the plan of it."""


def _draft_deletion(caller: Caller, tx: Tx, kind: Kind, ids: Sequence[int]) -> Draft:
    found = _find(caller, tx, kind, ids)
    if not found.items:
        why = "; ".join(f"{one.name}: {one.why}" for one in found.left_out[:5])
        raise Conflict("there is nothing to delete", why)
    several = len(found.items) > 1
    title = f"Delete {len(found.items)} {kind}s" if several else f"Delete the {kind} {found.items[0].name}"
    other = "dataset" if kind == "model" else "model"
    lines = [
        Change(goner.name, f"{kind}, linked to {goner.links} {other}{'' if goner.links == 1 else 's'}", None)
        for goner in found.items
    ]

    def run(_chosen: Mapping[str, str]) -> str:
        _delete(caller, tx, kind, ids)
        what = f"{len(found.items)} {kind}s are" if several else f"{found.items[0].name} is"
        return f"{what} deleted. /trash has {'them' if several else 'it'} until {found.until[:10]}."

    days = caller.hub.settings.trash_days
    warnings = [f"For {days:g} days it can be restored from your trash; then it is gone for good."]
    return Draft(
        title, lines, run, [*warnings, *say_left_out(found.left_out)], about=[one.item_id for one in found.items]
    )


def _find(caller: Caller, tx: Tx, kind: Kind, ids: Sequence[int]) -> Deletion:
    db = tx.db
    tx.concerns(kind, ids[0] if len(ids) == 1 else "several")
    found = Deletion(kind, _write_moment(utc_now() + _grace(caller)))
    own = find_own(caller, db, kind, ids, found.left_out)
    links = _count_links(caller, db, kind, list(own))
    found.items = [Goner(one.item_id, one.name, one.owner, links.get(one.item_id, 0)) for one in own.values()]
    tx.note(items={goner.item_id: goner.name for goner in found.items})
    return found


def _delete(caller: Caller, tx: Tx, kind: Kind, ids: Sequence[int]) -> Deletion:
    found = _find(caller, tx, kind, ids)
    for batch in batches([goner.item_id for goner in found.items], BATCH):
        _put_away(tx.db, kind, batch)
    return found


def _count_links(caller: Caller, db: Session, kind: Kind, ids: Sequence[int]) -> dict[int, int]:
    """Item → how many items that the caller sees are linked to it."""
    link = Table.metadata.tables["model_dataset"]
    mine = link.c[SHAPES[kind].id.name]
    query = sa.select(mine, sa.func.count()).where(mine.in_(ids)).group_by(mine)
    seen = sees_of(caller, db)(link)
    return {row[0]: row[1] for row in db.execute(query if seen is None else query.where(seen))}


def _put_away(db: Session, kind: Kind, ids: Sequence[int]) -> None:
    shape = SHAPES[kind]
    last = db.execute(
        sa.select(
            sa.select(sa.func.max(Model.model_id)).scalar_subquery(),
            sa.select(sa.func.max(Dataset.ds_id)).scalar_subquery(),
        )
    ).one()
    kept = _gather(db, shape.table, ids)
    records = []
    for item_id, rows in kept.items():
        (row,) = rows[shape.table.name]
        records.append(
            {
                "kind": kind,
                "item_id": item_id,
                "owner_id": row["owner_id"],
                "item_name": row[shape.name.name],
                "name_key": row["name_key"],
                "last_model": last[0] or 0,
                "last_dataset": last[1] or 0,
                "kept": _dump(rows, _joined(db, rows)),
            }
        )
        forget_name(db, kind, item_id)
    db.execute(sa.insert(Trash), records)
    db.execute(sa.delete(shape.table).where(shape.id.in_(ids)))  # its foreign keys delete the rest


# --- the rows that belong to an item --------------------------------------------------------------


@functools.cache
def _belonging(root: sa.Table) -> tuple[sa.ForeignKey, ...]:
    """The foreign keys by which rows belong to a row of this table, directly or through others; parents first."""
    found: dict[sa.Table, sa.ForeignKey] = {}
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                if table is not root and table not in found and key.column.table in (root, *found):
                    found[table] = key
    return tuple(found.values())


@functools.cache
def _stored(table: sa.Table) -> sa.TableClause:
    """The table with its values as they are stored: nothing is decrypted on the way into the trash."""
    kinds = (
        column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
        for column in table.columns
    )
    columns = (sa.column(column.name, kind) for column, kind in zip(table.columns, kinds, strict=True))
    return sa.table(table.name, *columns)


def _gather(db: Session, root: sa.Table, ids: Sequence[int]) -> dict[int, _Rows]:
    """Every row that belongs to each of these items, its own row too."""
    key = next(iter(root.primary_key))
    kept: dict[int, _Rows] = {}
    for row in db.execute(sa.select(_stored(root)).where(_stored(root).c[key.name].in_(ids))).mappings():
        kept[row[key.name]] = {root.name: [dict(row)]}
    for link in _belonging(root):
        table, parent = link.parent.table, link.column
        item_of = {
            row[parent.name]: item_id for item_id, rows in kept.items() for row in rows.get(parent.table.name, ())
        }
        stored = _stored(table)
        query = sa.select(stored).order_by(*(stored.c[column.name] for column in table.primary_key))
        for batch in batches(item_of, BATCH):
            for row in db.execute(query.where(stored.c[link.parent.name].in_(batch))).mappings():
                kept[item_of[row[link.parent.name]]].setdefault(table.name, []).append(dict(row))
    return kept


def _joined(db: Session, rows: _Rows) -> dict[int, str]:
    """When the people whom the rows name joined: a number that another person has later is not them."""
    numbers = {
        row[key.parent.name]
        for table, key in _references(rows)
        if key.column.table.name == "user"
        for row in rows[table]
    }
    people = db.execute(sa.select(User.user_id, User.created_at).where(User.user_id.in_(numbers)))
    return {user_id: _write_moment(created_at) for user_id, created_at in people}


def _references(rows: Iterable[str]) -> list[tuple[str, sa.ForeignKey]]:
    return [
        (name, key) for name in rows for column in Table.metadata.tables[name].columns for key in column.foreign_keys
    ]


def _dump(rows: _Rows, joined: Mapping[int, str]) -> str:
    def write(value: Any) -> Any:
        if isinstance(value, datetime):
            return _write_moment(value)
        return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value

    plain = {
        table: [{name: write(value) for name, value in row.items()} for row in each] for table, each in rows.items()
    }
    return json.dumps({"rows": plain, "joined": joined}, ensure_ascii=False)


def _load(kept: str) -> tuple[_Rows, dict[int, str]]:
    found = json.loads(kept)
    rows: _Rows = {}
    for name, each in found["rows"].items():
        columns = Table.metadata.tables[name].columns
        rows[name] = [{column: _read(columns[column], value) for column, value in row.items()} for row in each]
    return rows, {int(number): joined for number, joined in found["joined"].items()}


def _read(column: sa.Column[Any], value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if isinstance(column.type, sa.DateTime) and value is not None:
        return datetime.fromisoformat(value)
    return value


def _write_moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


# --- the trash ------------------------------------------------------------------------------------


def _grace(caller: Caller) -> timedelta:
    return timedelta(days=caller.hub.settings.trash_days)


@action("catalog.browse", reads=True)
def list_trash(caller: Caller, tx: Tx) -> list[Trashed]:
    """What the caller deleted and can still have back, latest first."""
    return [_trashed(caller, row) for row in _rows_of(caller, tx.db)]


def _rows_of(caller: Caller, db: Session) -> Sequence[Any]:
    """The caller's own trash, without what is past its time but was not swept yet."""
    columns = (Trash.trash_id, Trash.kind, Trash.item_name, Trash.name_key, Trash.deleted_at)
    query = sa.select(*columns).where(Trash.owner_id == caller.user_id, Trash.deleted_at > utc_now() - _grace(caller))
    return db.execute(query.order_by(Trash.deleted_at.desc(), Trash.trash_id.desc())).all()


def _trashed(caller: Caller, row: Any) -> Trashed:
    until = row.deleted_at + _grace(caller)
    return Trashed(row.trash_id, row.kind, row.item_name, _write_moment(row.deleted_at), _write_moment(until))


@action("catalog.browse", reads=True, quiet=True)
def find_trashed(caller: Caller, tx: Tx, name: str) -> Trashed:
    """The one deleted item of the caller's own with this name, or this number after a ``#``."""
    rows = _rows_of(caller, tx.db)
    wanted = name_key(name)
    found = [row for row in rows if row.name_key == wanted or f"#{row.trash_id}" == wanted]
    if not found:
        near = nearest(name, [row.item_name for row in rows])
        raise NotFound(f"nothing called '{name[:200]}' is in your trash", suggest(near) or "see what is: /trash")
    if len(found) > 1:
        listed = ", ".join(f"#{row.trash_id} ({row.kind}, {_write_moment(row.deleted_at)})" for row in found)
        raise Ambiguous(f"several things called '{name[:200]}' are in your trash", f"say which by its number: {listed}")
    return _trashed(caller, found[0])


@action("model.delete")
def restore_model(caller: Caller, tx: Tx, trash_id: int) -> int:
    """Have a deleted model of the caller's own back with all that belonged to it; its number.

    ``Conflict`` when another of the caller's models has its name now.
    """
    return _restore(caller, tx, "model", trash_id)


@action("dataset.delete")
def restore_dataset(caller: Caller, tx: Tx, trash_id: int) -> int:
    """Have a deleted dataset of the caller's own back, as ``restore_model`` does."""
    return _restore(caller, tx, "dataset", trash_id)


RESTORE: Mapping[str, Callable[[Caller, int], int]] = {"model": restore_model, "dataset": restore_dataset}
"""Kind → the action on a deleted item of it."""


@planned("model.delete", "Restore")
def plan_model_restore(caller: Caller, tx: Tx, trash_id: int) -> Draft:
    """Plan to have a deleted model back, as ``restore_model`` does."""
    return _draft_restore(caller, tx, "model", trash_id)


@planned("dataset.delete", "Restore")
def plan_dataset_restore(caller: Caller, tx: Tx, trash_id: int) -> Draft:
    """Plan to have a deleted dataset back, as ``restore_dataset`` does."""
    return _draft_restore(caller, tx, "dataset", trash_id)


PLAN_RESTORE: Mapping[str, Callable[[Caller, int], Plan]] = {
    "model": plan_model_restore,
    "dataset": plan_dataset_restore,
}
"""Kind → the plan of it."""


def _draft_restore(caller: Caller, tx: Tx, kind: Kind, trash_id: int) -> Draft:
    found = _find_trash(caller, tx, kind, trash_id)
    name, visibility = found.item_name, _load(found.kept)[0][kind][0]["visibility"]

    def run(_chosen: Mapping[str, str]) -> str:
        _restore(caller, tx, kind, trash_id)
        return f"{name} is back, {visibility} as it was."

    lines = [Change(name, f"in the trash since {found.deleted_at:%Y-%m-%d}", f"a {visibility} {kind} of yours")]
    return Draft(f"Restore the {kind} {name}", lines, run, about=[trash_id])


def _find_trash(caller: Caller, tx: Tx, kind: Kind, trash_id: int) -> Trash:
    """What is to be restored; ``Conflict`` says why it cannot be."""
    found = tx.db.scalar(
        sa.select(Trash)
        .where(
            Trash.trash_id == trash_id,
            Trash.kind == kind,
            Trash.owner_id == caller.user_id,
            Trash.deleted_at > utc_now() - _grace(caller),
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound(f"there is no such {kind} in your trash", "see what is: /trash")
    tx.concerns(kind, found.item_id)
    tx.note(name=found.item_name)
    if taken_names(tx.db, kind, [(found.owner_id, found.name_key)]):
        raise Conflict(
            f"you have another {kind} called '{found.item_name}' now",
            "rename that one first, then restore this one",
        )
    return found


def _restore(caller: Caller, tx: Tx, kind: Kind, trash_id: int) -> int:
    found = _find_trash(caller, tx, kind, trash_id)
    rows, joined = _load(found.kept)
    _put_back(tx.db, SHAPES[kind].table, rows, joined)
    index_name(tx.db, kind, found.item_id, found.item_name)
    item_id = found.item_id
    tx.db.delete(found)
    return item_id


def _put_back(db: Session, root: sa.Table, rows: _Rows, joined: Mapping[int, str]) -> None:
    """Write the rows again, but those that name something which is not there any more.

    A link to an item that is in the trash as well goes over to that one's record, and comes back with it.
    """
    own = {root, *(key.parent.table for key in _belonging(root))}
    kept: _Rows = {}
    for table in Table.metadata.sorted_tables:
        fitting = rows.get(table.name, [])
        for column in table.columns:
            for key in column.foreign_keys:
                if not fitting:
                    continue
                if key.column.table in own:  # what belongs to a row that is left out is left out with it
                    there = {row[key.column.name] for row in kept.get(key.column.table.name, ())}
                    fitting = [row for row in fitting if row[column.name] is None or row[column.name] in there]
                    continue
                there = _still_there(db, key.column, {row[column.name] for row in fitting}, joined)
                lost = [row for row in fitting if row[column.name] not in there]
                for row in lost:
                    _hand_over(db, table, key.column.table, row[column.name], row)
                fitting = [row for row in fitting if row[column.name] in there]
        kept[table.name] = fitting
        number = table.autoincrement_column
        if number is not None and table is not root:  # another row may have it by now, and nothing names it
            fitting = [{name: value for name, value in row.items() if name != number.name} for row in fitting]
        for batch in batches(fitting, 4 * BATCH):
            db.execute(sa.insert(_stored(table)), batch)


def _still_there(db: Session, column: sa.Column[Any], values: set[Any], joined: Mapping[int, str]) -> set[Any]:
    there: set[Any] = {None}
    for batch in batches((value for value in values if value is not None), BATCH):
        if column.table.name == "user":
            people = db.execute(sa.select(User.user_id, User.created_at).where(User.user_id.in_(batch)))
            there |= {number for number, since in people if joined.get(number) == _write_moment(since)}
        else:
            there |= set(db.scalars(sa.select(column).where(column.in_(batch))))
    return there


def _hand_over(db: Session, table: sa.Table, kind: sa.Table, item_id: int, row: dict[str, Any]) -> None:
    other = db.scalar(sa.select(Trash).where(Trash.kind == kind.name, Trash.item_id == item_id).with_for_update())
    if other is None:
        return
    rows, joined = _load(other.kept)
    rows.setdefault(table.name, []).append(row)
    other.kept = _dump(rows, joined | _joined(db, {table.name: [row]}))
    db.flush()


@action("hub.sweep", quiet=True)
def sweep_trash(caller: Caller, tx: Tx) -> int:
    """Delete for good what was deleted longer than the time of grace ago; how much."""
    old = Trash.deleted_at <= utc_now() - _grace(caller)
    result = tx.db.execute(sa.delete(Trash).where(old).execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]
