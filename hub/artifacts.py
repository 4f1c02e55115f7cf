"""The files of models and datasets: published as versions by their owner, listed, opened by whom they are sealed to.

What a version is made of, and what makes a forged one open nothing, is in ``hub.sealing``.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import (
    Artifact,
    KeyWrap,
    Model,
    PersonKey,
    StagedFile,
    name_key,
    utc_now,
)
from hub import keys
from hub.access import Caller, Tx, action, body_of
from hub.catalog import create_dataset, create_model
from hub.errors import Conflict, Damaged, Denied, NotFound
from hub.grants import epoch_of, may_download, of_item
from hub.home import Hub
from hub.items import SHAPES, Kind, Seen, find_seen, ids_by_name, own_item
from hub.proofs import require_proof
from hub.sealing import find_row, is_signed, read_preview, row_of, seal_data_key, sign_row, wrap_label, write_note
from hub.staging import StagedKey, open_key
from secure.container import IntegrityError, Opener

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
        created_at=utc_now(),
    )
    sign_row(hub, row, opened, facts.header, facts.tags)
    tx.db.add(row)
    tx.db.flush()
    seal_data_key(hub, tx.db, row, staged.data_key, item.visibility)
    write_note(hub, row, staged.data_key, item, said.preview)
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


def _next_version(db: Session, kind: Kind, item_id: int) -> int:
    last = db.scalar(sa.select(sa.func.max(Artifact.version)).where(of_item(Artifact, kind, item_id)))
    return int(last or 0) + 1


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
    rows = tx.db.scalars(sa.select(Artifact).where(of_item(Artifact, kind, item_id)).order_by(Artifact.version.desc()))
    return [version_of(row, item) for row in rows]


@action("catalog.browse", reads=True, quiet=True)
def may_open(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> bool:
    """Whether the latest version of an item would open for the caller; False when there is none."""
    item = find_seen(caller, tx.db, kind, item_id)
    row = find_row(tx.db, item, None)
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
        """Raise what ``open_version`` would raise now: access may have been taken away since. One small read.

        A file that was given fresh keys meanwhile is read on as it was: its content is the same.
        """
        _check_access(self._caller, self.version)

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
        try:
            file, opener = open_found(caller.hub, found)
        except NotFound:  # it may have been given fresh keys between the two: then its file is another one
            found = _find_version(caller, kind, item_id, found.version.version)
            file, opener = open_found(caller.hub, found)
    return Opened(found.version, caller, file, opener)


open_version.permission = "artifact.download"  # type: ignore[attr-defined]


def open_found(hub: Hub, found: Found) -> tuple[io.RawIOBase, Opener]:
    """The file of a version, opened; ``IntegrityError`` when it or its row is not what the owner signed."""
    file = hub.storage.open(found.row.blob_id)
    try:
        opener = Opener(file, found.data_key)
        _verify(hub, found, opener)
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


@action("artifact.download", reads=True)
def find_preview(caller: Caller, tx: Tx, kind: Kind, item_id: int, version: int | None) -> tuple[Version, bytes | None]:
    """A version that the caller may open, and the preview that was published with it, if one was."""
    found = body_of(_find_version)(caller, tx, kind, item_id, version)
    tx.outcome = "previewed"
    return found.version, read_preview(caller.hub, found.row, found.data_key)


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


def _verify(hub: Hub, found: Found, opener: Opener) -> None:
    row = found.row
    if not is_signed(hub, row, found.signer, opener.header.digest.hex(), opener.pin().hex()):
        raise IntegrityError
    if (opener.header.blob_id, opener.size) != (row.blob_id, row.size):
        raise IntegrityError


@action("artifact.download", reads=True, quiet=True)
def _check_access(caller: Caller, tx: Tx, version: Version) -> None:
    item = find_seen(caller, tx.db, version.kind, version.item_id)
    tx.concerns(item.kind, item.item_id)
    tx.note(name=item.name, running=True)
    row = find_row(tx.db, item, version.version)
    if row is None or row.sha256 != version.sha256:
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
