"""Fresh data keys: the files of an item are sealed anew, so that a key that somebody had opens nothing that is stored.

Each version is read under its old key and sealed under a fresh one as a stream, beside the old file. Then the new one
takes its place in one transaction, with the row signed and the key sealed anew to whoever may open it at that moment,
and the old file is removed. So at any time a version is the one file or the other, whole. Until its transaction the new
file is a staged one like an upload, and what a crash leaves of it is removed like one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, StagedFile, User, utc_now
from hub import keys
from hub.access import Caller, Tx, action
from hub.artifacts import Found, open_found, version_of
from hub.errors import Conflict, Damaged, HubError, NotFound
from hub.grants import begin_epoch, epoch_of, standing_grants
from hub.home import Hub
from hub.items import Kind, Seen, look_at_own, own_item
from hub.plans import Change, Done, Draft, Report, planned
from hub.proofs import require_proof
from hub.sealing import data_key_of, find_row, read_preview, rows_of, seal_data_key, sign_row, write_note
from hub.staging import discard, staged_label, storing
from secure.container import Header, IntegrityError, new_blob_id, new_data_key, seal
from secure.keys import seal_to

log = logging.getLogger(__name__)

_WHAT = "seal its files anew"


@dataclass(frozen=True, slots=True)
class Rekeying:
    """Work that was begun: the versions of an item that are to have fresh keys, and bytes of all of them."""

    item: Seen
    versions: Sequence[int]
    size: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What was done: the versions that have fresh keys, and the people beside the owner who can open one as before."""

    item: Seen
    versions: Sequence[int]
    people: Sequence[str]

    def as_sentence(self) -> str:
        """What was done."""
        count = len(self.versions)
        sealed = "1 file is sealed under a fresh key" if count == 1 else f"{count} files are sealed under fresh keys"
        kept = f" Access stays with {', '.join(self.people)}." if self.people else ""
        return f"{self.item.name}: {sealed}. The keys from before open nothing that is stored.{kept}"


def rekey(caller: Caller, kind: Kind, item_id: int, report: Report = lambda _done, _total: None) -> Rekeyed:
    """Seal the files of an item of the caller's own under fresh keys; ``report`` is told how many bytes are done.

    Of what was broken off, or overtaken by a revoke, only the rest is done. ``Conflict`` while it is under way already,
    and when a file is sealed to keys that the caller no longer has.
    """
    return carry_on(caller, _begin(caller, keys.unlocked(caller), kind, item_id), report)


rekey.permission = "item.rekey"  # type: ignore[attr-defined]


def _open_keys(caller: Caller, confirming: bool, **_arguments: Any) -> keys.Unlocked | None:
    """The caller's keys, with which they sign; opened when the button is pressed."""
    return keys.unlocked(caller) if confirming else None


