"""Affiliations: the organisations people belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Affil, UserAffil, name_key
from hub.access import Caller, Tx, action
from hub.errors import Conflict, NotFound
from hub.fields import check_name, check_names, nearest, suggest
from hub.items import BATCH, batches
from hub.names import index_name, index_names
from hub.plans import Change, Draft, planned


@action("affiliation.edit")
def create_affiliation(caller: Caller, tx: Tx, name: str) -> int:
    """Make an affiliation; its ``affil_id``. Conflict when there is one of that name."""
    return _create(tx, _fresh_name(tx, name))


@planned("affiliation.edit", "Create")
def plan_affiliation(caller: Caller, tx: Tx, name: str) -> Draft:
    """Plan to make an affiliation."""
    fresh = _fresh_name(tx, name)

    def run(_chosen: Mapping[str, str]) -> str:
        _create(tx, fresh)
        return f"{fresh} is an affiliation now."

    return Draft(f"Create the affiliation {fresh}", [Change(fresh, None, "an affiliation of nobody yet")], run)


def _fresh_name(tx: Tx, name: str) -> str:
    fresh = check_name("affiliation", name, slash=True)
    if find_affiliations(tx.db, [fresh]):
        raise Conflict(f"there is an affiliation called '{fresh}' already", "use that one")
    return fresh


def _create(tx: Tx, name: str) -> int:
    (affil_id,) = insert_affiliations(tx.db, [name])
    tx.concerns("affil", affil_id)
    tx.note(name=name)
    return affil_id


@action("affiliation.edit")
def rename_affiliation(caller: Caller, tx: Tx, name: str, new_name: str) -> None:
    """Rename an affiliation; Conflict when another one has the new name."""
    _rename(tx, *_renaming(tx, name, new_name))


@planned("affiliation.edit", "Rename")
def plan_affiliation_rename(caller: Caller, tx: Tx, name: str, new_name: str) -> Draft:
    """Plan to rename an affiliation."""
    affil_id, old, fresh = _renaming(tx, name, new_name)
    members = tx.db.scalar(sa.select(sa.func.count()).where(UserAffil.affil_id == affil_id)) or 0

    def run(_chosen: Mapping[str, str]) -> str:
        _rename(tx, affil_id, old, fresh)
        return f"{old} is called {fresh} now."

    change = Change(f"affiliation of {members} {'person' if members == 1 else 'people'}", old, fresh)
    return Draft(f"Rename {old}", [change] if fresh != old else [], run, about=[affil_id])


def _renaming(tx: Tx, name: str, new_name: str) -> tuple[int, str, str]:
    """Which affiliation is meant, what it is called, and its new name, checked."""
    fresh = check_name("affiliation", new_name, slash=True)
    known = find_affiliations(tx.db, [name, fresh])
    affil_id = known.get(name_key(name))
    if affil_id is None:
        raise _no_affiliation(tx.db, name)
    if known.get(name_key(fresh), affil_id) != affil_id:
        raise Conflict(f"there is an affiliation called '{fresh}' already", "choose another name")
    tx.concerns("affil", affil_id)
    old = tx.db.scalar(sa.select(Affil.affil_name).where(Affil.affil_id == affil_id)) or name
    tx.note(name=old, new_name=fresh)
    return affil_id, old, fresh


def _rename(tx: Tx, affil_id: int, _old: str, fresh: str) -> None:
    row = {"affil_name": fresh, "name_key": name_key(fresh)}
    tx.db.execute(sa.update(Affil).where(Affil.affil_id == affil_id).values(**row))
    index_name(tx.db, "affil", affil_id, fresh)


@action("catalog.browse", reads=True)
def list_affiliations(caller: Caller, tx: Tx) -> list[dict[str, Any]]:
    """Every affiliation with how many people belong to it, by name."""
    query = (
        sa.select(Affil.affil_id, Affil.affil_name, sa.func.count(UserAffil.user_id).label("people"))
        .outerjoin(UserAffil, UserAffil.affil_id == Affil.affil_id)
        .group_by(Affil.affil_id, Affil.affil_name, Affil.name_key)
        .order_by(Affil.name_key)
    )
    return [dict(row) for row in tx.db.execute(query).mappings()]


def find_affiliations(db: Session, names: Iterable[str]) -> dict[str, int]:
    """Folded name → affil_id of those of these affiliations that exist."""
    found: dict[str, int] = {}
    for batch in batches({name_key(name) for name in names}, BATCH):
        rows = db.execute(sa.select(Affil.name_key, Affil.affil_id).where(Affil.name_key.in_(batch)))
        found.update((row.name_key, row.affil_id) for row in rows)
    return found


def insert_affiliations(db: Session, names: Sequence[str]) -> list[int]:
    """Write these affiliations; their ids in order. Names must be checked and free."""
    for batch in batches(names, BATCH):
        db.execute(sa.insert(Affil), [{"affil_name": name, "name_key": name_key(name)} for name in batch])
    known = find_affiliations(db, names)
    ids = [known[name_key(name)] for name in names]
    index_names(db, "affil", zip(ids, names, strict=True))
    return ids


def _no_affiliation(db: Session, name: str) -> NotFound:
    near = nearest(name, db.scalars(sa.select(Affil.affil_name).limit(5000)))
    return NotFound(f"there is no affiliation called '{name[:200]}'", suggest(near))


def affiliation_ids(db: Session, names: Sequence[str], make: bool = False) -> list[int]:
    """The ids of these affiliations; ``make`` creates those that do not exist yet, else NotFound names the first."""
    wanted = check_names("affiliation", [name for name in names if name.strip()], slash=True)
    known = find_affiliations(db, wanted)
    missing = [name for name in wanted if name_key(name) not in known]
    if missing and not make:
        raise _no_affiliation(db, missing[0])
    insert_affiliations(db, missing)
    known |= find_affiliations(db, missing)
    return [known[name_key(name)] for name in wanted]


def set_affiliations(db: Session, user_id: int, names: Sequence[str]) -> list[str]:
    """Make these the affiliations of a person, and no others."""
    affil_ids = affiliation_ids(db, names)
    db.execute(sa.delete(UserAffil).where(UserAffil.user_id == user_id))
    if affil_ids:
        db.execute(sa.insert(UserAffil), [{"user_id": user_id, "affil_id": affil_id} for affil_id in affil_ids])
    return list(names)


def affiliations_of(db: Session, user_ids: Sequence[int]) -> dict[int, list[str]]:
    """user_id → names of the person's affiliations."""
    found: dict[int, list[str]] = {}
    for batch in batches(user_ids, BATCH):
        query = (
            sa.select(UserAffil.user_id, Affil.affil_name)
            .join(Affil, Affil.affil_id == UserAffil.affil_id)
            .where(UserAffil.user_id.in_(batch))
            .order_by(Affil.name_key)
        )
        for user_id, name in db.execute(query):
            found.setdefault(user_id, []).append(name)
    return found
