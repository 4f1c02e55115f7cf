"""Recovery: files are opened with the offline key when nobody else can, with the database or without it.

Every data key is sealed to the recovery key twice: in the database, and in the note beside the file. Either will do.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, KeyWrap, name_key
from hub import keys
from hub.access import Caller, Tx, action
from hub.artifacts import Found, Version, open_found, version_of
from hub.errors import Ambiguous, Conflict, Damaged, Invalid, NotFound
from hub.home import Hub
from hub.items import Kind, find_seen
from hub.proofs import require_proof
from hub.sealing import data_key_label, note_key, row_of, rows_of, seal_data_key, wrap_label
from hub.staging import clean_file_name
from hub.storage import Storage
from secure.container import IntegrityError, Opener
from secure.keys import EncryptionKey, unwrap


def load_key(file: Path) -> EncryptionKey:
    """The recovery key from the file that ``init`` wrote; ``Invalid`` for any other."""
    hint = "give the file that `openmodelhub init` wrote"
    try:
        return EncryptionKey.load_pem(file.read_text("ascii"))
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}", hint) from None
    except ValueError:
        raise Invalid(f"{file} holds no recovery key", hint) from None


# --- sealing anew ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of the versions of an item, by their numbers.

    They are sealed to their owner now, were open to them before, are lost to the recovery key too, or damaged: not
    what their owner signed.
    """

    kind: Kind
    item: str
    owner: str
    sealed: list[int]
    open_before: list[int]
    lost: list[int]
    damaged: list[int]

    def as_json(self) -> dict[str, Any]:
        """The object of ``recover --json``."""
        return asdict(self)


def recover_item(caller: Caller, key: EncryptionKey, kind: Kind, item_id: int) -> Resealed:
    """Seal every version of an item to its owner's present keys, and to who was let in; what is there stays.

    ``Conflict`` when a version was signed by somebody who is still here and is not the owner: then somebody changed in
    the database whose the item is, and would get by recovery what they cannot open.
    """
    data_keys, damaged = {}, set()
    for one in _find_all(caller, key, kind, item_id):
        try:
            open_found(caller.hub, one)[0].close()
            data_keys[one.row.blob_id] = one.data_key
        except (IntegrityError, NotFound):
            damaged.add(one.row.blob_id)
    return _seal_anew(caller, kind, item_id, data_keys, damaged)


recover_item.permission = "artifact.recover"  # type: ignore[attr-defined]


@action("artifact.recover", reads=True, quiet=True)
def _find_all(caller: Caller, tx: Tx, key: EncryptionKey, kind: Kind, item_id: int) -> list[Found]:
    require_proof(caller, tx)
    hub, item = caller.hub, find_seen(caller, tx.db, kind, item_id)
    tx.concerns(kind, item_id)
    tx.note(name=item.name)
    _check_key(hub, key)
    rows = rows_of(tx.db, kind, item_id)
    if not rows:
        raise NotFound(f"{item.name} has no file yet", "there is nothing to recover")
    found = []
    for row in rows:
        data_key = _find_data_key(hub, tx.db, key, row)
        if data_key is not None:
            signer = keys.find_key(hub, tx.db, row.signed_by, "signing")
            found.append(Found(row, version_of(row, item), signer, data_key))
    tx.db.expunge_all()
    return found


