"""Plans of sharing: who would be invited to what, and from whom it would be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub import keys
from hub.access import Caller, Tx, body_of
from hub.errors import Invalid
from hub.invitations import PERMISSIONS, Invite, accept, check_answer, decline
from hub.items import Kind
from hub.plans import Change, Done, Draft, planned
from hub.sealing import rows_of
from hub.sharing import Terms, check_offer, find_shared, make_offer, meet, read_terms, take_back

MOST_PEOPLE = 50
"""People that one plan is about."""


def _open_keys(caller: Caller, confirming: bool, **_arguments: Any) -> keys.Unlocked | None:
    """The caller's keys, with which they sign; opened when the button is pressed."""
    return keys.unlocked(caller) if confirming else None


def _meet_all(caller: Caller, confirming: bool, people: Sequence[str], **_arguments: Any) -> keys.Unlocked | None:
    for name in _few(people):
        meet(caller, name)
    return _open_keys(caller, confirming)


@planned("item.share", "Invite", prepare=_meet_all)
def plan_share(
    caller: Caller,
    tx: Tx,
    kind: Kind,
    item_id: int,
    people: Sequence[str],
    permission: str = "download",
    version: int | None = None,
    expires: str = "",
    note: str = "",
) -> Draft:
    """Plan to invite these people, as ``invite`` does; the terms are those of ``read_terms``."""
    terms = read_terms(permission, version, expires, note)
    offers = [check_offer(caller, tx, kind, item_id, name, terms) for name in _few(people)]
    item, names = offers[0].item, _listed([offer.user.user_name for offer in offers])
    changes = [
        Change(offer.user.user_name, "invited already, otherwise" if offer.replaces else None, say_terms(terms))
        for offer in offers
    ]
    if terms.note:
        changes.append(Change("note", None, terms.note))

    def run(_chosen: Mapping[str, str]) -> str:
        for offer in offers:
            make_offer(caller, tx, tx.ready, offer, terms)
        are = "is" if len(offers) == 1 else "are"
        return f"{names} {are} invited to {item.name}. It waits under their /invitations."

    about = [item.item_id, [[offer.user.user_id, offer.key_id] for offer in offers]]
    return Draft(f"Share the {kind} {item.name} with {names}", changes, run, about=about)


@planned("item.share", "Take back", dangerous=True, prepare=_open_keys)
def plan_revoke(caller: Caller, tx: Tx, kind: Kind, item_id: int, people: Sequence[str]) -> Draft:
    """Plan to take the access, or the invitation, of these people back, as ``revoke`` does."""
    found = [find_shared(caller, tx, kind, item_id, name) for name in _few(people)]
    item, names = found[0].item, _listed([one.person for one in found])
    changes = [Change(one.person, "has access" if one.had_access else "is invited", None) for one in found]
    warnings = ["Nothing recalls what was downloaded before."] if any(one.had_access for one in found) else []
    if item.visibility == "public":
        warnings.append(f"{item.name} is public: everyone here may open it all the same.")

    def run(_chosen: Mapping[str, str]) -> Done:
        said = " ".join(take_back(caller, tx, tx.ready, one).as_sentence() for one in found)
        had_keys = any(one.had_access for one in found) and bool(rows_of(tx.db, kind, item_id))
        if not (had_keys and caller.may("item.rekey")):
            return Done(said)
        offered = f"The files of {item.name} are still sealed under the keys from before:"
        return Done(said, offers=[("Seal them anew", f"/rekey {kind} {item.owner}/{item.name}")], offered=offered)

    return Draft(f"Take the {kind} {item.name} back from {names}", changes, run, warnings, about=[item.item_id])


@planned("invitation.answer", "Accept")
def plan_accept(caller: Caller, tx: Tx, invitation_id: str) -> Draft:
    """Plan to accept an invitation, as ``accept`` does."""
    _, found = check_answer(caller, tx, invitation_id)

    def run(_chosen: Mapping[str, str]) -> str:
        body_of(accept)(caller, tx, invitation_id)
        return f"You may {PERMISSIONS[found.permission]}: {found.full_name}."

    title = f"Accept the invitation to the {found.kind} {found.full_name}"
    return Draft(title, [Change(found.full_name, None, _say_invite(found))], run, about=[invitation_id])


@planned("invitation.answer", "Decline")
def plan_decline(caller: Caller, tx: Tx, invitation_id: str) -> Draft:
    """Plan to decline an invitation, as ``decline`` does."""
    _, found = check_answer(caller, tx, invitation_id)

    def run(_chosen: Mapping[str, str]) -> str:
        body_of(decline)(caller, tx, invitation_id)
        return f"You declined the invitation to {found.full_name}."

    title = f"Decline the invitation to the {found.kind} {found.full_name}"
    return Draft(title, [Change(found.full_name, "invited", None)], run, about=[invitation_id])


def say_terms(terms: Terms) -> str:
    """What somebody is let in to, in words."""
    return _say(PERMISSIONS[terms.permission], terms.version, str(terms.expires_at) if terms.expires_at else None)


def _say_invite(invite: Invite) -> str:
    return _say(PERMISSIONS[invite.permission], invite.version, invite.expires_at)


def _say(allowed: str, version: int | None, until: str | None) -> str:
    alone = f", version {version} alone" if version is not None else ""
    return f"may {allowed}{alone}{f', until {until[:10]}' if until else ''}"


def _few(people: Sequence[str]) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in people if name.strip()))
    if not 0 < len(names) <= MOST_PEOPLE:
        raise Invalid(f"a plan is about 1 to {MOST_PEOPLE} people", "name them by their user names")
    return names


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
