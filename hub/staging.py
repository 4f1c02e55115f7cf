"""Files on their way in: sealed from the first byte on, kept for a while, and published from there.

An upload goes from whoever sends it into the sealed file as a stream: no plaintext of it is ever on disk, and any size
takes the same memory. What breaks off is resumed after its last whole chunk. What is not published in time is removed.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, StagedFile, Trash, User, utc_now
from hub import keys
from hub.access import Caller, Tx, action, system
from hub.errors import Conflict, Damaged, Invalid, NotFound
from hub.home import Hub
from hub.items import BATCH, batches
from hub.storage import failed
from secure.container import (
    Header,
    IntegrityError,
    Opener,
    Sealed,
    Sealer,
    new_blob_id,
    new_data_key,
    read_header,
)
from secure.keys import seal_to, unwrap, wrap

log = logging.getLogger(__name__)

MAX_FILE_NAME = 200
_SWEPT_AFTER = 3600  # seconds for which what no row names is left alone: its row may be just coming


@dataclass(frozen=True, slots=True)
class Staged:
    """An upload that is whole: ``ref`` names it for its owner, until it is published or expires."""

    ref: str
    file_name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What sealing a file said about it; kept under a key of the hub's, as it is signed later."""

    size: int
    sha256: str
    header: str
    tags: str


@dataclass(frozen=True, slots=True)
class StagedKey:
    """A staged file's data key, opened by whom it belongs to, and its facts once it is whole."""

    ref: str
    file_name: str
    data_key: bytes = field(repr=False)
    facts: Facts | None


# --- taking a file in -----------------------------------------------------------------------------


def stage(caller: Caller, portions: Iterable[bytes], name: str) -> Staged:
    """Take a file in as a stream of portions of any size, under a file name.

    Whatever breaks it off removes it. ``Invalid`` when it is larger than UPLOAD_BYTES.
    """
    upload = begin_upload(caller, name)
    try:
        for portion in portions:
            upload.write(portion)
        return upload.finish()
    except BaseException:
        upload.cancel()
        raise


stage.permission = "artifact.upload"  # type: ignore[attr-defined]


class Upload:
    """A file that is being uploaded. ``write`` what comes, then ``finish``; or ``pause`` to resume it later.

    ``received`` says how many bytes there are. After a break it is a whole number of chunks: the rest is sent again.
    """

    def __init__(
        self, caller: Caller, ref: str, file_name: str, file: io.RawIOBase, sealer: Sealer, digest: hashlib._Hash
    ) -> None:
        self.ref, self.file_name = ref, file_name
        self._caller, self._file, self._sealer, self._digest = caller, file, sealer, digest

    @property
    def received(self) -> int:
        return self._sealer.size

    def write(self, portion: bytes) -> None:
        """Take the next portion; ``Invalid`` when the file gets larger than is taken."""
        most = self._caller.hub.settings.upload_bytes
        if self._sealer.size + len(portion) > most:
            raise Invalid(f"the file is larger than {most:,} bytes", "an administrator can raise UPLOAD_BYTES")
        with storing():
            self._sealer.write(portion)

    def finish(self) -> Staged:
        """The file is whole: seal its end and keep it to be published."""
        with storing():
            sealed: Sealed = self._sealer.finish()
            self._file.close()
        self._caller.hub.storage.finish(self.ref)
        facts = Facts(sealed.size, self._digest.hexdigest(), sealed.header_digest.hex(), sealed.tags_digest.hex())
        _finish(self._caller, self.ref, facts)
        return Staged(self.ref, self.file_name, facts.size, facts.sha256)

    def flush(self) -> None:
        """Put what came into the storage, but for the last chunk, which may not be whole yet."""
        with storing():
            self._sealer.flush()

    def pause(self) -> None:
        """Stop here; ``resume_upload`` goes on."""
        self._sealer.close()
        self._file.close()

    def cancel(self) -> None:
        """Stop, and remove what came."""
        self.pause()
        discard(self._caller.hub, self.ref)


def begin_upload(caller: Caller, name: str) -> Upload:
    """A new upload under this file name; ``Conflict`` when the caller has STAGED_UPLOADS that are not published."""
    file_name = clean_file_name(name)
    opened = keys.unlocked(caller)
    header = Header.make(new_blob_id(), opened.encryption_id)
    data_key, digest = new_data_key(), hashlib.sha256()
    ref = header.blob_id
    _begin(caller, ref, file_name, opened, data_key)
    try:
        file = caller.hub.storage.begin(ref)
        with storing():
            return Upload(caller, ref, file_name, file, Sealer(file, data_key, header, digest=digest), digest)
    except BaseException:
        discard(caller.hub, ref)
        raise


