"""Records: a whole catalogue as JSON, taken in by ``load`` in one transaction and written out by ``export``."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Account, Affil, Dataset, Model, Table, User, name_key, utc_now
from hub.access import Caller, Tx, action, body_of
from hub.affiliations import affiliations_of, find_affiliations, insert_affiliations
from hub.catalog import read_items
from hub.errors import Ambiguous, Conflict, Invalid
from hub.fields import check_fields, check_name, check_names, check_value, nearest, suggest
from hub.items import (
    BATCH,
    SHAPES,
    Entry,
    Kind,
    batches,
    check_item,
    find_datasets,
    find_people,
    taken_names,
)
from hub.keys import Made, keep_keys, make_keys
from hub.parts import Placed, insert_items
from hub.passwords import DEMO_PASSWORD, hash_password
from hub.people import insert_people
from hub.plans import Change, Draft, planned, rehearse
from secure.passwords import is_hash

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all), now and then; a step is a record, or a person's keys."""

MOST_KEYS = 200
"""People of one file whose keys are made as it is loaded, which takes half a second each; further ones get theirs when
they first sign in."""

SECTIONS = ("affiliation", "user", "dataset", "model")
_NAMES = {"affiliation": "affil_name", "user": "user_name", "dataset": "ds_name", "model": "model_name"}
_USER_FIELDS = ("user_name", "password", "password_hash", "affiliate", "is_admin", "created_at")


@dataclass(slots=True)
class Summary:
    """How many records of each section were taken, and which were skipped because their name exists already.

    ``locked`` names the people who came without a password that works here: a reset gives each a one-time secret.
    """

    loaded: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SECTIONS, 0))
    known: dict[str, list[str]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    locked: list[str] = field(default_factory=list)

    @property
    def skipped(self) -> dict[str, int]:
        """How many were skipped of each section."""
        return {section: len(names) for section, names in self.known.items()}

    def as_json(self) -> dict[str, Any]:
        return {"loaded": self.loaded, "skipped": self.skipped, "locked": self.locked}


@dataclass(slots=True)
class _Person:
    """A checked record of a user; ``hashed`` is filled in between checking and storing."""

    row: dict[str, Any]
    affiliations: list[str]
    password: str | None = field(repr=False)
    hashed: str | None = field(default=None, repr=False)
    keys: Made | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        return str(self.row["name_key"])


@dataclass(slots=True)
class _Checked:
    """Records that are right in themselves, with their places in the file; names they refer to are not looked up."""

    source: str
    affiliation: list[str] = field(default_factory=list)
    user: list[_Person] = field(default_factory=list)
    dataset: list[Entry] = field(default_factory=list)
    model: list[Entry] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(getattr(self, section)) for section in SECTIONS)


# --- taking in ------------------------------------------------------------------------------------


def read_records(path: Path) -> Any:
    """The JSON in a file; ``Invalid`` names the line and column where it is broken."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}", "check the path") from None
    except UnicodeDecodeError:
        raise Invalid(f"{path.name} is not UTF-8 text", "save it as UTF-8") from None
    return parse_records(text, path.name)


def parse_records(text: str, source: str) -> Any:
    """The JSON in a text; ``Invalid`` names the line and column where it is broken."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_twice)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Invalid(f"{source}: {where}: {error.msg}", "mend the JSON there") from None
    except RecursionError:
        raise Invalid(f"{source}: lists and objects are nested too deeply") from None
    except ValueError as error:
        raise Invalid(f"{source}: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the field '{twice}' stands twice in one object")
    return made


def load_records(caller: Caller, data: Any, *, source: str = "records", progress: Progress | None = None) -> Summary:
    """Take a catalogue in, all of it or nothing; a name that exists already is skipped and counted.

    ``Invalid`` names source, record and field of the first thing wrong. Passwords are hashed before the one write
    transaction begins, so that others wait for the database no longer than the writing takes.
    """
    checked = _check(caller, lambda: data, source)
    report = progress or _no_progress
    made = _prepare_people(caller, checked, report)
    return _store(caller, checked, lambda done, total: report(made + done, made + total))


load_records.permission = "records.load"  # type: ignore[attr-defined]


def _ready(caller: Caller, confirming: bool, text: str, source: str) -> _Checked:
    checked = _check(caller, lambda: parse_records(text, source), source)
    if confirming:
        _prepare_people(caller, checked, _no_progress)
    return checked


