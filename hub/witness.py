"""What the audit trail witnesses: how each row of keys, grants and artifacts stands after an action that touched it.

Rows of these tables are authenticated, so a changed or inserted one opens nothing. But one that is put back as it was
some time ago, or is gone, is authentic: only the trail knows better. So every action's audit row carries digests of
the rows it touched, and ``audit verify`` compares what the trail says last with what is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import ORMExecuteState, Session

from db.tables import Artifact, Invitation, InvitationWrap, ItemEpoch, ItemGrant, KeyWrap, PersonKey, Table

_IDENTITY: Mapping[str, tuple[str, ...]] = {
    # not by numbers that the database counts out: a row that comes back from the trash has another one
    PersonKey.__tablename__: ("key_id",),
    Artifact.__tablename__: ("blob_id",),
    KeyWrap.__tablename__: ("blob_id", "key_id"),
    ItemEpoch.__tablename__: ("model_id", "ds_id"),
    ItemGrant.__tablename__: ("user_id", "model_id", "ds_id"),
    Invitation.__tablename__: ("invitation_id",),
    InvitationWrap.__tablename__: ("invitation_id", "blob_id"),
}
_LEFT_OUT = {"item_epoch": {"id"}, "item_grant": {"grant_id"}, "person_key": {"user_id"}}
"""Columns that are not part of the digest: numbers, and whose key it is, which its signed statement says too."""
NOTED = "witnessed"
"""Under which name the detail of an audit row has them."""

_TOUCHED = "rows touched"
_BATCH = 200

_Row = tuple[str, tuple[Any, ...]]
Digests = dict[str, dict[str, str | None]]
"""Table → what a row is known by → its digest, or None where there is no such row."""


def watch(db: Session) -> None:
    """Note from now on which rows this session touches."""
    db.info[_TOUCHED] = set()


def digests(db: Session) -> Digests:
    """How the rows stand now that this session has touched."""
    touched: set[_Row] = db.info.get(_TOUCHED, set())
    found: Digests = {}
    for name in sorted({name for name, _ in touched}):
        table, rows = Table.metadata.tables[name], [known for each, known in touched if each == name]
        columns = [table.c[column] for column in _IDENTITY[name]]
        there: dict[str, str] = {}
        for start in range(0, len(rows), _BATCH):
            same = [dict(zip(columns, known, strict=True)) for known in rows[start : start + _BATCH]]
            there |= _read(db, table, sa.or_(*(sa.and_(*map(_equals, each, each.values())) for each in same)))
        found[name] = {text: there.get(text) for text in sorted(map(_text, rows))}
    return found


def all_digests(db: Session) -> dict[str, dict[str, str]]:
    """How every row stands now."""
    return {name: _read(db, Table.metadata.tables[name], sa.true()) for name in _IDENTITY}


def _equals(column: sa.Column[Any], value: Any) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _read(db: Session, table: sa.Table, condition: sa.ColumnElement[bool]) -> dict[str, str]:
    columns = [column for column in table.columns if column.name not in _LEFT_OUT.get(table.name, ())]
    places = [[column.name for column in columns].index(name) for name in _IDENTITY[table.name]]
    found = {}
    for row in db.execute(sa.select(*map(_as_stored, columns)).where(condition)):
        said = [value.hex() if isinstance(value, bytes) else str(value) for value in row]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
        found[_text(tuple(row[place] for place in places))] = digest
    return found


def _as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column without being decrypted."""
    kind = column.type
    return sa.type_coerce(column, kind.impl_instance) if isinstance(kind, sa.TypeDecorator) else column


def _text(known_by: tuple[Any, ...]) -> str:
    return "/".join("" if value is None else str(value) for value in known_by)


# --- noting what is touched -----------------------------------------------------------------------


@sa.event.listens_for(Session, "after_flush")
def _note_objects(db: Session, _context: object) -> None:
    touched = db.info.get(_TOUCHED)
    if touched is None:
        return
    for each in (*db.new, *db.dirty, *db.deleted):
        name = each.__tablename__
        if name in _IDENTITY:
            touched.add((name, tuple(getattr(each, column) for column in _IDENTITY[name])))


@sa.event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    statement, touched = state.statement, state.session.info.get(_TOUCHED)
    if touched is None or not isinstance(statement, sa.Insert | sa.Update | sa.Delete):
        return
    table = Table.metadata.tables[statement.table.name]  # type: ignore[union-attr]
    if isinstance(statement, sa.Insert):
        if table.name in _IDENTITY:
            given: Any = state.parameters or {}
            rows: list[dict[str, Any]] = given if isinstance(given, list) else [given]
            assert all(set(_IDENTITY[table.name]) <= set(row) for row in rows), "witnessed rows are inserted by value"
            touched |= {(table.name, tuple(row[column] for column in _IDENTITY[table.name])) for row in rows}
        return
    condition = statement.whereclause if statement.whereclause is not None else sa.true()
    touched |= _reached(state.session, table, condition, cascades=isinstance(statement, sa.Delete))


def _reached(db: Session, table: sa.Table, condition: sa.ColumnElement[bool], *, cascades: bool) -> set[_Row]:
    """The witnessed rows that meet this, and those that their foreign keys delete with them."""
    found: set[_Row] = set()
    if table.name in _IDENTITY:
        known = (table.c[column] for column in _IDENTITY[table.name])
        found |= {(table.name, tuple(row)) for row in db.execute(sa.select(*known).where(condition))}
    for name in _IDENTITY if cascades else ():
        child = Table.metadata.tables[name]
        for key in child.foreign_keys:
            if key.column.table is table and key.ondelete == "CASCADE":
                gone = sa.select(key.column).where(condition)
                found |= _reached(db, child, key.parent.in_(gone), cascades=True)
    return found
