"""Invitations as the two people see them whom they concern, and the invitee's answers; see ``hub.sharing``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from db.tables import Invitation, InvitationWrap, ItemGrant, KeyWrap, User, name_key, utc_now
from hub import keys
from hub.access import Caller, Tx, action
from hub.artifacts import say_moment
from hub.errors import Ambiguous, Conflict, NotFound
from hub.fields import nearest, suggest
from hub.grants import drop_grants, grant_from, holds
from hub.items import SHAPES, Kind, Seen
from hub.proofs import require_proof

Permission = Literal["view", "download"]
PERMISSIONS: dict[str, str] = {"download": "see it and download its files", "view": "see it, but not its files"}
"""What one can be invited to → what it allows."""


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation as the two people it concerns may see it."""

    invitation_id: str
    kind: Kind
    item_id: int
    item_name: str
    owner: str
    to: str
    permission: Permission
    version: int | None
    note: str
    expires_at: str | None
    created_at: str
    state: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.item_name}"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Invitations that can be answered now: those the caller was sent, and those they sent."""

    received: Sequence[Invite]
    sent: Sequence[Invite]


# --- looking -----------------------------------------------------------------------------


@action("invitation.answer", reads=True)
def list_invitations(caller: Caller, tx: Tx) -> Inbox:
    """The invitations that can be answered now, newest first: those the caller received, and those they sent."""
    received = _invitations(tx.db, Invitation.invitee_id == caller.user_id, Invitation.state == "open")
    received = [one for one in received if not is_over(one[0]) and holds(caller.hub, tx.db, one[0])]
    sent = _invitations(tx.db, Invitation.inviter_id == caller.user_id, Invitation.state == "open")
    return Inbox([invite_of(*one) for one in received], [invite_of(*one) for one in sent if not is_over(one[0])])


@action("invitation.answer", reads=True)
def list_shared(caller: Caller, tx: Tx) -> list[Invite]:
    """What the caller accepted and has access to now, latest first."""
    mine = sa.select(ItemGrant).where(ItemGrant.user_id == caller.user_id)
    grants = tx.db.scalars(mine).all()
    good = {one.invitation_id for one in grants if not is_over(one) and holds(caller.hub, tx.db, one)}
    accepted = _invitations(tx.db, Invitation.invitee_id == caller.user_id, Invitation.state == "accepted")
    return [invite_of(*one) for one in accepted if one[0].invitation_id in good]


@action("invitation.answer", reads=True, quiet=True)
def count_waiting(caller: Caller, tx: Tx) -> int:
    """How many invitations wait for the caller's answer."""
    waiting = _invitations(tx.db, Invitation.invitee_id == caller.user_id, Invitation.state == "open")
    return sum(not is_over(row) and holds(caller.hub, tx.db, row) for row, _, _ in waiting)


@action("invitation.answer", reads=True, quiet=True)
def find_invitation(caller: Caller, tx: Tx, name: str, kind: Kind | None = None) -> Invite:
    """The invitation to the item of this name (or owner/name) that the caller received: an open one, else the last.

    Items one was not invited to read like absent ones: ``NotFound``; ``Ambiguous`` when several open ones fit.
    """
    owner, _, bare = name_key(name).rpartition("/")
    received = [invite_of(*one) for one in _invitations(tx.db, Invitation.invitee_id == caller.user_id)]
    fitting = [
        one for one in received
        if name_key(one.item_name) == bare.strip() and kind in (None, one.kind)
        and (not owner or name_key(one.owner) == owner.strip())
    ]  # fmt: skip
    waiting = [one for one in fitting if one.state == "open"]
    if len(waiting) > 1:
        listed = ", ".join(f"{one.kind} {one.full_name}" for one in waiting[:5])
        raise Ambiguous(f"you were invited to several things called '{name[:200]}'", f"say which: {listed}")
    if not fitting:
        near = nearest(bare, [one.item_name for one in received if one.state == "open"])
        raise NotFound(
            f"nobody invited you to '{name[:200]}'", suggest(near) or "/invitations lists who invited you to what"
        )
    return (waiting or fitting)[0]


