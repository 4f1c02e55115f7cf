"""``/share``, ``/revoke``, ``/rekey``, ``/invitations``: who may open what is one's own, and what one is invited to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from assistant.forms import Field, Form, FormKind, add_forms, make_form
from assistant.ownership import find_own, people_names
from assistant.replies import Confirm, Line, Listing, Reply
from db.tables import name_key
from hub import invitations, sharing
from hub.access import Caller
from hub.catalog import Item
from hub.errors import Conflict, Invalid
from hub.invitations import PERMISSIONS, Invite
from hub.items import Kind
from hub.rekeying import plan_rekey
from hub.sharing import Access
from hub.sharing_plans import plan_accept, plan_decline, plan_revoke, plan_share

if TYPE_CHECKING:
    from assistant.commands import Asked

_WHOLE = [("download", "See it and download its files"), ("view", "See it, but not its files")]


def share(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/share NAME``: who has access, and a form; ``/share NAME with USER``: the plan to invite them."""
    item, people = _meant(caller, asked.argument, "/share", "with|to")
    if people:
        return [Confirm(plan_share(caller, item.kind, item.item_id, people))]
    if item.record["visibility"] == "public":
        raise Conflict(f"{item.name} is public: everyone here may open it already", "make it private first")
    return [list_access(caller, item), make_form(caller, "share", f"{item.kind} {item.owner}/{item.name}")]


def revoke(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/revoke NAME``: who has access; ``/revoke NAME from USER``: the plan to take it back."""
    item, people = _meant(caller, asked.argument, "/revoke", "from")
    if people:
        return [Confirm(plan_revoke(caller, item.kind, item.item_id, people))]
    return [list_access(caller, item)]


def rekey(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/rekey NAME``: the plan to seal its files under fresh keys."""
    item = find_own(caller, asked.argument, "/rekey")
    return [Confirm(plan_rekey(caller, item.kind, item.item_id))]


def _meant(caller: Caller, text: str, command: str, small: str) -> tuple[Item, list[str]]:
    """The own item, and the people named behind the last of these small words."""
    said = re.fullmatch(rf"(.+)\s(?:{small})\s+(.+)", text.strip(), re.IGNORECASE | re.DOTALL)
    if said is None:
        return find_own(caller, text, command), []
    people = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", said[2])
    return find_own(caller, said[1], command), [name for name in people if name]


def show_inbox(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/invitations``"""
    return list_inbox(caller)


def list_inbox(caller: Caller) -> Sequence[Listing]:
    """The invitations that wait for an answer, and those that were sent, with buttons."""
    inbox = invitations.list_invitations(caller)
    received = [
        Line(
            one.kind,
            one.full_name,
            f"{one.owner} invites you, to {PERMISSIONS[one.permission]}{_more(one)}",
            one.note,
            [("Accept", f"/invitations accept {_name(one)}"), ("Decline", f"/invitations decline {_name(one)}")],
        )
        for one in inbox.received
    ]
    replies = [Listing("Your invitations", "mail", received, "Nobody waits for your answer.")]
    sent = [
        Line(
            one.kind,
            one.item_name,
            f"{one.to} is invited, to {PERMISSIONS[one.permission]}{_more(one)}",
            one.note,
            [("Withdraw", f"/revoke {_name(one)} from {one.to}")],
        )
        for one in inbox.sent
    ]
    return [*replies, Listing("Invitations you sent", "send", sent, "")] if sent else replies


def accept(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/invitations accept NAME``"""
    return [Confirm(plan_accept(caller, find_invitation(caller, asked.argument).invitation_id))]


def decline(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/invitations decline NAME``"""
    return [Confirm(plan_decline(caller, find_invitation(caller, asked.argument).invitation_id))]


def find_invitation(caller: Caller, text: str) -> Invite:
    """The invitation meant by ``[model|dataset] [OWNER/]NAME``."""
    if not text.strip():
        raise Invalid("which invitation is not said", "/invitations lists them")
    said = re.fullmatch(r"(?:(model|dataset) )?(.+)", text.strip(), re.DOTALL)
    assert said is not None
    return invitations.find_invitation(caller, said[2], cast("Kind | None", said[1]))


def _name(one: Invite) -> str:
    return f"{one.kind} {one.full_name}"


def _more(one: Invite | Access) -> str:
    alone = f", version {one.version} alone" if one.version is not None else ""
    return f"{alone}{f', until {one.expires_at[:10]}' if one.expires_at else ''}"


# --- who has access -------------------------------------------------------------------------------


def list_access(caller: Caller, item: Item) -> Listing:
    """Who may open an item of the caller's own, with a button to take it back from each."""
    name = f"{item.kind} {item.owner}/{item.name}"
    lines = [
        Line("person", one.person, say_access(one), "", [("Take back", f"/revoke {name} from {one.person}")])
        for one in sharing.who_has_access(caller, item.kind, item.item_id)
    ]
    return Listing(f"Who has access to {item.name}", "users", lines, "Nobody but you.")


def say_access(one: Access) -> str:
    """What a person may do, or was invited to, in words."""
    allowed, more = PERMISSIONS[one.permission], _more(one)
    if one.state == "open":
        return f"invited on {one.since[:10]}, to {allowed}{more}"
    if one.state == "accepted":
        return f"may {allowed}{more}; since {one.since[:10]}"
    return f"{'ran out' if one.state == 'expired' else 'has new keys since, so it no longer opens'}{more}"


# --- the form -------------------------------------------------------------------------------------


def person_field(caller: Caller, name: str, title: str, hint: str = "", **more: Any) -> Field:
    """A field for people's names: a choice, or where there are too many of them typed, one a line."""
    known = people_names(caller)
    if known is None:
        return Field(name, title, "long", "", hint=f"One user name a line. {hint}".strip(), **more)
    options = [(one, one) for one in known if name_key(one) != name_key(caller.user_name)]
    return Field(name, title, "many", [], options, hint=hint, **more)


def read_people(value: Any) -> list[str]:
    """The names that such a field holds."""
    return value if isinstance(value, list) else [line.strip() for line in (value or "").splitlines() if line.strip()]


def _build(caller: Caller, about: str) -> Form:
    item = find_own(caller, about, "/share")
    fields = [
        person_field(caller, "people", "With whom", required=True),
        Field("permission", "They may", "select", "download", _WHOLE, True),
        Field("expires", "Until", "date", None, hint="The last day of it; empty: until you take it back."),
        Field("note", "A word to them", "long"),
    ]
    note = "Nobody is invited yet: what you choose is shown to you as a plan first."
    return Form("share", f"Share the {item.kind} {item.name}", fields, "Continue", about, note)


def _submit(caller: Caller, about: str, values: dict[str, Any]) -> Sequence[Reply]:
    item = find_own(caller, about, "/share")
    people, expires, note = read_people(values["people"]), values["expires"] or "", values["note"] or ""
    plan = plan_share(
        caller, item.kind, item.item_id, people, permission=values["permission"], expires=expires, note=note
    )
    return [Confirm(plan)]


add_forms(FormKind("share", "item.share", _build, _submit))
