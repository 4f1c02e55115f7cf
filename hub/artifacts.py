"""The files of models and datasets: published as versions, signed by their owner, opened by whom they are sealed to.

Each version has a data key of its own, sealed to the owner, to recovery, to everyone who was let in, and, for public
items alone, to the hub. What a row says is signed by the owner and carries a MAC of the hub, so a row that was changed,
swapped or put in by somebody else opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import (
    Artifact,
    Dataset,
    Invitation,
    InvitationWrap,
    KeyWrap,
    Model,
    PersonKey,
    StagedFile,
    User,
    name_key,
    utc_now,
)
from hub import keys
from hub.access import Caller, Tx, action, body_of
from hub.catalog import create_dataset, create_model
from hub.errors import Conflict, Damaged, Denied, NotFound
from hub.grants import epoch_of, lets_download, may_download, owner_of, standing_invitations
from hub.home import Hub
from hub.items import SHAPES, Kind, ids_by_name, only_seen, sees_of
from hub.proofs import require_proof
from hub.staging import StagedKey, open_key
from secure.container import IntegrityError, Opener
from secure.keys import hkdf, seal_to, unwrap, verify_signature, wrap

MEDIA_TYPES: Mapping[str, str] = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}
"""Ending of a file name → MIME type; any other file is a stream of bytes."""


_CHECKED_AFTER = 0.05  # seconds of a running download, or
_CHECKED_EVERY = 8  # pieces of it, whichever is over first


@dataclass(frozen=True, slots=True)
class Said:
    """What was found out about a file: its format, a warning where there is one, its tensors, and a preview of it.

    The warning goes with the file wherever it is shown; the preview is kept so that it opens with the file's key alone.
    """

    format: str = ""
    warning: str = ""
    manifest: bytes | None = None
    preview: bytes | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the file of an item, as everyone who sees the item may know it."""

    kind: Kind
    item_id: int
    item_name: str
    owner: str
    version: int
    file_name: str
    media_type: str
    format: str
    warning: str
    size: int
    sha256: str
    created_at: str

    def as_json(self) -> dict[str, Any]:
        """The object of ``versions --json``."""
        return asdict(self)

    @property
    def link(self) -> str:
        """The path at which a browser downloads it."""
        return f"/files/{self.kind}/{self.item_id}/{self.version}"


# --- publishing -----------------------------------------------------------------------------------


def publish(caller: Caller, ref: str, kind: Kind, item_id: int, said: Said = Said()) -> Version:
    """Make an upload the next version of an item of the caller's own."""
    return _publish(caller, open_key(caller, ref), keys.unlocked(caller), kind, item_id, None, said)


def publish_new(caller: Caller, ref: str, kind: Kind, record: Mapping[str, Any], said: Said = Said()) -> Version:
    """Register an item from a record as ``load`` takes it, with an upload as its first version: both or nothing."""
    return _publish(caller, open_key(caller, ref), keys.unlocked(caller), kind, None, record, said)


publish.permission = publish_new.permission = "artifact.upload"  # type: ignore[attr-defined]


@action("artifact.upload")
def _publish(
    caller: Caller,
    tx: Tx,
    staged: StagedKey,
    opened: keys.Unlocked,
    kind: Kind,
    item_id: int | None,
    record: Mapping[str, Any] | None,
    said: Said,
) -> Version:
    hub, facts = caller.hub, staged.facts
    require_proof(caller, tx)
    if facts is None:
        raise Conflict("this upload is not complete", "resume it, or upload the file again")
    if item_id is None:
        item_id = _create(caller, tx, kind, record or {})
    item = own_item(caller, tx.db, kind, item_id, "publish a version of it")
    taken = tx.db.execute(sa.delete(StagedFile).where(StagedFile.blob_id == staged.ref))
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("this upload was published or removed already", "upload the file again")
    row = Artifact(
        blob_id=staged.ref,
        **{SHAPES[kind].id.name: item_id},
        version=_next_version(tx.db, kind, item_id),
        epoch=epoch_of(hub, tx.db, kind, item_id),
        file_name=staged.file_name,
        media_type=MEDIA_TYPES.get(PurePath(staged.file_name).suffix.lower(), "application/octet-stream"),
        format=said.format[:32],
        warning=said.warning[:255],
        size=facts.size,
        sha256=facts.sha256,
        signed_by=opened.signing_id,
        created_at=utc_now(),
    )
    statement = _statement(hub, row, facts.header, facts.tags)
    row.signature = opened.signing.sign(statement)
    row.mac = hub.mac("artifact-row", statement + row.signature)
    tx.db.add(row)
    tx.db.flush()
    seal_data_key(hub, tx.db, row, staged.data_key, item.visibility)
    _write_note(hub, row, staged.data_key, item, said.preview)
    if kind == "model":
        tx.db.execute(sa.update(Model).where(Model.model_id == item_id).values(param=said.manifest))
    tx.concerns(kind, item_id)
    tx.note(name=item.name, version=row.version, size=row.size, sha256=row.sha256)
    if item.visibility == "public":
        tx.note(file_name=row.file_name)
    return version_of(row, item)