@action("artifact.recover")
def _seal_anew(
    caller: Caller, tx: Tx, kind: Kind, item_id: int, data_keys: Mapping[str, bytes], damaged: Collection[str]
) -> Resealed:
    require_proof(caller, tx)
    hub, item = caller.hub, find_seen(caller, tx.db, kind, item_id)
    tx.concerns(kind, item_id)
    tx.note(name=item.name, owner=item.owner)
    public = keys.current_key(hub, tx.db, item.owner_id, "encryption")
    if public is None:
        raise Conflict(f"{item.owner} has no keys yet", "have them sign in once, then recover again")
    done = Resealed(kind, item.name, item.owner, [], [], [], [])
    for row in rows_of(tx.db, kind, item_id):
        if row.blob_id not in data_keys:
            (done.damaged if row.blob_id in damaged else done.lost).append(row.version)
            continue
        if keys.holder_of(hub, tx.db, row.signed_by) not in (None, item.owner_id):
            raise Conflict(
                f"version {row.version} of {item.name} was not signed by {item.owner}, and who signed it is still here",
                "find out whose it is: `openmodelhub audit show` says who published it",
            )
        was_open = tx.db.get(KeyWrap, (row.blob_id, public.key_id)) is not None
        # Not to the hub: what is public was sealed to it by its owner, or is not public by its owner's will.
        seal_data_key(hub, tx.db, row, data_keys[row.blob_id], "private")
        (done.open_before if was_open else done.sealed).append(row.version)
    tx.note(sealed=done.sealed, lost=done.lost, damaged=done.damaged)
    return done


def _check_key(hub: Hub, key: EncryptionKey) -> None:
    if key.public_pem() != keys.hub_public(hub, keys.RECOVERY_KEY):
        raise Invalid("this is the recovery key of another hub", "give the file that `openmodelhub init` wrote here")


def _find_data_key(hub: Hub, db: Session, key: EncryptionKey, row: Artifact) -> bytes | None:
    """The data key from the database, else from the note; None when neither has it for this version of this item."""
    label = wrap_label(row, keys.RECOVERY_KEY)
    kept = db.scalar(
        sa.select(KeyWrap.sealed_key).where(KeyWrap.blob_id == row.blob_id, KeyWrap.key_id == keys.RECOVERY_KEY)
    )
    found = _try(key, kept, label)
    return found if found is not None else _try(key, _sealed_in_note(hub.storage, row.blob_id), label)


def _try(key: EncryptionKey, sealed: bytes | None, label: bytes) -> bytes | None:
    try:
        return key.open(sealed, label) if sealed else None
    except ValueError:
        return None


def _sealed_in_note(storage: Storage, blob_id: str) -> bytes | None:
    try:
        return base64.b64decode(json.loads(storage.read_note(blob_id))["sealed_key"])
    except (NotFound, ValueError, KeyError, TypeError):
        return None


# --- reading --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Recovered:
    """A file that is open for reading; what it gives out is verified. Close it after use."""

    file_name: str
    size: int
    etag: str
    _opener: Opener = field(repr=False)
    _damage: Callable[[], NoReturn] = field(repr=False)
    close: Callable[[], None] = field(repr=False)

    def read(self, start: int = 0) -> Iterator[bytes]:
        """The content from ``start`` on, in pieces of at most a MiB; ``Damaged`` cuts it off."""
        try:
            yield from self._opener.read(start)
        except IntegrityError:
            self._damage()


def open_recovered(
    caller: Caller, key: EncryptionKey, kind: Kind, item_id: int, version: int | None = None
) -> Recovered:
    """A version of an item, the latest unless said otherwise; ``Damaged`` when it is not what the owner signed."""
    found = _find(caller, key, kind, item_id, version)

    def damage() -> NoReturn:
        _note_damage(caller, found.version)
        raise Damaged

    try:
        file, opener = open_found(caller.hub, found)
    except IntegrityError:
        damage()
    return Recovered(found.version.file_name, found.version.size, found.version.sha256, opener, damage, file.close)


open_recovered.permission = "artifact.recover"  # type: ignore[attr-defined]


@action("artifact.recover", reads=True)
def _find(caller: Caller, tx: Tx, key: EncryptionKey, kind: Kind, item_id: int, version: int | None) -> Found:
    require_proof(caller, tx)
    item = find_seen(caller, tx.db, kind, item_id)
    tx.concerns(kind, item_id)
    tx.note(name=item.name, owner=item.owner, written_out=True)
    _check_key(caller.hub, key)
    row = row_of(tx.db, item, version)
    tx.note(version=row.version)
    data_key = _find_data_key(caller.hub, tx.db, key, row)
    if data_key is None:
        raise NotFound(
            f"the recovery key does not open version {row.version} of {item.name}",
            "see what the storage has with --without-database",
        )
    signer = keys.find_key(caller.hub, tx.db, row.signed_by, "signing")
    tx.db.expunge(row)
    return Found(row, version_of(row, item), signer, data_key)