def _invitations(db: Session, *conditions: sa.ColumnElement[bool]) -> list[tuple[Invitation, Seen, str]]:
    """Rows of invitations with their items and the names of the invitees, newest first."""
    found = []
    invitee = aliased(User)
    for kind in ("model", "dataset"):
        shape = SHAPES[kind]
        query = (
            sa.select(Invitation, shape.id, shape.name, shape.owner, User.user_name, shape.table.c.visibility)
            .add_columns(invitee.user_name)
            .join(shape.table, shape.id == (Invitation.model_id if kind == "model" else Invitation.ds_id))
            .join(User, User.user_id == shape.owner)
            .join(invitee, invitee.user_id == Invitation.invitee_id)
            .where(*conditions)
        )
        for row, item_id, name, owner_id, owner, visibility, to in db.execute(query):
            found.append((row, Seen(shape.kind, item_id, name, owner_id, owner, visibility), to))
    return sorted(found, key=lambda one: one[0].created_at, reverse=True)


def invite_of(row: Invitation, item: Seen, to: str) -> Invite:
    """The row of an invitation as people see it."""
    return Invite(
        *(row.invitation_id, item.kind, item.item_id, item.name, item.owner, to, row.permission, row.version),  # type: ignore[arg-type]
        *(row.note or "", say_end(row.expires_at), say_moment(row.created_at), row.state),
    )


def is_over(row: Invitation | ItemGrant) -> bool:
    """Whether its time has run out."""
    return row.expires_at is not None and row.expires_at <= utc_now()


def say_end(moment: datetime | None) -> str | None:
    """The moment in words; None for what has no end."""
    return say_moment(moment) if moment is not None else None


# --- answering ------------------------------------------------------------------------------------


@action("invitation.answer")
def accept(caller: Caller, tx: Tx, invitation_id: str) -> Invite:
    """Accept an invitation that the caller received: from now on they see the item, and open what it says.

    ``Conflict`` for one that was answered, withdrawn or ran out, and for one that its owner did not sign as it stands.
    """
    require_proof(caller, tx)
    row, found = check_answer(caller, tx, invitation_id)
    db = tx.db
    drop_grants(db, found.kind, found.item_id, [row.invitee_id])
    db.add(grant_from(row))
    for wrap in db.scalars(sa.select(InvitationWrap).where(InvitationWrap.invitation_id == row.invitation_id)).all():
        db.add(KeyWrap(blob_id=wrap.blob_id, key_id=row.key_id, sealed_key=wrap.sealed_key))
        db.delete(wrap)
    row.state, row.settled_at = "accepted", utc_now()
    db.flush()
    return found


@action("invitation.answer")
def decline(caller: Caller, tx: Tx, invitation_id: str) -> Invite:
    """Decline an invitation that the caller received; ``Conflict`` as ``accept`` has it."""
    require_proof(caller, tx)
    row, found = check_answer(caller, tx, invitation_id)
    settle(tx.db, row, "declined")
    tx.outcome = "declined"
    return found


def check_answer(caller: Caller, tx: Tx, invitation_id: str) -> tuple[Invitation, Invite]:
    """An invitation that the caller can answer now, its item and its row locked."""
    mine = (Invitation.invitation_id == invitation_id, Invitation.invitee_id == caller.user_id)
    for _row, item, _to in _invitations(tx.db, *mine):
        tx.db.execute(sa.select(SHAPES[item.kind].id).where(SHAPES[item.kind].id == item.item_id).with_for_update())
    again = sa.select(Invitation).where(*mine).with_for_update().execution_options(populate_existing=True)
    row = tx.db.scalar(again)
    found = next((invite_of(*one) for one in _invitations(tx.db, *mine)), None) if row is not None else None
    if row is None or found is None:
        raise NotFound("there is no such invitation", "/invitations lists those that wait")
    tx.concerns(found.kind, found.item_id)
    tx.note(name=found.item_name, invitation=row.invitation_id, permission=row.permission, of=found.owner)
    ask = f"ask {found.owner} to invite you again"
    if row.state != "open":
        said = {"accepted": "accepted this invitation", "declined": "declined this invitation"}.get(row.state)
        raise Conflict(f"you {said} already" if said else f"{found.owner} took the invitation back", ask)
    if is_over(row):
        raise Conflict(f"the invitation ran out on {found.expires_at}", ask)
    public = keys.current_key(caller.hub, tx.db, row.invitee_id, "encryption")
    if public is None or public.key_id != row.key_id:
        raise Conflict("the invitation is sealed to keys you no longer have", ask)
    if not holds(caller.hub, tx.db, row):
        raise Conflict(f"the invitation is not what {found.owner} signed", ask, code="damaged")
    return row, found


def settle(db: Session, row: Invitation, state: str) -> None:
    """Note what became of an invitation; the keys that waited with it are gone."""
    row.state, row.settled_at = state, utc_now()
    db.execute(sa.delete(InvitationWrap).where(InvitationWrap.invitation_id == row.invitation_id))
    db.flush()
