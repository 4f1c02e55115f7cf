"""What a person may order in words: each order takes plain arguments and answers with a plan, never with a deed."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.replies import Confirm
from hub import affiliations, people, people_plans
from hub.access import Caller
from hub.errors import Invalid, NotFound
from hub.people_plans import MOST_PEOPLE


def edit_people(
    caller: Caller,
    names: Sequence[str] = (),
    *,
    everyone_from: str = "",
    new_name: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
    affiliations: Sequence[str] | None = None,
    joins: Sequence[str] = (),
    leaves: Sequence[str] = (),
) -> Confirm:
    """Plan to change these people, or everyone of an affiliation, in one go.

    ``affiliations`` are all that they are to have; ``joins`` and ``leaves`` change only these.

    ``everyone_from`` leaves out the caller, so that nobody locks themselves out by an order about many.
    """
    meant = list(names) or members_of(caller, everyone_from)
    return Confirm(
        people_plans.plan_person_edits(
            caller,
            meant,
            new_name=new_name,
            is_admin=is_admin,
            is_active=is_active,
            affiliations=affiliations,
            joins=list(joins),
            leaves=list(leaves),
        )
    )


def members_of(caller: Caller, affiliation: str) -> list[str]:
    """Names of the people of an affiliation, without the caller's own."""
    if not affiliation.strip():
        raise Invalid("nobody is named", "name people, or an affiliation")
    page = people.list_people(caller, affiliation=affiliation, limit=MOST_PEOPLE + 1)
    if page.total > MOST_PEOPLE:
        raise Invalid(f"{page.total} people belong to {affiliation[:60]}", f"a plan changes {MOST_PEOPLE} at most")
    found = [row["user_name"] for row in page.rows if row["user_id"] != caller.user_id]
    if not found:
        raise NotFound(f"nobody else belongs to '{affiliation[:60]}'", "/affiliations lists them")
    return found


def create_person(caller: Caller, name: str, *, is_admin: bool = False, affiliations: Sequence[str] = ()) -> Confirm:
    """Plan an account."""
    return Confirm(people_plans.plan_new_person(caller, name, is_admin=is_admin, affiliations=list(affiliations)))


def reset_password(caller: Caller, name: str) -> Confirm:
    """Plan a one-time secret for a person."""
    return Confirm(people_plans.plan_password_reset(caller, name))


def remove_person(caller: Caller, name: str) -> Confirm:
    """Plan to remove a person; what happens to their items is decided in the plan."""
    return Confirm(people_plans.plan_removal(caller, name))


def set_permission(caller: Caller, names: Sequence[str], permission: str, allowed: bool | None) -> Confirm:
    """Plan to grant (True) or take (False) a permission, or to follow the role again (None)."""
    return Confirm(people_plans.plan_permission(caller, list(names), permission, allowed))


def create_affiliation(caller: Caller, name: str) -> Confirm:
    """Plan an affiliation."""
    return Confirm(affiliations.plan_affiliation(caller, name))


def rename_affiliation(caller: Caller, name: str, new_name: str) -> Confirm:
    """Plan another name for an affiliation."""
    return Confirm(affiliations.plan_affiliation_rename(caller, name, new_name))