@planned("records.load", "Load", prepare=_ready)
def plan_load(caller: Caller, tx: Tx, text: str, source: str) -> Draft:
    """Plan to take in the records in a JSON text: how many of each kind are new, and how many are there already."""
    checked: _Checked = tx.ready
    store = body_of(_store)
    trial = _Checked(
        source, checked.affiliation, [_rehearsed(one) for one in checked.user], checked.dataset, checked.model
    )
    summary = rehearse(tx, lambda under: store(caller, under, trial, _no_progress))
    if not any(summary.loaded.values()):
        why = "every name in it is there already" if any(summary.skipped.values()) else "it holds no records"
        raise Conflict(f"there is nothing to load from {source}", why)

    def run(_chosen: Mapping[str, str]) -> str:
        loaded = store(caller, tx, checked, _no_progress).loaded
        return f"Loaded {', '.join(f'{loaded[section]:,} of {section}' for section in SECTIONS if loaded[section])}."

    changes = [
        Change(section, f"{summary.loaded[section] + summary.skipped[section]:,} in the file", _gain(summary, section))
        for section in SECTIONS
        if summary.loaded[section] + summary.skipped[section]
    ]
    known = find_people(tx.db, [one.key for one in checked.user])
    admins = [one.row["user_name"] for one in checked.user if one.row["is_admin"] and one.key not in known]
    warnings = [f"New admins: {_names(admins)}."] if admins else []
    if summary.locked:
        warnings.append(f"Without a password, so that a reset must let them in: {_names(summary.locked)}.")
    return Draft(f"Load {source}", changes, run, warnings)


def _rehearsed(one: _Person) -> _Person:
    return _Person(one.row, one.affiliations, one.password, "-" if one.password else one.hashed)


def _gain(summary: Summary, section: str) -> str:
    known = summary.known[section]
    skipped = f", {len(known):,} there already: {_names(known)}" if known else ""
    return f"{summary.loaded[section]:,} added{skipped}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")


def _no_progress(_done: int, _all: int) -> None:
    return None


@action("records.load", reads=True, quiet=True)
def _check(caller: Caller, tx: Tx, read: Callable[[], Any], source: str) -> _Checked:
    tx.note(source=source)
    data = read()
    if not isinstance(data, Mapping):
        raise Invalid(f"{source}: an object with the lists {', '.join(SECTIONS)} is needed")
    try:
        check_fields(data, SECTIONS)
    except Invalid as error:
        raise Invalid(f"{source}: {error.message}", error.hint) from None
    checked = _Checked(source)
    for section in SECTIONS:
        records = data.get(section)
        if records is None:
            continue
        if not isinstance(records, list):
            raise Invalid(f"{source}: {section}: a list of records is needed")
        found = getattr(checked, section)
        for number, record in enumerate(records, 1):
            with _place(source, section, number, record):
                found.append(_check_record(section, record))
    production = caller.hub.settings.hub_env == "production"
    if production and any(person.password == DEMO_PASSWORD for person in checked.user):
        raise Invalid(f"{source}: demo passwords are not taken with HUB_ENV=production", "give each person their own")
    return checked


def _check_record(section: str, record: Any) -> Any:
    if section == "affiliation":
        return check_name("affil_name", check_fields(record, ["affil_name"]).get("affil_name"), slash=True)
    if section == "user":
        return _check_person(record)
    return check_item("dataset" if section == "dataset" else "model", record)


def _check_person(record: Any) -> _Person:
    record = check_fields(record, _USER_FIELDS)
    columns = Table.metadata.tables["user"].c
    name = check_name("user_name", record.get("user_name"))
    password, hashed = (_secret(record, field) for field in ("password", "password_hash"))
    if password and hashed:
        raise Invalid("password_hash: there is a password too", "give one of them")
    if hashed and not is_hash(hashed):
        password, hashed = hashed, None  # older files carry plain passwords under this name
    is_admin = check_value(columns.is_admin, record.get("is_admin") or False)
    created_at = check_value(columns.created_at, record.get("created_at") or utc_now())
    row = {"user_name": name, "name_key": name_key(name), "is_admin": is_admin, "created_at": created_at}
    return _Person(row, check_names("affiliate", record.get("affiliate"), slash=True), password)


