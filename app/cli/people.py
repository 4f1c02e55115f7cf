"""People: list, create, edit, reset-password, remove, grant."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.cli.frame import As, Json, acting, guarded
from app.cli.terminal import print_json, print_rows
from hub.errors import Invalid

Affiliations = Annotated[list[str] | None, typer.Option("--affiliation", help="may be given several times")]


@guarded
def list_users(
    search: Annotated[str, typer.Argument(help="part of a name, an affiliation, or a number")] = "",
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
    waiting: Annotated[bool | None, typer.Option("--waiting/--not-waiting", help="for approval")] = None,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """List accounts and their states."""
    from hub.people import list_people

    with acting(as_user) as caller:
        page = list_people(
            caller,
            search=search,
            is_admin=admin,
            is_active=active,
            awaits_approval=waiting,
            offset=offset,
            limit=limit,
        )
    if as_json:
        print_json({"total": page.total, "users": page.rows})
        return
    print_rows(page.rows, "Nobody fits.")
    typer.echo(f"{len(page.rows)} of {page.total}")


@guarded
def create_user(
    name: str,
    admin: Annotated[bool, typer.Option("--admin", help="make the person an admin")] = False,
    affiliation: Affiliations = None,
    as_user: As = None,
    as_json: Json = False,
) -> None:
    """Make an account; prints the one-time secret to hand to its person."""
    from hub.people import create_person

    with acting(as_user) as caller:
        made = create_person(caller, name, is_admin=admin, affiliations=affiliation or [])
    _print_secret(made.user_name, made.secret, as_json)


@guarded
def reset_password(name: str, as_user: As = None, as_json: Json = False) -> None:
    """Give a person a new one-time secret and end their sessions."""
    from hub import people

    with acting(as_user) as caller:
        made = people.reset_password(caller, name)
    _print_secret(made.user_name, made.secret, as_json)


def _print_secret(name: str, secret: str, as_json: bool) -> None:
    if as_json:
        print_json({"user_name": name, "secret": secret})
        return
    typer.echo(f"One-time secret for {name}, shown only now; it must be changed at the first sign-in:", err=True)
    typer.echo(secret)


@guarded
def edit_user(
    name: str,
    new_name: Annotated[str | None, typer.Option("--name", help="the new name")] = None,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="--active approves too")] = None,
    affiliation: Affiliations = None,
    as_user: As = None,
) -> None:
    """Rename, promote, demote, activate, deactivate, or set the affiliations of a person."""
    from hub.people import edit_person

    with acting(as_user) as caller:
        changed = edit_person(
            caller, name, new_name=new_name, is_admin=admin, is_active=active, affiliations=affiliation
        )
    said = ", ".join(f"{key} is now {value}" for key, value in changed.items())
    typer.echo(f"{name}: {said or 'nothing to change'}")


@guarded
def remove_user(
    name: str,
    transfer_to: Annotated[str | None, typer.Option("--to", metavar="USER", help="who gets the items")] = None,
    delete_items: Annotated[bool, typer.Option("--delete-items", help="delete the items as well")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_user: As = None,
) -> None:
    """Remove a person; who owns items is removed only with --to or --delete-items."""
    from hub.people import remove_person

    if not yes:
        if not sys.stdin.isatty():
            raise Invalid(f"removing {name} cannot be undone", "add --yes")
        typer.confirm(f"Remove {name}? This cannot be undone.", abort=True, err=True)
    with acting(as_user) as caller:
        counts = remove_person(caller, name, transfer_to=transfer_to, delete_items=delete_items)
    went = f"given to {transfer_to}" if transfer_to else "deleted"
    typer.echo(f"Removed {name}; {counts['models']} models and {counts['datasets']} datasets were {went}.")


@guarded
def grant(
    name: str,
    permission: Annotated[str, typer.Argument(help="such as person.list")],
    deny: Annotated[bool, typer.Option("--deny", help="take it from the person")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="go back to what the role says")] = False,
    as_user: As = None,
) -> None:
    """Grant a single permission to a person, or take it."""
    from hub.people import grant_permission

    if deny and clear:
        raise typer.BadParameter("give --deny or --clear, not both")
    with acting(as_user) as caller:
        grant_permission(caller, name, permission, None if clear else not deny)
    said = "follows the role again" if clear else "was taken" if deny else "was granted"
    typer.echo(f"{name}: {permission} {said}")
