"""What grants and invitations say and who signed them: what the item's owner did not sign now opens nothing.

Taking access from anybody raises the item's epoch, and the owner signs what the others keep anew. So a row that is put
back into the database afterwards, by whoever can write there, is of an epoch that is over. Each is for the key that the
invitee has when they are invited: who gets new keys under that name, by a reset of the password, is invited anew.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, Dataset, Invitation, ItemEpoch, ItemGrant, KeyWrap, Model, PersonKey, utc_now
from hub import keys
from hub.errors import Damaged
from hub.home import Hub
from hub.items import Kind
from secure.keys import verify_signature

# --- the epoch of an item -------------------------------------------------------------------------


def epoch_of(hub: Hub, db: Session, kind: Kind, item_id: int) -> int:
    """How often access to the item was taken from somebody; ``Damaged`` when the row is not the hub's."""
    row = db.scalar(sa.select(ItemEpoch).where(of_item(ItemEpoch, kind, item_id)))
    if row is None:
        return 0
    if not hmac.compare_digest(row.mac, epoch_mac(hub, kind, item_id, row.epoch)):
        raise Damaged
    return row.epoch


def epoch_mac(hub: Hub, kind: Kind, item_id: int, epoch: int) -> bytes:
    """The hub's MAC of an item's epoch."""
    return hub.mac("item-epoch", f"{kind}\n{item_id}\n{epoch}".encode())


def raise_epoch(hub: Hub, db: Session, kind: Kind, item_id: int) -> int:
    """Begin the item's next epoch: what was signed before holds no longer. The caller has the item's row locked."""
    epoch = epoch_of(hub, db, kind, item_id) + 1
    row = db.scalar(sa.select(ItemEpoch).where(of_item(ItemEpoch, kind, item_id)))
    if row is None:
        row = ItemEpoch(**item_column(kind, item_id))
        db.add(row)
    row.epoch, row.mac = epoch, epoch_mac(hub, kind, item_id, epoch)
    db.flush()
    return epoch


def of_item(table: Any, kind: Kind, item_id: int) -> sa.ColumnElement[bool]:
    """The condition that a row of this table belongs to the item."""
    column: sa.ColumnElement[int] = table.model_id if kind == "model" else table.ds_id
    return column == item_id


def item_column(kind: Kind, item_id: int) -> dict[str, int]:
    """The column that says to which item a row belongs, by its name."""
    return {"model_id" if kind == "model" else "ds_id": item_id}


# --- what is signed -------------------------------------------------------------------------------


def grant_statement(hub: Hub, grant: ItemGrant) -> bytes:
    """What the owner signs of a grant."""
    said = {
        "hub": hub.hub_id,
        "model": grant.model_id,
        "dataset": grant.ds_id,
        "user_id": grant.user_id,
        "key": grant.key_id,
        "permission": grant.permission,
        "version": grant.version,
        "epoch": grant.epoch,
        "expires_at": str(grant.expires_at),
        "invitation": grant.invitation_id,
        "signed_by": grant.signed_by,
    }
    return b"omh/v1/grant\n" + json.dumps(said, sort_keys=True).encode()


def grant_from(invitation: Invitation) -> ItemGrant:
    """The grant that an invitation becomes when it is accepted."""
    return ItemGrant(
        user_id=invitation.invitee_id,
        model_id=invitation.model_id,
        ds_id=invitation.ds_id,
        permission=invitation.permission,
        granted_by=invitation.inviter_id,
        expires_at=invitation.expires_at,
        version=invitation.version,
        epoch=invitation.epoch,
        invitation_id=invitation.invitation_id,
        key_id=invitation.key_id,
        signed_by=invitation.signed_by,
        signature=invitation.grant_signature,
    )


def invitation_statement(hub: Hub, invitation: Invitation) -> bytes:
    """What the owner signs of an invitation: the grant it becomes, who invites, and what they say to it."""
    said = {
        "grant": grant_statement(hub, grant_from(invitation)).decode(),
        "inviter": invitation.inviter_id,
        "note": invitation.note,
        "created_at": str(invitation.created_at),
    }
    return b"omh/v1/invitation\n" + json.dumps(said, sort_keys=True).encode()


def sign_grant(hub: Hub, opened: keys.Unlocked, grant: ItemGrant, epoch: int) -> None:
    """Have the owner sign a grant for this epoch."""
    grant.epoch, grant.signed_by = epoch, opened.signing_id
    grant.signature = opened.signing.sign(grant_statement(hub, grant))


def sign_invitation(hub: Hub, opened: keys.Unlocked, invitation: Invitation, epoch: int) -> None:
    """Have the owner sign an invitation for this epoch, and the grant that it becomes."""
    invitation.epoch, invitation.signed_by = epoch, opened.signing_id
    invitation.grant_signature = opened.signing.sign(grant_statement(hub, grant_from(invitation)))
    invitation.signature = opened.signing.sign(invitation_statement(hub, invitation))


# --- what holds -----------------------------------------------------------------------------------


def standing_grants(hub: Hub, db: Session, kind: Kind, item_id: int) -> Sequence[ItemGrant]:
    """The grants of an item that hold now."""
    rows = db.scalars(sa.select(ItemGrant).where(of_item(ItemGrant, kind, item_id), _not_over(ItemGrant))).all()
    return _holding(hub, db, kind, item_id, rows)