def _secret(record: Mapping[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is not None and not isinstance(value, str):
        raise Invalid(f"{field}: text is needed")
    return value or None


@contextmanager
def _place(source: str, section: str, number: int, record: Any) -> Iterator[None]:
    """Says in an error's message which record of which file it is about."""
    try:
        yield
    except (Invalid, Ambiguous) as error:
        name = record.get(_NAMES[section]) if isinstance(record, Mapping) else getattr(record, "name", None)
        named = f' ("{name[:80]}")' if isinstance(name, str) and name.isprintable() else ""
        raise Invalid(f"{source}: {section} {number}{named}: {error.message}", error.hint) from None


def _prepare_people(caller: Caller, checked: _Checked, progress: Progress) -> int:
    """Hash the passwords of new people and make keys for the first ``MOST_KEYS`` of them; for how many.

    Who has the demo password gets keys when these are needed, as it is known: see ``hub.keys.give_demo_keys``.
    """
    hub = caller.hub
    with hub.database.read() as db:
        known = find_people(db, [person.key for person in checked.user])
    fresh = [person for person in checked.user if person.password and person.key not in known]
    lucky = [person for person in fresh if not _is_demo(person)][:MOST_KEYS]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        hashes = pool.map(lambda person: hash_password(hub, person.password or ""), fresh)
        for person, hashed in zip(fresh, hashes, strict=True):
            person.hashed = hashed
        for done, (person, made) in enumerate(
            zip(lucky, pool.map(lambda person: make_keys(hub, person.password or ""), lucky), strict=True)
        ):
            progress(done, len(lucky) + len(checked))
            person.keys = made
    return len(lucky)


@action("records.load")
def _store(caller: Caller, tx: Tx, checked: _Checked, progress: Progress) -> Summary:
    summary = Summary()
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(checked))

    advance(0)
    _store_affiliations(tx.db, checked, summary)
    advance(len(checked.affiliation))
    _store_people(caller, tx.db, checked, summary)
    advance(len(checked.user))
    loader = _loader(caller, tx.db)
    _store_items(tx.db, "dataset", checked, loader, summary, advance)
    _store_items(tx.db, "model", checked, loader, summary, advance)
    tx.concerns("records", checked.source)
    tx.note(source=checked.source, loaded=summary.loaded, skipped=summary.skipped, locked=len(summary.locked))
    return summary


def _store_affiliations(db: Session, checked: _Checked, summary: Summary) -> None:
    known = find_affiliations(db, checked.affiliation)
    fresh: dict[str, str] = {}
    for name in checked.affiliation:
        if name_key(name) in known or name_key(name) in fresh:
            summary.known["affiliation"].append(name)
        else:
            fresh[name_key(name)] = name
    insert_affiliations(db, list(fresh.values()))
    summary.loaded["affiliation"] = len(fresh)


def _store_people(caller: Caller, db: Session, checked: _Checked, summary: Summary) -> None:
    known = find_people(db, [person.key for person in checked.user])
    affiliations = find_affiliations(db, [name for person in checked.user for name in person.affiliations])
    fresh: dict[str, tuple[_Person, list[int]]] = {}
    for number, person in enumerate(checked.user, 1):
        with _place(checked.source, "user", number, person.row):
            if person.password and not person.hashed and person.key not in known:
                raise Invalid("user_name: the account was removed while the file was read", "load the file again")
            affil_ids = [
                _look_up(db, affiliations, name, "affiliate", Affil.affil_name) for name in person.affiliations
            ]
        if person.key in known or person.key in fresh:
            summary.known["user"].append(person.row["user_name"])
        else:
            fresh[person.key] = (person, affil_ids)
    rows = [
        ({**person.row, "password_hash": person.hashed, "is_active": person.hashed is not None}, affil_ids)
        for person, affil_ids in fresh.values()
    ]
    ids = insert_people(db, rows)
    accounts = [
        {"user_id": user_id, "must_change_password": person.hashed is None, "demo_password": _is_demo(person)}
        for user_id, (person, _) in zip(ids, fresh.values(), strict=True)
        if person.hashed is None or _is_demo(person)
    ]
    for batch in batches(accounts, BATCH):
        db.execute(sa.insert(Account), batch)
    for user_id, (person, _) in zip(ids, fresh.values(), strict=True):
        if person.keys is not None:
            keep_keys(caller.hub, db, user_id, person.keys)
    summary.locked = [person.row["user_name"] for person, _ in fresh.values() if person.hashed is None]
    summary.loaded["user"] = len(fresh)


def _is_demo(person: _Person) -> bool:
    return person.password == DEMO_PASSWORD


def _loader(caller: Caller, db: Session) -> int | None:
    """Who owns what names no owner: the person who loads; the first admin when the hub itself does."""
    if caller.user_id is not None:
        return caller.user_id
    return db.scalar(sa.select(User.user_id).where(User.is_admin, User.is_active).order_by(User.user_id).limit(1))


def _store_items(
    db: Session, kind: Kind, checked: _Checked, loader: int | None, summary: Summary, advance: Callable[[int], None]
) -> None:
    entries: list[Entry] = getattr(checked, kind)
    if not entries:
        return
    field = SHAPES[kind].people_field
    known = find_people(
        db, [name for entry in entries for name in (*entry.people, *([entry.owner] if entry.owner else []))]
    )
    seen: set[tuple[int, str]] = set()
    number = 0
    for batch in batches(entries, BATCH):
        placed: list[tuple[int, Placed]] = []
        for entry in batch:
            number += 1
            with _place(checked.source, kind, number, entry):
                people_ids = [_look_up(db, known, name, field, User.user_name) for name in entry.people]
                owner_id = _look_up(db, known, entry.owner, "owner", User.user_name) if entry.owner else None
                owner_id = owner_id or next(iter(people_ids), loader)
                if owner_id is None:
                    raise Invalid("owner: nobody is named, and the hub has no admin who could own it", "name an owner")
            placed.append((number, Placed(entry, owner_id, people_ids)))
        taken = taken_names(db, kind, [(one.owner_id, one.entry.key) for _, one in placed]) | seen
        fresh: list[tuple[int, Placed]] = []
        for position, one in placed:
            name = (one.owner_id, one.entry.key)
            if name in taken:
                summary.known[kind].append(one.entry.name)
                continue
            taken.add(name)
            seen.add(name)
            fresh.append((position, one))
        if kind == "model":
            _look_up_datasets(db, checked.source, fresh)
        insert_items(db, kind, [one for _, one in fresh])
        summary.loaded[kind] += len(fresh)
        advance(len(batch))


def _look_up_datasets(db: Session, source: str, models: Sequence[tuple[int, Placed]]) -> None:
    by_owner: dict[int, dict[str, int]] = {}
    names: dict[int, list[str]] = {}
    for _, one in models:
        names.setdefault(one.owner_id, []).extend(one.entry.datasets)
    for owner_id, wanted in names.items():
        try:
            by_owner[owner_id] = find_datasets(db, wanted, _everything, owner_id)
        except Ambiguous:
            by_owner[owner_id] = {}  # found again, one by one, to say which record it is
    for number, one in models:
        with _place(source, "model", number, one.entry):
            known = by_owner[one.owner_id] or find_datasets(db, one.entry.datasets, _everything, one.owner_id)
            one.ds_ids = [_look_up(db, known, name, "datasets", Dataset.ds_name) for name in one.entry.datasets]


def _everything(_table: sa.Table) -> None:
    return None


def _look_up(db: Session, known: Mapping[str, int], name: str, field: str, column: Any) -> int:
    found = known.get(name_key(name))
    if found is None:
        near = nearest(name, db.scalars(sa.select(column).limit(5000)))
        raise Invalid(f"{field}: there is no '{name[:200]}'", suggest(near) or "name one of the file or of the hub")
    return found


# --- writing out ----------------------------------------------------------------------------------


@action("records.export", reads=True)
def export_records(caller: Caller, tx: Tx) -> dict[str, list[dict[str, Any]]]:
    """The whole catalogue in the form that ``load`` takes, without any password or hash."""
    db = tx.db
    exported: dict[str, list[dict[str, Any]]] = {
        "affiliation": [
            {"affil_name": name} for name in db.scalars(sa.select(Affil.affil_name).order_by(Affil.affil_id))
        ],
        "user": _export_people(db),
    }
    for kind, item_id in (("dataset", Dataset.ds_id), ("model", Model.model_id)):
        ids = list(db.scalars(sa.select(item_id).order_by(item_id)))
        exported[kind] = [
            record for batch in batches(ids, BATCH) for record in read_items(db, _kind(kind), batch, _everything)
        ]
    tx.concerns("records", "all")
    tx.note(**{section: len(records) for section, records in exported.items()})
    return exported


def _kind(name: str) -> Kind:
    return "model" if name == "model" else "dataset"


def _export_people(db: Session) -> list[dict[str, Any]]:
    rows = db.execute(
        sa.select(User.user_id, User.user_name, User.is_admin, User.created_at).order_by(User.user_id)
    ).all()
    affiliations = affiliations_of(db, [row.user_id for row in rows])
    return [
        {
            "user_name": row.user_name,
            "affiliate": affiliations.get(row.user_id, []),
            "is_admin": row.is_admin,
            "created_at": row.created_at.strftime("%Y-%m-%d %H:%M:%S"),
        }
        for row in rows
    ]


def write_records(exported: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The JSON text of exported records, one record a line."""
    lists = (
        f"{json.dumps(section)}: [\n" + ",\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n]"
        for section, records in exported.items()
    )
    return "{\n" + ",\n".join(lists) + "\n}\n"