@action("artifact.recover", reads=True)
def _note_damage(caller: Caller, tx: Tx, version: Version) -> None:
    """Put on the audit trail that a file is not what was published; raises ``Damaged``."""
    tx.concerns(version.kind, version.item_id)
    tx.note(name=version.item_name, version=version.version)
    raise Damaged


# --- without the database -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Noted:
    """A version as the note beside its file has it. Nobody signed that: who can write to the storage can put one in."""

    kind: Kind
    item_id: int
    version: int
    item: str
    owner: str
    file_name: str
    media_type: str
    size: int
    sha256: str
    blob_id: str
    data_key: bytes = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """The object of ``recover --without-database --json``."""
        return {name: value for name, value in asdict(self).items() if name != "data_key"}


def read_notes(storage: Storage, key: EncryptionKey) -> tuple[list[Noted], int]:
    """What the notes beside the files say, by owner, item and version; and how many do not open with this key."""
    found, shut = [], 0
    for blob_id in sorted({blob_id for blob_id, _ in storage.blob_ids()}):
        try:
            note = storage.read_note(blob_id)
        except NotFound:
            continue  # an upload that was not published
        try:
            found.append(_read_note(key, blob_id, note))
        except (ValueError, KeyError, TypeError):
            shut += 1
    return sorted(found, key=lambda one: (one.owner, one.item, one.kind, one.item_id, one.version)), shut


def _read_note(key: EncryptionKey, blob_id: str, raw: bytes) -> Noted:
    note = json.loads(raw)
    kind, item_id, version = note["kind"], int(note["item"]), int(note["version"])
    label = data_key_label(blob_id, kind, item_id, version, int(note["epoch"]), keys.RECOVERY_KEY)
    data_key = key.open(base64.b64decode(note["sealed_key"]), label)
    about = json.loads(unwrap(note_key(data_key), base64.b64decode(note["about"]), blob_id))
    about["file_name"] = clean_file_name(about["file_name"])
    return Noted(kind, item_id, version, **about, blob_id=blob_id, data_key=data_key)


def noted_as(notes: Sequence[Noted], name: str, kind: Kind | None = None) -> list[Noted]:
    """Those of an item of this name, of owner/name, or of a blob; ``NotFound`` for none."""
    wanted = name_key(name)
    found = [
        one
        for one in notes
        if kind in (None, one.kind) and wanted in (name_key(one.item), name_key(f"{one.owner}/{one.item}"), one.blob_id)
    ]
    if not found:
        raise NotFound(f"the storage has no file of '{name[:200]}'", "leave the name out to see what there is")
    return found


def pick_noted(notes: Sequence[Noted], name: str, kind: Kind | None = None, version: int | None = None) -> Noted:
    """The version of the one item that is called so, the latest unless said otherwise."""
    found = noted_as(notes, name, kind)
    if len({(one.kind, one.item_id, one.owner) for one in found}) > 1:
        raise Ambiguous(f"several items are called '{name[:200]}'", "say owner/name, --kind, or the blob's number")
    fitting = [one for one in found if version in (None, one.version)]
    if not fitting:
        raise NotFound(f"the storage has no version {version} of {found[0].item}", "leave it out for the latest")
    return max(fitting, key=lambda one: one.version)


def open_noted(storage: Storage, noted: Noted) -> Recovered:
    """The file of a note; ``Damaged`` when it does not fit together with it."""
    file = storage.open(noted.blob_id)

    def damage() -> NoReturn:
        raise Damaged

    try:
        opener = Opener(file, noted.data_key)
        if (opener.header.blob_id, opener.size) != (noted.blob_id, noted.size):
            raise Damaged
    except BaseException as error:
        file.close()
        if isinstance(error, IntegrityError):
            raise Damaged from None
        raise
    return Recovered(noted.file_name, noted.size, noted.sha256, opener, damage, file.close)