@planned("item.rekey", "Seal anew", prepare=_open_keys)
def plan_rekey(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> Draft:
    """Plan to seal the files of an item anew, as ``rekey`` does; what was begun goes on as the work of what is done."""
    item, rows = _find(caller, tx, kind, item_id)
    _check_idle(caller.hub, item)
    chosen = _behind(rows, epoch_of(caller.hub, tx.db, kind, item_id))
    changes = [
        Change(f"version {row.version}", f"{row.size:,} bytes, under its present key", "under a fresh key")
        for row in chosen
    ]

    def run(_chosen: Mapping[str, str]) -> Done:
        begun = begin_rekeying(caller, tx, tx.ready, kind, item_id)
        said = f"{item.name} is being sealed anew. Should that end half way, /rekey {item.name} goes on with the rest."
        return Done(said, work=lambda report: carry_on(caller, begun, report).as_sentence())

    warnings = ["Nothing recalls what was downloaded before."]
    return Draft(
        f"Seal the files of the {kind} {item.name} under fresh keys",
        changes,
        run,
        warnings,
        about=[item.item_id, [row.blob_id for row in chosen]],
    )


# --- beginning ------------------------------------------------------------------------------------


@action("item.rekey")
def _begin(caller: Caller, tx: Tx, opened: keys.Unlocked, kind: Kind, item_id: int) -> Rekeying:
    require_proof(caller, tx)
    return begin_rekeying(caller, tx, opened, kind, item_id)


def begin_rekeying(caller: Caller, tx: Tx, opened: keys.Unlocked, kind: Kind, item_id: int) -> Rekeying:
    """Find what is to be sealed anew; where nothing is from an earlier epoch, begin one, so that everything is."""
    item, rows = _find(caller, tx, kind, item_id)
    _check_idle(caller.hub, item)
    epoch = epoch_of(caller.hub, tx.db, kind, item_id)
    chosen = _behind(rows, epoch)
    for row in chosen:
        _own_data_key(tx.db, row, opened)
    if all(row.epoch == epoch for row in rows):
        epoch = begin_epoch(caller.hub, tx.db, opened, kind, item_id)
    versions = [row.version for row in chosen]
    tx.outcome = "begun"
    tx.note(versions=versions, epoch=epoch)
    return Rekeying(item, versions, sum(row.size for row in chosen), epoch)


def _find(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> tuple[Seen, Sequence[Artifact]]:
    item = own_item(caller, tx.db, kind, item_id, _WHAT)
    tx.concerns(kind, item_id)
    tx.note(name=item.name)
    rows = rows_of(tx.db, kind, item_id)
    if not rows:
        raise NotFound(f"{item.name} has no file yet", "there is nothing to seal anew")
    return item, rows


def _behind(rows: Sequence[Artifact], epoch: int) -> Sequence[Artifact]:
    """Those whose keys are from before the latest revoke; all of them where none is."""
    return [row for row in rows if row.epoch < epoch] or rows


def _own_data_key(db: Session, row: Artifact, opened: keys.Unlocked) -> bytes:
    data_key = data_key_of(db, row, opened)
    if data_key is None:
        raise Conflict(
            f"version {row.version} is sealed to keys you no longer have", "an administrator can recover it for you"
        )
    return data_key


# --- one version after the other ------------------------------------------------------------------


def carry_on(caller: Caller, begun: Rekeying, report: Report) -> Rekeyed:
    """Do what was begun; whatever breaks it off, each version is sealed under its old key or its fresh one."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        report(done, begun.size)

    with _alone(caller.hub, begun.item):
        fresh = [version for version in begun.versions if _seal_anew(caller, begun, version, tell)]
        return Rekeyed(begun.item, fresh, _who_opens(caller, begun.item.kind, begun.item.item_id))


carry_on.permission = "item.rekey"  # type: ignore[attr-defined]


def _seal_anew(caller: Caller, begun: Rekeying, version: int, tell: Callable[[int], None]) -> bool:
    """Give one version a fresh key; False when another process was first."""
    hub, opened = caller.hub, keys.unlocked(caller)
    found, preview = _open_own(caller, opened, begun, version)
    fresh = _Fresh(Header.make(new_blob_id(), opened.encryption_id), new_data_key())
    ref, digest = fresh.header.blob_id, hashlib.sha256()
    try:
        file, opener = open_found(hub, found)
    except IntegrityError:
        _note_damage(caller, begun, version)
        raise Damaged from None
    _reserve(caller, opened, fresh, found.row.file_name)
    try:
        with file, hub.storage.begin(ref) as sink, storing():
            sealed = seal(_telling(opener.read(), tell), sink, fresh.data_key, fresh.header, digest=digest)
        if (sealed.size, digest.hexdigest()) != (found.row.size, found.row.sha256):
            raise Damaged
        hub.storage.finish(ref)
        tags = sealed.header_digest.hex(), sealed.tags_digest.hex()
        took = _take_place(caller, opened, begun, found.row.blob_id, version, fresh, tags, preview)
    except BaseException as error:
        _forget(hub, ref)
        if isinstance(error, Damaged):
            _note_damage(caller, begun, version)
        raise
    _forget(hub, found.row.blob_id if took else ref)
    return took


@dataclass(frozen=True, slots=True)
class _Fresh:
    header: Header
    data_key: bytes = field(repr=False)


def _telling(pieces: Iterator[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    for piece in pieces:
        yield piece
        tell(len(piece))


def _forget(hub: Hub, blob_id: str) -> None:
    """Remove a file that no version has any more; where that fails it is swept later, and is no reason to fail."""
    try:
        discard(hub, blob_id)
    except HubError:
        log.warning("a file that no version has could not be removed", exc_info=True)


@action("item.rekey", reads=True, quiet=True)
def _open_own(
    caller: Caller, tx: Tx, opened: keys.Unlocked, begun: Rekeying, version: int
) -> tuple[Found, bytes | None]:
    kind, item_id = begun.item.kind, begun.item.item_id
    item = look_at_own(caller, tx.db, kind, item_id, _WHAT)
    tx.concerns(kind, item_id)
    row = find_row(tx.db, item, version)
    if row is None:
        raise NotFound(f"version {version} of {item.name} is no longer there", "see the versions there are")
    data_key = _own_data_key(tx.db, row, opened)
    preview = read_preview(caller.hub, row, data_key)
    signer = keys.find_key(caller.hub, tx.db, row.signed_by, "signing")
    tx.db.expunge(row)
    return Found(row, version_of(row, item), signer, data_key), preview


@action("item.rekey", quiet=True)
def _reserve(caller: Caller, tx: Tx, opened: keys.Unlocked, fresh: _Fresh, file_name: str) -> None:
    """Name the file that is about to be written, as an upload is named: so it is swept when it comes to nothing."""
    ref = fresh.header.blob_id
    public = keys.current_key(caller.hub, tx.db, opened.user_id, "encryption")
    if public is None or public.key_id != opened.encryption_id:
        raise Conflict("your keys were changed meanwhile", "sign out, and sign in again")
    tx.db.add(
        StagedFile(
            blob_id=ref,
            user_id=opened.user_id,
            file_name=file_name,
            key_id=public.key_id,
            sealed_key=seal_to(public.public_pem, fresh.data_key, staged_label(ref, public.key_id)),
            expires_at=utc_now() + timedelta(hours=caller.hub.settings.staging_hours),
        )
    )


@action("item.rekey")
def _take_place(
    caller: Caller,
    tx: Tx,
    opened: keys.Unlocked,
    begun: Rekeying,
    old: str,
    version: int,
    fresh: _Fresh,
    digests: tuple[str, str],
    preview: bytes | None,
) -> bool:
    hub, db, ref = caller.hub, tx.db, fresh.header.blob_id
    kind, item_id = begun.item.kind, begun.item.item_id
    item = own_item(caller, db, kind, item_id, _WHAT)
    tx.concerns(kind, item_id)
    tx.note(name=item.name, version=version)
    row = find_row(db, item, version)
    if row is None:
        raise NotFound(f"version {version} of {item.name} is no longer there", "see the versions there are")
    named = db.execute(sa.delete(StagedFile).where(StagedFile.blob_id == ref))
    if row.blob_id != old:
        tx.outcome = "overtaken"
        return False
    if named.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(f"sealing version {version} of {item.name} anew took too long", "do it again")
    kept: dict[str, Any] = {column.name: getattr(row, column.name) for column in Artifact.__table__.columns}
    kept |= {"blob_id": ref, "epoch": epoch_of(hub, db, kind, item_id)}
    db.expunge(row)
    db.execute(sa.delete(Artifact).where(Artifact.blob_id == old))  # and with it every wrap of the old key
    row = Artifact(**kept)
    sign_row(hub, row, opened, *digests)
    db.add(row)
    db.flush()
    seal_data_key(hub, db, row, fresh.data_key, item.visibility)
    write_note(hub, row, fresh.data_key, item, preview)
    tx.outcome = "rekeyed"
    tx.note(epoch=row.epoch)
    return True


@action("item.rekey", reads=True, quiet=True)
def _who_opens(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> list[str]:
    """Who was let in to download something of the item, by name."""
    look_at_own(caller, tx.db, kind, item_id, _WHAT)
    grants = standing_grants(caller.hub, tx.db, kind, item_id)
    ids = [grant.user_id for grant in grants if grant.permission == "download"]
    return list(tx.db.scalars(sa.select(User.user_name).where(User.user_id.in_(ids)).order_by(User.user_name)))


@action("item.rekey", reads=True)
def _note_damage(caller: Caller, tx: Tx, begun: Rekeying, version: int) -> None:
    """Put on the audit trail that a file is not what was published; raises ``Damaged``."""
    tx.concerns(begun.item.kind, begun.item.item_id)
    tx.note(name=begun.item.name, version=version)
    raise Damaged


# --- one at a time --------------------------------------------------------------------------------


def _under_way(hub: Hub) -> set[tuple[Kind, int]]:
    with hub.lock:
        return hub.caches.setdefault("being sealed anew", set())  # type: ignore[return-value]


def _check_idle(hub: Hub, item: Seen) -> None:
    if (item.kind, item.item_id) in _under_way(hub):
        raise Conflict(f"{item.name} is being sealed anew already", "wait until that is done")


@contextmanager
def _alone(hub: Hub, item: Seen) -> Iterator[None]:
    """Only one of this process at a time; of two processes each version is done by the one that is first."""
    under_way, this = _under_way(hub), (item.kind, item.item_id)
    with hub.lock:
        if this in under_way:
            raise Conflict(f"{item.name} is being sealed anew already", "wait until that is done")
        under_way.add(this)
    try:
        yield
    finally:
        with hub.lock:
            under_way.discard(this)