begin_upload.permission = "artifact.upload"  # type: ignore[attr-defined]


def resume_upload(caller: Caller, ref: str) -> Upload:
    """Go on with an upload of the caller's that broke off; what was taken is read through once."""
    found = open_key(caller, ref)
    if found.facts is not None:
        raise Conflict("this upload is complete", "publish it")
    file, digest = caller.hub.storage.resume(ref), hashlib.sha256()
    try:
        with storing():
            sealer = Sealer.resume(file, found.data_key, read_header(file), digest=digest)
    except BaseException:
        file.close()
        raise
    return Upload(caller, ref, found.file_name, file, sealer, digest)


resume_upload.permission = "artifact.upload"  # type: ignore[attr-defined]


def cancel_upload(caller: Caller, ref: str) -> None:
    """Remove an upload of the caller's own, whole or not, that was not published."""
    _forget(caller, ref)
    caller.hub.storage.delete(ref)


cancel_upload.permission = "artifact.upload"  # type: ignore[attr-defined]


def refuse_upload(caller: Caller, ref: str, reason: str) -> None:
    """Remove an upload of the caller's own that the hub does not take."""
    _refuse(caller, ref, reason)
    caller.hub.storage.delete(ref)


refuse_upload.permission = "artifact.upload"  # type: ignore[attr-defined]


@action("artifact.upload", quiet=True)
def _begin(caller: Caller, tx: Tx, ref: str, file_name: str, opened: keys.Unlocked, data_key: bytes) -> None:
    public = keys.current_key(caller.hub, tx.db, opened.user_id, "encryption")
    if public is None or public.key_id != opened.encryption_id:
        raise Conflict("your keys were changed meanwhile", "sign out, and sign in again")
    _check_room(caller, tx.db, opened.user_id)
    tx.db.add(
        StagedFile(
            blob_id=ref,
            user_id=opened.user_id,
            file_name=file_name,
            key_id=public.key_id,
            sealed_key=seal_to(public.public_pem, data_key, staged_label(ref, public.key_id)),
            expires_at=utc_now() + timedelta(hours=caller.hub.settings.staging_hours),
        )
    )


def _check_room(caller: Caller, db: Session, user_id: int) -> None:
    settings = caller.hub.settings
    db.execute(sa.select(User.user_id).where(User.user_id == user_id).with_for_update())  # one begins after the other
    mine = sa.select(sa.func.count()).where(StagedFile.user_id == user_id, StagedFile.expires_at > utc_now())
    if (db.scalar(mine) or 0) >= settings.staged_uploads:
        raise Conflict(
            f"you have {settings.staged_uploads} uploads that are not published, and no more are taken",
            f"publish or cancel one; each is removed after {settings.staging_hours:g} hours",
        )


@action("artifact.upload")
def _finish(caller: Caller, tx: Tx, ref: str, facts: Facts) -> None:
    tx.outcome = "staged"
    tx.concerns("upload", ref)
    tx.note(size=facts.size)  # not its name: the item may turn out to be private
    row = _own_row(caller, tx.db, ref, lock=True)
    packed = json.dumps([facts.size, facts.sha256, facts.header, facts.tags]).encode()
    row.sealed_facts = wrap(caller.hub.key_for("staged-facts"), packed, ref)
    row.expires_at = utc_now() + timedelta(hours=caller.hub.settings.staging_hours)


@action("artifact.upload")
def _forget(caller: Caller, tx: Tx, ref: str) -> None:
    tx.outcome = "cancelled"
    tx.concerns("upload", ref)
    tx.db.delete(_own_row(caller, tx.db, ref, lock=True))


@action("artifact.upload")
def _refuse(caller: Caller, tx: Tx, ref: str, reason: str) -> None:
    tx.outcome = "refused"
    tx.concerns("upload", ref)
    row = _own_row(caller, tx.db, ref, lock=True)
    tx.note(file_name=row.file_name, message=reason)
    tx.db.delete(row)


def _own_row(caller: Caller, db: Session, ref: str, *, lock: bool = False) -> StagedFile:
    query = sa.select(StagedFile).where(
        StagedFile.blob_id == ref, StagedFile.user_id == caller.user_id, StagedFile.expires_at > utc_now()
    )
    row = db.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound("there is no such upload of yours", "it may have expired: upload the file again")
    return row


@contextmanager
def storing() -> Iterator[None]:
    """What the file system or a sealed file says, in the hub's words."""
    try:
        yield
    except IntegrityError:
        raise Damaged from None
    except OSError as error:
        raise failed(error) from error


