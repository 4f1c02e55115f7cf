"""Sharing: an owner invites a person to a private model or dataset, who accepts; the owner takes access back any time.

An invitation is signed by the owner, as is the grant that it becomes, and each version's data key waits with it sealed
to the invitee: it works while they are away, and accepting needs no key of the owner's. Taking something back raises
the item's epoch and signs anew what the others keep (see ``hub.grants``), so nothing that is put back opens anything.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Invitation, ItemGrant, User, name_key, utc_now
from hub import keys
from hub.access import Caller, Tx, action
from hub.artifacts import say_moment
from hub.errors import Conflict, Denied, Invalid, NotFound
from hub.grants import (
    begin_epoch,
    drop_grants,
    epoch_of,
    holds,
    item_column,
    lets_download,
    of_item,
    sign_invitation,
    standing_grants,
)
from hub.invitations import PERMISSIONS, Invite, Permission, invite_of, is_over, say_end, settle
from hub.items import Kind, Seen, find_people, find_seen, own_item
from hub.people import find_person
from hub.proofs import require_proof
from hub.sealing import data_key_of, row_of, rows_of, seal_for_invitee

LONGEST_NOTE = 1000  # characters
_SPANS = {"day": 1, "week": 7, "month": 30, "year": 365}  # days


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invitation lets in to: ``version`` alone, or all, later ones too; until a moment, or for good."""

    permission: Permission = "download"
    version: int | None = None
    expires_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """A person who may open an item or was invited to; ``lapsed``: they have new keys since, and must be invited anew.

    ``since`` is when they accepted, or were invited.
    """

    person: str
    permission: Permission
    version: int | None
    since: str
    expires_at: str | None
    state: Literal["open", "accepted", "expired", "lapsed"]


def read_terms(permission: str = "download", version: int | None = None, expires: str = "", note: str = "") -> Terms:
    """Terms from what a person says: ``expires`` is a day (its end, in UTC), or a span such as "2 weeks"."""
    if permission not in PERMISSIONS:
        raise Invalid(f"permission: '{permission[:40]}' is not one", f"one of {', '.join(PERMISSIONS)}")
    note = (note or "").strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"note: it has at most {LONGEST_NOTE} characters", "shorten it")
    return Terms(permission, version, _read_end(expires or ""), note)  # type: ignore[arg-type]


def _read_end(text: str) -> datetime | None:
    text = text.strip().lower()
    if not text or text == "never":
        return None
    span = re.fullmatch(rf"(?:in )?(\d{{1,4}}) ?({'|'.join(_SPANS)})s?", text)
    try:
        day = (utc_now() + timedelta(int(span[1]) * _SPANS[span[2]])).date() if span else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise Invalid(f"expires: '{text[:40]}' is no day", "write 2027-01-31, or a span such as 30 days") from None
    end = datetime.combine(day, time(23, 59, 59))
    if not utc_now() < end < datetime(9000, 1, 1):
        raise Invalid(f"expires: {text[:40]} is over already", "choose a later day")
    return end


# --- inviting -------------------------------------------------------------------------------------


def invite(caller: Caller, kind: Kind, item_id: int, to: str, terms: Terms = Terms()) -> Invite:
    """Invite a person to a private item of the caller's own; an open invitation of theirs is replaced.

    ``Conflict`` for a public item, for who has no keys yet, and for who has as much access already.
    """
    meet(caller, to)
    return _invite(caller, keys.unlocked(caller), kind, item_id, to, terms)


invite.permission = "item.share"  # type: ignore[attr-defined]


def check_invitation(caller: Caller, to: str, kind: Kind, item_id: int | None, terms: Terms = Terms()) -> None:
    """Raise why this person cannot be invited to an item of the caller's own, or to one that is yet to be made."""
    meet(caller, to)
    _check_invitation(caller, to, kind, item_id, terms)


check_invitation.permission = "item.share"  # type: ignore[attr-defined]


@action("item.share", quiet=True)
def _check_invitation(caller: Caller, tx: Tx, to: str, kind: Kind, item_id: int | None, terms: Terms) -> None:
    if item_id is None:
        _find_invitee(caller, tx.db, to)
    else:
        check_offer(caller, tx, kind, item_id, to, terms)


def meet(caller: Caller, name: str) -> None:
    """Give a demo person who has never signed in their keys, so that something can be sealed to them."""
    keys.give_demo_keys(caller.hub, _find_number(caller, name))