def standing_invitations(hub: Hub, db: Session, kind: Kind, item_id: int) -> Sequence[Invitation]:
    """The invitations to an item that can be accepted now."""
    open_ones = (of_item(Invitation, kind, item_id), Invitation.state == "open", _not_over(Invitation))
    rows = db.scalars(sa.select(Invitation).where(*open_ones).order_by(Invitation.created_at)).all()
    return _holding(hub, db, kind, item_id, rows)


def holds(hub: Hub, db: Session, row: ItemGrant | Invitation) -> bool:
    """Whether the item's owner signed this grant or invitation in the present epoch, for the person's key of now."""
    kind: Kind = "model" if row.model_id is not None else "dataset"
    item_id = row.model_id if row.model_id is not None else row.ds_id
    assert item_id is not None
    return bool(_holding(hub, db, kind, item_id, [row]))


def may_download(hub: Hub, db: Session, row: Artifact) -> Sequence[int]:
    """People who were let in to download this version, by grants that hold now."""
    kind: Kind = "model" if row.model_id is not None else "dataset"
    item_id = row.model_id if row.model_id is not None else row.ds_id
    assert item_id is not None
    return [grant.user_id for grant in standing_grants(hub, db, kind, item_id) if lets_download(grant, row.version)]


def lets_download(row: ItemGrant | Invitation, version: int) -> bool:
    """Whether what the grant or invitation says covers downloading this version."""
    return row.permission == "download" and row.version in (None, version)


def owner_of(db: Session, kind: Kind, item_id: int) -> int:
    """Whose the item is."""
    if kind == "model":
        return db.scalars(sa.select(Model.owner_id).where(Model.model_id == item_id)).one()
    return db.scalars(sa.select(Dataset.owner_id).where(Dataset.ds_id == item_id)).one()


def _not_over(table: Any) -> sa.ColumnElement[bool]:
    column: sa.ColumnElement[datetime | None] = table.expires_at
    return sa.or_(column.is_(None), column > utc_now())


def _holding(hub: Hub, db: Session, kind: Kind, item_id: int, rows: Sequence[Any]) -> list[Any]:
    if not rows:
        return []
    epoch, owner_id = epoch_of(hub, db, kind, item_id), owner_of(db, kind, item_id)
    return [row for row in rows if row.epoch == epoch and _is_signed(hub, db, row, owner_id) and _has_key(hub, db, row)]


def _is_signed(hub: Hub, db: Session, row: ItemGrant | Invitation, owner_id: int) -> bool:
    signer = keys.find_key(hub, db, row.signed_by or "", "signing")
    if signer is None or signer.user_id != owner_id:
        return False
    if isinstance(row, ItemGrant):
        return row.signature is not None and verify_signature(
            signer.public_pem, grant_statement(hub, row), row.signature
        )
    return verify_signature(signer.public_pem, invitation_statement(hub, row), row.signature) and verify_signature(
        signer.public_pem, grant_statement(hub, grant_from(row)), row.grant_signature
    )


def _has_key(hub: Hub, db: Session, row: ItemGrant | Invitation) -> bool:
    user_id = row.user_id if isinstance(row, ItemGrant) else row.invitee_id
    public = keys.current_key(hub, db, user_id, "encryption")
    return public is not None and public.key_id == row.key_id


# --- taking away ----------------------------------------------------------------------------------


def begin_epoch(hub: Hub, db: Session, opened: keys.Unlocked, kind: Kind, item_id: int) -> int:
    """Begin the item's next epoch and sign anew what holds; what does not hold is not signed, whoever put it there."""
    db.flush()
    grants, offers = standing_grants(hub, db, kind, item_id), standing_invitations(hub, db, kind, item_id)
    epoch = raise_epoch(hub, db, kind, item_id)
    for grant in grants:
        sign_grant(hub, opened, grant, epoch)
    for offer in offers:
        sign_invitation(hub, opened, offer, epoch)
    db.flush()
    return epoch


def drop_grants(db: Session, kind: Kind, item_id: int, people: Sequence[int], *, but: int | None = None) -> int:
    """Remove these people's grants on an item and their key wraps, but not the wraps of one; how many had a grant."""
    theirs = sa.select(PersonKey.key_id).where(PersonKey.user_id.in_([one for one in people if one != but]))
    blobs = sa.select(Artifact.blob_id).where(of_item(Artifact, kind, item_id))
    db.execute(sa.delete(KeyWrap).where(KeyWrap.key_id.in_(theirs), KeyWrap.blob_id.in_(blobs)))
    gone = db.execute(sa.delete(ItemGrant).where(of_item(ItemGrant, kind, item_id), ItemGrant.user_id.in_(people)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def end_all_access(hub: Hub, db: Session, kind: Kind, item_id: int, heir_id: int) -> int:
    """Let nobody in any more: what was granted and offered is gone, and a new epoch begins; how many lost access.

    For an item that goes to somebody else, who signed none of it. What its new owner could open stays open to them.
    """
    people = db.scalars(sa.select(ItemGrant.user_id).where(of_item(ItemGrant, kind, item_id))).all()
    lost = drop_grants(db, kind, item_id, people, but=heir_id)
    offers = db.execute(sa.delete(Invitation).where(of_item(Invitation, kind, item_id)))
    if lost or offers.rowcount:  # type: ignore[attr-defined]
        raise_epoch(hub, db, kind, item_id)
    return lost