def clean_file_name(name: str) -> str:
    """The last part of a path, without what a terminal, a header or another file system would take amiss."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(one for one in last if one.isprintable() and one not in '<>:"|?*').strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    most = MAX_FILE_NAME - len(dot + suffix)
    return (stem[:most] + dot + suffix if stem and most > 0 else kept[:MAX_FILE_NAME]) or "file"


# --- reading what is staged -----------------------------------------------------------------------


@action("artifact.upload", reads=True, quiet=True)
def open_key(caller: Caller, tx: Tx, ref: str) -> StagedKey:
    """The data key of an upload of the caller's own."""
    row = _own_row(caller, tx.db, ref)
    opened = keys.unlocked(caller)
    if row.key_id != opened.encryption_id:
        raise Conflict("your keys were changed after this upload", "upload the file again")
    try:
        data_key = opened.encryption.open(row.sealed_key, staged_label(ref, row.key_id))
        packed = row.sealed_facts and unwrap(caller.hub.key_for("staged-facts"), row.sealed_facts, ref)
    except ValueError:
        raise Damaged from None
    return StagedKey(ref, row.file_name, data_key, Facts(*json.loads(packed)) if packed else None)


def staged_reader(caller: Caller, ref: str) -> io.BufferedReader:
    """An upload of the caller's own as a seekable binary file; what it gives is verified, and its size too.

    ``IntegrityError`` of ``secure.container`` comes out of it where the sealed file was damaged. Close it after use.
    """
    found = open_key(caller, ref)
    if found.facts is None:
        raise Conflict("this upload is not complete", "resume it, or upload the file again")
    file = caller.hub.storage.open(ref)
    try:
        opener = Opener(file, found.data_key)
        if (opener.header.digest.hex(), opener.pin().hex(), opener.size) != (
            *(found.facts.header, found.facts.tags),
            found.facts.size,
        ):
            raise Damaged
        return opener.reader(close=True)
    except IntegrityError:
        file.close()
        raise Damaged from None
    except BaseException:
        file.close()
        raise


staged_reader.permission = "artifact.upload"  # type: ignore[attr-defined]


def staged_label(ref: str, key_id: str) -> bytes:
    """What the data key of a staged file is bound to when it is sealed to a person."""
    return f"omh/v1/staged-key\n{ref}\n{key_id}".encode()


# --- sweeping -------------------------------------------------------------------------------------


def discard(hub: Hub, ref: str) -> None:
    """Remove an upload, or another file that came to nothing; never one that a row names."""
    caller = system(hub)
    _discard(caller, ref)
    for unnamed in _unnamed(caller, [ref]):
        hub.storage.delete(unnamed)


@action("hub.sweep", quiet=True)
def _discard(caller: Caller, tx: Tx, ref: str) -> None:
    tx.db.execute(sa.delete(StagedFile).where(StagedFile.blob_id == ref))


def sweep_storage(caller: Caller, *, now: float | None = None) -> int:
    """Forget uploads that expired, and remove every file that no row names; how many files.

    Files younger than an hour stay: the row of one that is being written comes after it.
    """
    expired = _sweep_staged(caller)
    for ref in expired:
        caller.hub.storage.delete(ref)
    old = (time.time() if now is None else now) - _SWEPT_AFTER
    aged = {blob_id for blob_id, written in caller.hub.storage.blob_ids() if written < old}
    lost = _unnamed(caller, sorted(aged))
    for blob_id in lost:
        caller.hub.storage.delete(blob_id)
    if lost:
        log.info("removed %s files that no row names", len(lost))
    return len(expired) + len(lost)


sweep_storage.permission = "hub.sweep"  # type: ignore[attr-defined]


@action("hub.sweep", quiet=True)
def _sweep_staged(caller: Caller, tx: Tx) -> list[str]:
    expired = list(tx.db.scalars(sa.select(StagedFile.blob_id).where(StagedFile.expires_at <= utc_now())))
    for batch in batches(expired, BATCH):
        tx.db.execute(sa.delete(StagedFile).where(StagedFile.blob_id.in_(batch)))
    return expired


@action("hub.sweep", reads=True, quiet=True)
def _unnamed(caller: Caller, tx: Tx, blob_ids: Sequence[str]) -> list[str]:
    """Those of these files that no version, no upload and nothing in the trash names."""
    left = set(blob_ids)
    for batch in batches(blob_ids, BATCH):
        for column in (Artifact.blob_id, StagedFile.blob_id):
            left -= set(tx.db.scalars(sa.select(column).where(column.in_(batch))))
    for blob_id in sorted(left):
        if tx.db.scalar(sa.select(Trash.trash_id).where(Trash.kept.contains(blob_id)).limit(1)) is not None:
            left.discard(blob_id)
    return sorted(left)
