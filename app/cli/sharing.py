"""Sharing: an owner invites, the invitee accepts, the owner takes access back and seals the files anew."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.files import KindOption
from app.cli.frame import As, Json, acting, guarded
from app.cli.terminal import print_json, print_rows, printable, show_progress

Name = Annotated[str, typer.Argument(help="a name, or owner/name")]


@guarded
def share(
    name: Name,
    to: Annotated[str, typer.Option("--to", metavar="USER", help="whom to invite")],
    permission: Annotated[str, typer.Option("--permission", help="download, or view: no files")] = "download",
    version: Annotated[int | None, typer.Option("--version", min=1, help="only this one; default: all")] = None,
    expires: Annotated[str, typer.Option("--expires", help="the last day, or a span such as '30 days'")] = "",
    note: Annotated[str, typer.Option("--note", help="a word to the person")] = "",
    kind: KindOption = None,
    as_user: As = None,
) -> None:
    """Invite a person to a private model or dataset of your own; they have access once they accept."""
    from hub import sharing
    from hub.catalog import show_item
    from hub.invitations import PERMISSIONS

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        terms = sharing.read_terms(permission, version, expires, note)
        made = sharing.invite(caller, item.kind, item.item_id, to, terms)
    until = f", until {made.expires_at} UTC" if made.expires_at else ""
    allowed = PERMISSIONS[made.permission]
    typer.echo(printable(f"{made.to} is invited to {made.item_name}, to {allowed}{until}."))


@guarded
def accept(name: Name, kind: KindOption = None, as_user: As = None) -> None:
    """Accept an invitation to a model or dataset."""
    from hub import invitations

    with acting(as_user) as caller:
        found = invitations.find_invitation(caller, name, kind)
        made = invitations.accept(caller, found.invitation_id)
    allowed = invitations.PERMISSIONS[made.permission]
    typer.echo(printable(f"You may {allowed}: {made.kind} {made.full_name}."))


@guarded
def revoke(
    name: Name,
    person: Annotated[str, typer.Option("--from", metavar="USER", help="whose access to take back")],
    kind: KindOption = None,
    as_user: As = None,
) -> None:
    """Take a person's access to a model or dataset of your own back, or an invitation; it works at once."""
    from hub import sharing
    from hub.catalog import show_item

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        done = sharing.revoke(caller, item.kind, item.item_id, person)
    typer.echo(printable(done.as_sentence()))
    if done.had_access:
        typer.echo(printable(f"`openmodelhub rekey {name}` seals its files under fresh keys."))


@guarded
def rekey(name: Name, kind: KindOption = None, as_user: As = None) -> None:
    """Seal the files of a model or dataset of your own under fresh keys, as after a revoke.

    What was broken off goes on by the same command.
    """
    from hub import rekeying
    from hub.catalog import show_item

    with acting(as_user) as caller:
        item = show_item(caller, name, kind=kind)
        with show_progress(item.name, in_bytes=True) as progress:
            done = rekeying.rekey(caller, item.kind, item.item_id, progress)
    typer.echo(printable(done.as_sentence()))


@guarded
def invitations(as_user: As = None, as_json: Json = False) -> None:
    """List the invitations that wait: those received, and those sent."""
    from hub.invitations import list_invitations

    with acting(as_user) as caller:
        inbox = list_invitations(caller)
    rows = [
        {"kind": one.kind, "name": one.full_name, "to": one.to, "permission": one.permission, "version": one.version,
         "expires_at": one.expires_at, "note": one.note, "created_at": one.created_at}
        for one in (*inbox.received, *inbox.sent)
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    print_rows(rows, "No invitation waits.")
