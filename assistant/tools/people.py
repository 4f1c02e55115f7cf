"""Looking after people: what is looked up is answered, what changes somebody is only planned."""

from __future__ import annotations

import json
from typing import Literal

from assistant import lists, people_orders
from assistant.administration import table_of_list
from assistant.replies import Confirm, Table
from assistant.tools.tool import Runtime, hub_tool

ROWS_TOLD = 20

PLANNED = "A plan is shown to the person. Nothing has changed: only they can carry it out, with its button."

Told = tuple[str, object]


def tell_plan(confirm: Confirm) -> Told:
    """What a model hears of a plan: that there is one, and how much it would change, but no values."""
    told = {"plan": "shown", "changes": len(confirm.plan.changes), "note": PLANNED}
    return json.dumps(told), (confirm,)


def tell_table(table: Table, runtime: Runtime) -> Told:
    """What a model hears of a list: its rows only where all rows may be shown to it."""
    told: dict[str, object] = {"columns": list(table.columns), "rows_found": table.total}
    if runtime.context.rows_shown == "all":
        told["rows"] = [list(row) for row in table.rows[:ROWS_TOLD]]
    else:
        told["note"] = "the person sees the rows; they are not shown to you, so state no values"
    return json.dumps(told, ensure_ascii=False), (table,)


@hub_tool("person.list")
def list_people(search: str = "", waiting: bool = False, *, runtime: Runtime) -> Told:
    """List accounts with their roles, states and affiliations.

    Args:
        search: part of a name or an affiliation
        waiting: only those who registered and wait for approval
    """
    source = lists.from_people(search, waiting=waiting)
    return tell_table(table_of_list(runtime.context.caller, source, "People"), runtime)


@hub_tool("person.edit")
def edit_people(
    names: list[str],
    everyone_from: str = "",
    role: Literal["", "user", "admin"] = "",
    state: Literal["", "active", "deactivated"] = "",
    new_name: str = "",
    affiliations: list[str] | None = None,
    *,
    runtime: Runtime,
) -> Told:
    """Plan to rename, promote, demote, approve, activate or deactivate people, or to set their affiliations.

    Args:
        names: user names; empty when everyone_from is given
        everyone_from: an affiliation all of whose people are meant
        role: the role they get
        state: whether they may sign in; active approves a registration
        new_name: another name, for one person
        affiliations: all affiliations they are to have
    """
    plan = people_orders.edit_people(
        runtime.context.caller,
        names,
        everyone_from=everyone_from,
        new_name=new_name or None,
        is_admin=role == "admin" if role else None,
        is_active=state == "active" if state else None,
        affiliations=affiliations,
    )
    return tell_plan(plan)


@hub_tool("person.create")
def create_person(
    name: str, role: Literal["user", "admin"] = "user", affiliations: list[str] | None = None, *, runtime: Runtime
) -> Told:
    """Plan an account for a new person.

    Args:
        name: user name
        role: user or admin
        affiliations: affiliations that exist
    """
    caller = runtime.context.caller
    return tell_plan(
        people_orders.create_person(caller, name, is_admin=role == "admin", affiliations=affiliations or [])
    )


@hub_tool("person.reset")
def reset_password(name: str, *, runtime: Runtime) -> Told:
    """Plan a one-time secret for a person who has lost their password.

    Args:
        name: user name
    """
    return tell_plan(people_orders.reset_password(runtime.context.caller, name))


@hub_tool("person.remove")
def remove_person(name: str, *, runtime: Runtime) -> Told:
    """Plan to remove a person; they decide in the plan what happens to the items.

    Args:
        name: user name
    """
    return tell_plan(people_orders.remove_person(runtime.context.caller, name))


@hub_tool("permission.grant")
def set_permission(
    names: list[str], permission: str, change: Literal["grant", "take", "default"] = "grant", *, runtime: Runtime
) -> Told:
    """Plan to grant or take one permission, or to let it follow the role again.

    Args:
        names: user names
        permission: its name, such as audit.show
        change: what to do with it
    """
    allowed = {"grant": True, "take": False, "default": None}[change]
    return tell_plan(people_orders.set_permission(runtime.context.caller, names, permission, allowed))


@hub_tool("affiliation.edit")
def edit_affiliation(name: str, new_name: str = "", *, runtime: Runtime) -> Told:
    """Plan a new affiliation, or another name for one that exists.

    Args:
        name: the affiliation
        new_name: the name it is to have; empty to create the affiliation
    """
    caller = runtime.context.caller
    if new_name:
        return tell_plan(people_orders.rename_affiliation(caller, name, new_name))
    return tell_plan(people_orders.create_affiliation(caller, name))
