"""What a grant says and who signed it: one that the item's owner did not sign in the present epoch opens nothing.

Taking access from anybody raises the item's epoch, and the owner signs what the others keep anew. So a row that is put
back into the database afterwards, by whoever can write there, is a grant of an epoch that is over.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Artifact, Dataset, ItemEpoch, ItemGrant, Model, utc_now
from hub import keys
from hub.errors import Damaged
from hub.home import Hub
from hub.items import Kind
from secure.keys import verify_signature


def epoch_of(hub: Hub, db: Session, kind: Kind, item_id: int) -> int:
    """How often access to the item was taken from somebody; ``Damaged`` when the row is not the hub's."""
    column = ItemEpoch.model_id if kind == "model" else ItemEpoch.ds_id
    row = db.scalar(sa.select(ItemEpoch).where(column == item_id))
    if row is None:
        return 0
    if not hmac.compare_digest(row.mac, epoch_mac(hub, kind, item_id, row.epoch)):
        raise Damaged
    return row.epoch


def epoch_mac(hub: Hub, kind: Kind, item_id: int, epoch: int) -> bytes:
    """The hub's MAC of an item's epoch."""
    return hub.mac("item-epoch", f"{kind}\n{item_id}\n{epoch}".encode())


def grant_statement(hub: Hub, grant: ItemGrant) -> bytes:
    """What the owner signs of a grant."""
    said = {
        "hub": hub.hub_id,
        "model": grant.model_id,
        "dataset": grant.ds_id,
        "user_id": grant.user_id,
        "permission": grant.permission,
        "version": grant.version,
        "epoch": grant.epoch,
        "expires_at": str(grant.expires_at),
        "invitation": grant.invitation_id,
        "signed_by": grant.signed_by,
    }
    return b"omh/v1/grant\n" + json.dumps(said, sort_keys=True).encode()


def may_download(hub: Hub, db: Session, row: Artifact) -> Sequence[int]:
    """People who were let in to download this version, by grants that hold now."""
    kind: Kind = "model" if row.model_id is not None else "dataset"
    item_id = row.model_id if row.model_id is not None else row.ds_id
    assert item_id is not None
    column = ItemGrant.model_id if kind == "model" else ItemGrant.ds_id
    grants = db.scalars(
        sa.select(ItemGrant).where(
            column == item_id,
            ItemGrant.permission == "download",
            sa.or_(ItemGrant.expires_at.is_(None), ItemGrant.expires_at > utc_now()),
            sa.or_(ItemGrant.version.is_(None), ItemGrant.version == row.version),
        )
    ).all()
    if not grants:
        return ()
    epoch = epoch_of(hub, db, kind, item_id)
    owner = owner_of(db, kind, item_id)
    return [grant.user_id for grant in grants if grant.epoch == epoch and _is_signed(hub, db, grant, owner)]


def owner_of(db: Session, kind: Kind, item_id: int) -> int:
    """Whose the item is."""
    if kind == "model":
        return db.scalars(sa.select(Model.owner_id).where(Model.model_id == item_id)).one()
    return db.scalars(sa.select(Dataset.owner_id).where(Dataset.ds_id == item_id)).one()


def _is_signed(hub: Hub, db: Session, grant: ItemGrant, owner_id: int) -> bool:
    signer = keys.find_key(hub, db, grant.signed_by or "", "signing")
    if signer is None or signer.user_id != owner_id or grant.signature is None:
        return False
    return verify_signature(signer.public_pem, grant_statement(hub, grant), grant.signature)
