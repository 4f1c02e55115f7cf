"""Versions as they are kept: what their owner signs of them, whom their data keys are sealed to, the note beside one.

Each version has a data key of its own, sealed to the owner, to recovery, to everyone who was let in, and, for public
items alone, to the hub. What a row says is signed by the owner and carries a MAC of the hub, so a row that was changed,
swapped or put in by somebody else opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, Invitation, InvitationWrap, KeyWrap
from hub import keys
from hub.access import Caller
from hub.errors import Conflict, Damaged, NotFound
from hub.grants import lets_download, may_download, of_item, owner_of, standing_invitations
from hub.home import Hub
from hub.items import Kind, Seen
from secure.keys import hkdf, seal_to, unwrap, verify_signature, wrap

# --- rows -----------------------------------------------------------------------------------------


def find_row(db: Session, item: Seen, version: int | None) -> Artifact | None:
    """The row of a version of an item, the latest unless said otherwise; None where there is none."""
    query = sa.select(Artifact).where(of_item(Artifact, item.kind, item.item_id)).order_by(Artifact.version.desc())
    return db.scalar((query if version is None else query.where(Artifact.version == version)).limit(1))


def row_of(db: Session, item: Seen, version: int | None) -> Artifact:
    """The same; ``NotFound`` says what is not there."""
    row = find_row(db, item, version)
    if row is None:
        what = "has no file yet" if version is None else f"has no version {version}"
        raise NotFound(f"{item.name} {what}", "its owner can upload one" if version is None else "see its versions")
    return row


def rows_of(db: Session, kind: Kind, item_id: int) -> Sequence[Artifact]:
    """The rows of all versions of an item, oldest first."""
    return db.scalars(sa.select(Artifact).where(of_item(Artifact, kind, item_id)).order_by(Artifact.version)).all()


def item_of(row: Artifact) -> tuple[Kind, int]:
    """The item that a version belongs to."""
    if row.model_id is not None:
        return "model", row.model_id
    assert row.ds_id is not None
    return "dataset", row.ds_id


# --- what the owner signs -------------------------------------------------------------------------


def statement_of(hub: Hub, row: Artifact, header: str, tags: str) -> bytes:
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


def sign_row(hub: Hub, row: Artifact, opened: keys.Unlocked, header: str, tags: str) -> None:
    """Have the owner sign what a version's row says, and the digests of its file."""
    row.signed_by = opened.signing_id
    statement = statement_of(hub, row, header, tags)
    row.signature = opened.signing.sign(statement)
    row.mac = hub.mac("artifact-row", statement + row.signature)


def is_signed(hub: Hub, row: Artifact, signer: keys.PublicKey | None, header: str, tags: str) -> bool:
    """Whether the row, and a file of these digests, are what this signer signed as the owner."""
    statement = statement_of(hub, row, header, tags)
    if not hmac.compare_digest(row.mac, hub.mac("artifact-row", statement + row.signature)):
        return False
    return signer is not None and verify_signature(signer.public_pem, statement, row.signature)


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


# --- the note beside a file -----------------------------------------------------------------------


def write_note(hub: Hub, row: Artifact, data_key: bytes, item: Seen, preview: bytes | None = None) -> None:
    """Leave beside the file what recovery needs when the database is lost, and a preview of the file.

    Names in it, and the preview, open with the data key alone. Written before the transaction ends: should that fail,
    the next try writes another one in its place.
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


def read_preview(hub: Hub, row: Artifact, data_key: bytes) -> bytes | None:
    """The preview that was published with a version, if one was; ``Damaged`` when it does not open."""
    try:
        packed = json.loads(hub.storage.read_note(row.blob_id)).get("preview")
        return unwrap(note_key(data_key), base64.b64decode(packed), _preview_label(row)) if packed else None
    except NotFound:
        return None
    except ValueError:
        raise Damaged from None


def note_key(data_key: bytes) -> bytes:
    """The key under which the note beside a file keeps what it is about."""
    return hkdf(data_key, b"", b"omh/v1/note", 32)


def _preview_label(row: Artifact) -> str:
    return f"{row.blob_id}/preview"