meet.permission = "item.share"  # type: ignore[attr-defined]


@action("item.share", reads=True, quiet=True)
def _find_number(caller: Caller, tx: Tx, name: str) -> list[int]:
    return list(find_people(tx.db, [name]).values())


def _find_invitee(caller: Caller, db: Session, name: str) -> tuple[User, keys.PublicKey]:
    user = find_person(db, name)
    if user.user_id == caller.user_id:
        raise Invalid("you cannot invite yourself", "what you own is open to you; name another person")
    if not user.is_active:
        raise Conflict(f"the account of {user.user_name} is not active", "an administrator can activate it")
    public = keys.current_key(caller.hub, db, user.user_id, "encryption")
    if public is None:
        raise Conflict(
            f"{user.user_name} has no keys yet, so nothing can be sealed to them",
            "their keys are made when they first sign in; invite them then",
        )
    return user, public


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that can be made: the item, its row locked, whom it is for, and what it takes the place of."""

    item: Seen
    user: User
    key_id: str
    replaces: Invitation | None


def check_offer(caller: Caller, tx: Tx, kind: Kind, item_id: int, to: str, terms: Terms) -> Offer:
    """What would be offered to whom, checked; for ``make_offer`` in the same transaction."""
    hub, db = caller.hub, tx.db
    item = own_item(caller, db, kind, item_id, "share it")
    tx.concerns(kind, item_id)
    tx.note(name=item.name)
    if item.visibility == "public":
        raise Conflict(f"{item.name} is public: everyone here may open it already", "make it private first")
    user, public = _find_invitee(caller, db, to)
    tx.note(to=user.user_name, to_id=user.user_id, permission=terms.permission, until=say_end(terms.expires_at))
    if terms.version is not None:
        row_of(db, item, terms.version)
        tx.note(version=terms.version)
    for grant in standing_grants(hub, db, kind, item_id):
        if grant.user_id == user.user_id and _covers(grant, terms):
            raise Conflict(f"{user.user_name} has as much access already", "take it back first, to give less")
    return Offer(item, user, public.key_id, _open_invitation(db, kind, item_id, user.user_id))


def _covers(grant: ItemGrant, terms: Terms) -> bool:
    return (
        grant.permission in ("download", terms.permission)
        and grant.version in (None, terms.version)
        and (grant.expires_at is None or (terms.expires_at is not None and terms.expires_at <= grant.expires_at))
    )


def _open_invitation(db: Session, kind: Kind, item_id: int, user_id: int) -> Invitation | None:
    mine = (of_item(Invitation, kind, item_id), Invitation.invitee_id == user_id, Invitation.state == "open")
    return db.scalar(sa.select(Invitation).where(*mine).limit(1))


@action("item.share")
def _invite(
    caller: Caller, tx: Tx, opened: keys.Unlocked, kind: Kind, item_id: int, to: str, terms: Terms
) -> Invite:  # fmt: skip
    require_proof(caller, tx)
    return make_offer(caller, tx, opened, check_offer(caller, tx, kind, item_id, to, terms), terms)


def make_offer(caller: Caller, tx: Tx, opened: keys.Unlocked, offer: Offer, terms: Terms) -> Invite:
    """Write the invitation of an offer that was checked, signed, with the data keys of the versions it is for."""
    hub, db, item = caller.hub, tx.db, offer.item
    if offer.replaces is not None:
        settle(db, offer.replaces, "revoked")
        begin_epoch(hub, db, opened, item.kind, item.item_id)
        tx.note(replaced=True)
    row = Invitation(
        invitation_id=secrets.token_hex(16),
        **item_column(item.kind, item.item_id),
        inviter_id=caller.user_id,
        invitee_id=offer.user.user_id,
        permission=terms.permission,
        version=terms.version,
        note=terms.note or None,
        expires_at=terms.expires_at,
        key_id=offer.key_id,
        state="open",
        created_at=utc_now(),
    )
    sign_invitation(hub, opened, row, epoch_of(hub, db, item.kind, item.item_id))
    db.add(row)
    db.flush()
    fitting = [one for one in rows_of(db, item.kind, item.item_id) if lets_download(row, one.version)]
    sealed = 0
    for version in fitting:
        data_key = data_key_of(db, version, opened)
        if data_key is not None:
            seal_for_invitee(hub, db, version, data_key, row)
            sealed += 1
    if fitting and not sealed:
        raise Conflict(
            f"the files of {item.name} are sealed to keys you no longer have", "an administrator can recover them"
        )
    db.flush()
    tx.note(invitation=row.invitation_id, sealed=sealed)
    return invite_of(row, item, offer.user.user_name)


# --- taking back ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Revoked:
    """What was taken back from whom: access, or an invitation that was not accepted yet."""

    item: Seen
    person: str
    had_access: bool
    was_invited: bool

    def as_sentence(self) -> str:
        """What was done."""
        if not self.had_access:
            return f"{self.person} is no longer invited to {self.item.name}."
        return f"{self.person} has no access to {self.item.name} any more. Nothing recalls what they downloaded before."


def revoke(caller: Caller, kind: Kind, item_id: int, person: str) -> Revoked:
    """Take a person's access to an item of the caller's own back, and an invitation that is open; it works at once.

    ``NotFound`` when they have neither. What they downloaded before stays with them.
    """
    return _revoke(caller, keys.unlocked(caller), kind, item_id, person)


revoke.permission = "item.share"  # type: ignore[attr-defined]


@action("item.share")
def _revoke(caller: Caller, tx: Tx, opened: keys.Unlocked, kind: Kind, item_id: int, person: str) -> Revoked:
    require_proof(caller, tx)
    found = find_shared(caller, tx, kind, item_id, person)
    return take_back(caller, tx, opened, found)


def find_shared(caller: Caller, tx: Tx, kind: Kind, item_id: int, person: str) -> Revoked:
    """What there is to take back from a person, the item's row locked; for ``take_back`` in the same transaction."""
    item = own_item(caller, tx.db, kind, item_id, "take access to it back")
    tx.concerns(kind, item_id)
    tx.note(name=item.name)
    user = find_person(tx.db, person)
    tx.note(to=user.user_name, to_id=user.user_id)
    granted = sa.select(ItemGrant.grant_id).where(of_item(ItemGrant, kind, item_id), ItemGrant.user_id == user.user_id)
    had = tx.db.scalar(granted) is not None
    invited = _open_invitation(tx.db, kind, item_id, user.user_id) is not None
    if not had and not invited:
        raise NotFound(f"{user.user_name} has no access to {item.name}", "see who has: /share " + item.name)
    return Revoked(item, user.user_name, had, invited)