def _create(caller: Caller, tx: Tx, kind: Kind, record: Mapping[str, Any]) -> int:
    permission, create = f"{kind}.create", create_model if kind == "model" else create_dataset
    if not caller.may(permission):
        raise Denied(f"you may not register {kind}s", "an administrator can grant you this permission")
    return body_of(create)(caller, tx, record)


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
    item = find_seen(caller, db, kind, item_id)
    if item.owner_id != caller.user_id:
        raise Denied(f"{item.name} is not yours", f"only its owner, {item.owner}, can {what}")
    return item


def _next_version(db: Session, kind: Kind, item_id: int) -> int:
    last = db.scalar(sa.select(sa.func.max(Artifact.version)).where(_of(kind, item_id)))
    return int(last or 0) + 1


def _of(kind: Kind, item_id: int) -> sa.ColumnElement[bool]:
    return (Artifact.model_id if kind == "model" else Artifact.ds_id) == item_id


# --- whom a version is sealed to ------------------------------------------------------------------


def seal_data_key(hub: Hub, db: Session, row: Artifact, data_key: bytes, visibility: str) -> None:
    """Seal a version's data key to its owner, to recovery, to who was let in, and to the hub where it is public."""
    recipients = {keys.RECOVERY_KEY: keys.hub_public(hub, keys.RECOVERY_KEY)}
    if visibility == "public":
        recipients[keys.HUB_KEY] = keys.hub_public(hub, keys.HUB_KEY)
    for user_id in [owner_of(db, *item_of(row)), *may_download(hub, db, row)]:
        public = keys.current_key(hub, db, user_id, "encryption")
        if public is not None:
            recipients[public.key_id] = public.public_pem
    for key_id, public_pem in recipients.items():
        if db.get(KeyWrap, (row.blob_id, key_id)) is None:
            sealed = seal_to(public_pem, data_key, wrap_label(row, key_id))
            db.add(KeyWrap(blob_id=row.blob_id, key_id=key_id, sealed_key=sealed))
    for invitation in standing_invitations(hub, db, *item_of(row)):
        if lets_download(invitation, row.version):
            seal_for_invitee(hub, db, row, data_key, invitation)
    db.flush()


def seal_for_invitee(hub: Hub, db: Session, row: Artifact, data_key: bytes, invitation: Invitation) -> None:
    """Seal a version's data key to an invitee: it waits with their invitation until they accept it."""
    public = keys.find_key(hub, db, invitation.key_id, "encryption")
    if public is not None and db.get(InvitationWrap, (invitation.invitation_id, row.blob_id)) is None:
        sealed = seal_to(public.public_pem, data_key, wrap_label(row, public.key_id))
        db.add(InvitationWrap(invitation_id=invitation.invitation_id, blob_id=row.blob_id, sealed_key=sealed))


def data_key_of(db: Session, row: Artifact, opened: keys.Unlocked) -> bytes | None:
    """A version's data key by these keys; None when it is not sealed to them, ``Damaged`` when the wrap is not good."""
    wrapped = db.get(KeyWrap, (row.blob_id, opened.encryption_id))
    if wrapped is None:
        return None
    try:
        return opened.encryption.open(wrapped.sealed_key, wrap_label(row, opened.encryption_id))
    except ValueError:
        raise Damaged from None


