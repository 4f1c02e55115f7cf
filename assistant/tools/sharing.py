"""Sharing: whom to invite and from whom to take access back is planned; who has access, and what waits, is shown."""

from __future__ import annotations

import json
from typing import Literal

from assistant.ownership import find_own
from assistant.replies import Confirm
from assistant.sharing import find_invitation, list_access, list_inbox
from assistant.tools.items import find_named, naming
from assistant.tools.people import Told, tell_plan
from assistant.tools.tool import Runtime, hub_tool
from hub.errors import Invalid
from hub.rekeying import plan_rekey
from hub.sharing_plans import plan_accept, plan_decline, plan_revoke, plan_share


@hub_tool("item.share")
def share(
    name: str,
    people: list[str],
    permission: Literal["download", "view"] = "download",
    expires: str = "",
    note: str = "",
    *,
    runtime: Runtime,
) -> Told:
    """Plan to invite people to a private model or dataset that the person owns.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
        people: user names
        permission: to download its files, or only to view what is said of it
        expires: the last day of it, YYYY-MM-DD; without it, until it is taken back
        note: a word to those who are invited
    """
    item = find_named(runtime.context, name)
    plan = plan_share(
        runtime.context.caller, item.kind, item.item_id, people, permission=permission, expires=expires, note=note
    )
    return tell_plan(Confirm(plan))


@hub_tool("item.share")
def revoke(name: str, people: list[str], *, runtime: Runtime) -> Told:
    """Plan to take people's access to a model or dataset that the person owns back, or their invitation.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
        people: user names
    """
    item = find_named(runtime.context, name)
    return tell_plan(Confirm(plan_revoke(runtime.context.caller, item.kind, item.item_id, people)))


@hub_tool("item.rekey")
def rekey(name: str, *, runtime: Runtime) -> Told:
    """Plan to seal the files of a model or dataset that the person owns under fresh keys, as after a revoke.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
    """
    item = find_named(runtime.context, name)
    return tell_plan(Confirm(plan_rekey(runtime.context.caller, item.kind, item.item_id)))


@hub_tool("item.share")
def show_access(name: str, *, runtime: Runtime) -> Told:
    """Show the person who has access to a model or dataset that they own, and who is invited.

    Args:
        name: the model or dataset, as NAME or OWNER/NAME
    """
    turn = runtime.context
    with naming(turn):
        listing = list_access(turn.caller, find_own(turn.caller, name, "the tool"))
    told: dict[str, object] = {"people": len(listing.lines), "note": "the person sees who they are"}
    if turn.rows_shown == "all":
        told["people"] = [{"person": line.name, "access": line.about} for line in listing.lines]
    return json.dumps(told, ensure_ascii=False), (listing,)


@hub_tool("invitation.answer")
def show_invitations(*, runtime: Runtime) -> Told:
    """Show the person the invitations that wait for their answer, and those that they sent."""
    shown = list_inbox(runtime.context.caller)
    return json.dumps({"note": "the person sees them, with buttons to answer"}), tuple(shown)


@hub_tool("invitation.answer")
def answer_invitation(name: str, answer: Literal["accept", "decline"], *, runtime: Runtime) -> Told:
    """Plan to accept or decline an invitation that the person received.

    Args:
        name: the model or dataset they are invited to, as NAME or OWNER/NAME
        answer: which of the two
    """
    if answer not in ("accept", "decline"):
        raise Invalid("an invitation is accepted or declined", "say which")
    caller = runtime.context.caller
    with naming(runtime.context):
        found = find_invitation(caller, name)
    return tell_plan(Confirm((plan_accept if answer == "accept" else plan_decline)(caller, found.invitation_id)))