def take_back(caller: Caller, tx: Tx, opened: keys.Unlocked, found: Revoked) -> Revoked:
    """Remove the grant, its key wraps and the open invitation, and begin an epoch in which only the others' hold."""
    kind, item_id = found.item.kind, found.item.item_id
    user_id = find_person(tx.db, found.person).user_id
    drop_grants(tx.db, kind, item_id, [user_id])
    offered = (Invitation.state.in_(("open", "accepted")), Invitation.invitee_id == user_id)
    for row in tx.db.scalars(sa.select(Invitation).where(of_item(Invitation, kind, item_id), *offered)).all():
        settle(tx.db, row, "revoked")
    tx.outcome = "revoked"
    tx.note(epoch=begin_epoch(caller.hub, tx.db, opened, kind, item_id), had_access=found.had_access)
    return found


# --- who has access -------------------------------------------------------------------------------


@action("item.share", reads=True)
def who_has_access(caller: Caller, tx: Tx, kind: Kind, item_id: int) -> list[Access]:
    """Who was let in on an item of the caller's own, and who is invited, by name."""
    hub, db = caller.hub, tx.db
    item = find_seen(caller, db, kind, item_id)
    tx.concerns(kind, item_id)
    if item.owner_id != caller.user_id:
        raise Denied(f"{item.name} is not yours", f"only its owner, {item.owner}, sees who has access")
    found: list[Access] = []
    tables: list[tuple[Any, Any, Any]] = [
        (ItemGrant, ItemGrant.user_id, sa.true()),
        (Invitation, Invitation.invitee_id, Invitation.state == "open"),
    ]
    for table, user_id, condition in tables:
        query = sa.select(table, User.user_name).join(User, User.user_id == user_id)
        for row, name in db.execute(query.where(of_item(table, kind, item_id), condition)):
            good = "accepted" if table is ItemGrant else "open"
            state = "expired" if is_over(row) else good if holds(hub, db, row) else "lapsed"
            since, until = say_moment(row.created_at), say_end(row.expires_at)
            found.append(Access(name, row.permission, row.version, since, until, state))  # type: ignore[arg-type]
    return sorted(found, key=lambda one: (name_key(one.person), one.state))