def follow_visibility(caller: Caller, db: Session, kind: Kind, item_id: int, visibility: str) -> None:
    """Seal the data keys of an item of the caller's to the hub too, now that it is public; or take that back.

    ``Conflict`` when a version was sealed to keys that the caller no longer has: nobody can open that one.
    """
    rows = rows_of(db, kind, item_id)
    if visibility == "private":
        blobs = [row.blob_id for row in rows]
        db.execute(sa.delete(KeyWrap).where(KeyWrap.blob_id.in_(blobs), KeyWrap.key_id == keys.HUB_KEY))
        return
    opened = keys.unlocked(caller) if rows else None
    for row in rows:
        assert opened is not None
        data_key = data_key_of(db, row, opened)
        if data_key is None:
            raise Conflict(
                f"version {row.version} is sealed to keys you no longer have", "an administrator can recover it for you"
            )
        seal_data_key(caller.hub, db, row, data_key, visibility)


def wrap_label(row: Artifact, key_id: str) -> bytes:
    """What a data key is bound to when it is sealed to a key: this version of this item in this epoch."""
    return data_key_label(row.blob_id, *item_of(row), row.version, row.epoch, key_id)


def data_key_label(blob_id: str, kind: Kind, item_id: int, version: int, epoch: int, key_id: str) -> bytes:
    """The same, without the row."""
    return f"omh/v1/data-key\n{blob_id}\n{kind}\n{item_id}\n{version}\n{epoch}\n{key_id}".encode()


def item_of(row: Artifact) -> tuple[Kind, int]:
    """The item that a version belongs to."""
    if row.model_id is not None:
        return "model", row.model_id
    assert row.ds_id is not None
    return "dataset", row.ds_id


def _statement(hub: Hub, row: Artifact, header: str, tags: str) -> bytes:
    """What the owner signs of a version: everything the row says, and digests of all that is in the file."""
    kind, item_id = item_of(row)
    said = {
        "hub": hub.hub_id,
        "artifact": kind,
        "item": item_id,
        "version": row.version,
        "epoch": row.epoch,
        "blob": row.blob_id,
        "header": header,
        "tags": tags,
        "size": row.size,
        "sha256": row.sha256,
        "file_name": row.file_name,
        "media_type": row.media_type,
        "format": row.format,
        "warning": row.warning,
        "signed_by": row.signed_by,
        "created_at": str(row.created_at),
    }
    return b"omh/v1/artifact\n" + json.dumps(said, sort_keys=True).encode()


def _write_note(hub: Hub, row: Artifact, data_key: bytes, item: Seen, preview: bytes | None = None) -> None:
    """Leave beside the file what recovery needs when the database is lost, and a preview of the file.

    Names in it, and the preview, open with the data key alone.

    Written before the transaction ends: should that fail, the next try writes another one in its place.
    """
    about = {"item": item.name, "owner": item.owner, "file_name": row.file_name, "media_type": row.media_type}
    kept = json.dumps({**about, "size": row.size, "sha256": row.sha256}).encode()
    sealed = seal_to(keys.hub_public(hub, keys.RECOVERY_KEY), data_key, wrap_label(row, keys.RECOVERY_KEY))
    note = {
        "v": 1,
        "blob": row.blob_id,
        "kind": item.kind,
        "item": item.item_id,
        "version": row.version,
        "epoch": row.epoch,
        "sealed_key": base64.b64encode(sealed).decode(),
        "about": base64.b64encode(wrap(note_key(data_key), kept, row.blob_id)).decode(),
    }
    if preview is not None:
        note["preview"] = base64.b64encode(wrap(note_key(data_key), preview, _preview_label(row))).decode()
    hub.storage.put_note(row.blob_id, json.dumps(note, sort_keys=True).encode())


def note_key(data_key: bytes) -> bytes:
    """The key under which the note beside a file keeps what it is about."""
    return hkdf(data_key, b"", b"omh/v1/note", 32)


def _preview_label(row: Artifact) -> str:
    return f"{row.blob_id}/preview"


# --- listing --------------------------------------------------------------------------------------


@action("catalog.browse", reads=True, quiet=True)
def find_own_item(caller: Caller, tx: Tx, kind: Kind, name: str) -> int | None:
    """The number of the caller's own item of this name; None when they have none."""
    found = ids_by_name(tx.db, SHAPES[kind], [name_key(name)])
    return next((item_id for (owner_id, _), item_id in found.items() if owner_id == caller.user_id), None)


@action("catalog.browse", reads=True, quiet=True)
def list_versions(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> list[Version]:
    """The versions of an item that the caller sees, newest first."""
    item = find_seen(caller, tx.db, kind, item_id)
    rows = tx.db.scalars(sa.select(Artifact).where(_of(kind, item_id)).order_by(Artifact.version.desc()))
    return [version_of(row, item) for row in rows]


@action("catalog.browse", reads=True, quiet=True)
def may_open(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> bool:
    """Whether the latest version of an item would open for the caller; False when there is none."""
    item = find_seen(caller, tx.db, kind, item_id)
    row = tx.db.scalar(sa.select(Artifact).where(_of(kind, item_id)).order_by(Artifact.version.desc()).limit(1))
    if row is None or not caller.may("artifact.download"):
        return False
    try:
        _check_right(caller, tx.db, item, row)
    except Denied:
        return False
    return True


def version_of(row: Artifact, item: Seen) -> Version:
    return Version(
        *(item.kind, item.item_id, item.name, item.owner, row.version, row.file_name, row.media_type),
        *(row.format, row.warning, row.size, row.sha256, say_moment(row.created_at)),
    )


def say_moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


# --- opening --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Opened:
    """A version that is open for reading; what it gives out is verified. Close it after use."""

    version: Version
    _caller: Caller = field(repr=False)
    _blob_id: str = field(repr=False)
    _file: io.RawIOBase = field(repr=False)
    _opener: Opener = field(repr=False)

    @property
    def size(self) -> int:
        return self.version.size

    @property
    def etag(self) -> str:
        """What names exactly this content: the SHA-256 of the plaintext."""
        return self.version.sha256

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The content from ``start`` to before ``stop``, in pieces of at most a MiB.

        ``Damaged`` cuts it off, and so does whatever ``check`` raises when access was taken away meanwhile.
        """
        with _noting_damage(self._caller, self.version):
            unchecked, checked = 0, time.monotonic()
            for piece in self._opener.read(start, stop):
                unchecked += 1
                if unchecked == _CHECKED_EVERY or time.monotonic() - checked > _CHECKED_AFTER:
                    self.check()
                    unchecked, checked = 0, time.monotonic()
                yield piece

    def reader(self) -> io.BufferedReader:
        """A seekable binary file of the content; ``IntegrityError`` of ``secure.container`` comes out of damage."""
        return self._opener.reader()

    def check(self) -> None:
        """Raise what ``open_version`` would raise now: access may have been taken away since. One small read."""
        _check_access(self._caller, self.version.kind, self.version.item_id, self._blob_id)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_version(caller: Caller, kind: Kind, item_id: int, version: int | None = None) -> Opened:
    """A version of an item, the latest unless said otherwise, for who may open it.

    ``NotFound`` for what the caller does not see, ``Denied`` for what they see but may not open, ``Damaged`` when the
    file or its row is not what the owner signed.
    """
    found = _find_version(caller, kind, item_id, version)
    with _noting_damage(caller, found.version):
        file, opener = open_found(caller.hub, found)
    return Opened(found.version, caller, found.row.blob_id, file, opener)


open_version.permission = "artifact.download"  # type: ignore[attr-defined]


def open_found(hub: Hub, found: Found) -> tuple[io.RawIOBase, Opener]:
    """The file of a version, opened; ``IntegrityError`` when it or its row is not what the owner signed."""
    file = hub.storage.open(found.row.blob_id)
    try:
        opener = Opener(file, found.data_key)
        statement = _statement(hub, found.row, opener.header.digest.hex(), opener.pin().hex())
        _verify(hub, found, statement, opener)
    except BaseException:
        file.close()
        raise
    return file, opener


@dataclass(frozen=True, slots=True)
class Found:
    """A version's row, with the public key of who signed it and the key that opens its file."""

    row: Artifact
    version: Version
    signer: keys.PublicKey | None
    data_key: bytes = field(repr=False)


@action("artifact.download", reads=True)
def _find_version(caller: Caller, tx: Tx, kind: Kind, item_id: int, version: int | None) -> Found:
    item = find_seen(caller, tx.db, kind, item_id)
    tx.concerns(kind, item_id)
    tx.note(name=item.name)
    row = row_of(tx.db, item, version)
    tx.note(version=row.version)
    _check_right(caller, tx.db, item, row)
    require_proof(caller, tx)
    data_key = _open_data_key(caller, tx.db, item, row)
    signer = keys.find_key(caller.hub, tx.db, row.signed_by, "signing")
    tx.db.expunge(row)
    return Found(row, version_of(row, item), signer, data_key)


def row_of(db: Session, item: Seen, version: int | None) -> Artifact:
    """The row of a version of an item, the latest unless said otherwise."""
    query = sa.select(Artifact).where(_of(item.kind, item.item_id)).order_by(Artifact.version.desc()).limit(1)
    row = db.scalar(query if version is None else query.where(Artifact.version == version))
    if row is None:
        what = "has no file yet" if version is None else f"has no version {version}"
        raise NotFound(f"{item.name} {what}", "its owner can upload one" if version is None else "see its versions")
    return row


def rows_of(db: Session, kind: Kind, item_id: int) -> Sequence[Artifact]:
    """The rows of all versions of an item, oldest first."""
    return db.scalars(sa.select(Artifact).where(_of(kind, item_id)).order_by(Artifact.version)).all()


@action("artifact.download", reads=True)
def find_preview(caller: Caller, tx: Tx, kind: Kind, item_id: int, version: int | None) -> tuple[Version, bytes | None]:
    """A version that the caller may open, and the preview that was published with it, if one was."""
    found = body_of(_find_version)(caller, tx, kind, item_id, version)
    tx.outcome = "previewed"
    try:
        note = json.loads(caller.hub.storage.read_note(found.row.blob_id))
        packed = note.get("preview")
        opened = packed and unwrap(note_key(found.data_key), base64.b64decode(packed), _preview_label(found.row))
    except NotFound:
        opened = None
    except ValueError:
        raise Damaged from None
    return found.version, opened or None


def _check_right(caller: Caller, db: Session, item: Seen, row: Artifact) -> None:
    """Whether the caller may open this version: it is public, theirs, or they were let in to download it."""
    if item.visibility == "public" or item.owner_id == caller.user_id:
        return
    if caller.user_id not in may_download(caller.hub, db, row):
        raise Denied(f"you may see {item.name}, but not open its files", f"ask its owner, {item.owner}, for access")


def _open_data_key(caller: Caller, db: Session, item: Seen, row: Artifact) -> bytes:
    hub = caller.hub
    wraps = {
        wrap.key_id: wrap.sealed_key for wrap in db.scalars(sa.select(KeyWrap).where(KeyWrap.blob_id == row.blob_id))
    }
    try:
        if item.visibility == "public" and keys.HUB_KEY in wraps:
            return keys.hub_key(hub).open(wraps[keys.HUB_KEY], wrap_label(row, keys.HUB_KEY))
        opened = keys.unlocked(caller)
        if opened.encryption_id in wraps:
            return opened.encryption.open(wraps[opened.encryption_id], wrap_label(row, opened.encryption_id))
    except ValueError:
        raise Damaged from None
    mine = sa.select(PersonKey.key_id).where(PersonKey.user_id == caller.user_id, PersonKey.key_id.in_(wraps))
    if db.scalar(mine.limit(1)) is not None:
        raise Denied(
            f"version {row.version} of {item.name} was sealed to keys you no longer have",
            "an administrator can open it with the recovery key",
        )
    raise Denied(f"version {row.version} of {item.name} is not sealed to you", f"ask its owner, {item.owner}")


def _verify(hub: Hub, found: Found, statement: bytes, opener: Opener) -> None:
    row, signer = found.row, found.signer
    if not hmac.compare_digest(row.mac, hub.mac("artifact-row", statement + row.signature)):
        raise IntegrityError
    if signer is None or not verify_signature(signer.public_pem, statement, row.signature):
        raise IntegrityError
    if (opener.header.blob_id, opener.size) != (row.blob_id, row.size):
        raise IntegrityError


@action("artifact.download", reads=True, quiet=True)
def _check_access(caller: Caller, tx: Tx, kind: Kind, item_id: int, blob_id: str) -> None:
    item = find_seen(caller, tx.db, kind, item_id)
    tx.concerns(kind, item_id)
    tx.note(name=item.name, running=True)
    row = tx.db.get(Artifact, blob_id)
    if row is None or item_of(row) != (kind, item_id):
        raise NotFound("this version is no longer there", "see the versions there are")
    _check_right(caller, tx.db, item, row)


@contextmanager
def _noting_damage(caller: Caller, version: Version) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        _note_damage(caller, version)


@action("artifact.download", reads=True)
def _note_damage(caller: Caller, tx: Tx, version: Version) -> None:
    """Put on the audit trail that a file is not what was published; raises ``Damaged``."""
    tx.concerns(version.kind, version.item_id)
    tx.note(name=version.item_name, version=version.version)
    raise Damaged
