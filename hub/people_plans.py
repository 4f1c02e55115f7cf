"""Plans that change people: what each would do is rehearsed with the very action that then does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from db.tables import (
    Account,
    Dataset,
    ItemGrant,
    Model,
    ModelAuthor,
    ModelDataset,
    PersonPermission,
    User,
    UserDataset,
    name_key,
)
from hub import people
from hub.access import PERMISSIONS, Caller, Tx, body_of
from hub.affiliations import affiliation_ids, affiliations_of
from hub.errors import Invalid
from hub.items import SHAPES, Shape, only_seen, sees_of
from hub.passwords import hash_password
from hub.plans import Change, Choice, Done, Draft, planned, rehearse
from secure.passwords import one_time_secret

MOST_PEOPLE = 500
"""People that one plan changes."""

_NAMED = 5  # names in a sentence


# --- accounts made and given a new secret ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ready:
    secret: str
    hashed: str


def _fresh_secret(caller: Caller, confirming: bool, **_arguments: Any) -> _Ready:
    """A one-time secret and its hash, made when the button is pressed and never before."""
    if not confirming:
        return _Ready("", "")
    secret = one_time_secret()
    return _Ready(secret, hash_password(caller.hub, secret))


@planned("person.create", "Create", prepare=_fresh_secret)
def plan_new_person(
    caller: Caller, tx: Tx, name: str, is_admin: bool = False, affiliations: Sequence[str] = ()
) -> Draft:
    """Plan an account whose person signs in with a one-time secret, shown once the plan is confirmed."""
    create = body_of(people._create_person)
    ready: _Ready = tx.ready

    def run(_chosen: Mapping[str, str]) -> Done:
        _, made = create(caller, tx, name, ready.hashed, is_admin, affiliations)
        return Done(f"{made} has an account now. The one-time secret was shown once.", ready.secret)

    _, called = rehearse(tx, lambda trial: create(caller, trial, name, "", is_admin, affiliations))
    changes = [
        Change("account", None, called),
        Change("role", None, "admin" if is_admin else "user"),
        *([Change("affiliations", None, ", ".join(affiliations))] if affiliations else []),
    ]
    warnings = ["An admin may change and remove people, and read the audit trail."] if is_admin else []
    return Draft(f"Create an account for {called}", changes, run, warnings)


@planned("person.reset", "Reset password", dangerous=True, prepare=_fresh_secret)
def plan_password_reset(caller: Caller, tx: Tx, name: str) -> Draft:
    """Plan a new one-time secret for a person, shown once the plan is confirmed; their sessions end."""
    reset = body_of(people._reset_password)
    ready: _Ready = tx.ready

    def run(_chosen: Mapping[str, str]) -> Done:
        _, called = reset(caller, tx, name, ready.hashed)
        return Done(f"{called}'s password was reset. The one-time secret was shown once.", ready.secret)

    rehearse(tx, lambda trial: reset(caller, trial, name, "-"))
    person = _look_at(tx, [name])[0]
    tx.concerns("user", person.user_id)
    changes = [Change("password", "as it is" if person.has_password else "none", "a one-time secret")]
    if not person.is_active and not person.has_password:
        changes.append(Change("account", person.state, "active"))
    warnings = [f"{person.name} is signed out everywhere."]
    return Draft(f"Reset the password of {person.name}", changes, run, warnings, about=[person.user_id])


# --- editing people -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Person:
    user_id: int
    name: str
    is_admin: bool
    is_active: bool
    waits: bool
    has_password: bool
    affiliations: list[str]

    @property
    def role(self) -> str:
        return "admin" if self.is_admin else "user"

    @property
    def state(self) -> str:
        return "active" if self.is_active else "awaits approval" if self.waits else "deactivated"


def _look_at(tx: Tx, names: Sequence[str]) -> list[_Person]:
    """These people as they are now, in the order of the names; nobody twice."""
    keys = list(dict.fromkeys(name_key(name) for name in names))
    query = (
        sa.select(User, Account.awaits_approval)
        .outerjoin(Account, Account.user_id == User.user_id)
        .where(User.name_key.in_(keys))
        .execution_options(populate_existing=True)
    )
    found = {user.name_key: (user, waits) for user, waits in tx.db.execute(query)}
    members = affiliations_of(tx.db, [user.user_id for user, _ in found.values()])
    looked = []
    for name in keys:
        if name not in found:
            people.find_person(tx.db, name)  # says that there is nobody of that name, and who is near
        user, waits = found[name]
        facts = (
            user.user_id,
            user.user_name,
            user.is_admin,
            user.is_active,
            bool(waits),
            user.password_hash is not None,
        )
        looked.append(_Person(*facts, members.get(user.user_id, [])))
    return looked


@planned("person.edit", "Change")
def plan_person_edits(
    caller: Caller,
    tx: Tx,
    names: Sequence[str],
    new_name: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
    affiliations: Sequence[str] | None = None,
    joins: Sequence[str] = (),
    leaves: Sequence[str] = (),
) -> Draft:
    """Plan to rename one person, or to promote, demote, activate, deactivate or re-affiliate any number of them.

    ``affiliations`` are all that each is to have; ``joins`` and ``leaves`` change only these of theirs. Activating
    approves a registration. It is done for all of them or for none.
    """
    if not names or len(names) > MOST_PEOPLE:
        raise Invalid(f"a plan changes 1 to {MOST_PEOPLE} people", "name fewer people")
    before = _look_at(tx, names)
    if new_name is not None and len(before) > 1:
        raise Invalid("only one person can have the new name", "rename people one by one")
    edit = body_of(people.edit_person)
    wanted: dict[str, Any] = {
        "new_name": new_name, "is_admin": is_admin, "is_active": is_active,
    }  # fmt: skip
    affiliation_ids(tx.db, leaves)  # says which one there is not

    def edit_all(under: Tx) -> list[_Person]:
        for person in before:
            edit(
                caller,
                under.part(),
                person.name,
                **wanted,
                affiliations=_membership(person, affiliations, joins, leaves),
            )
        return _look_at(under, [person.name if new_name is None else new_name for person in before])

    after = rehearse(tx, edit_all)
    changes: list[Change] = []
    told: list[str] = []
    warnings: list[str] = []
    for old, new in zip(before, after, strict=True):
        mine = _differences(old, new)
        changes += [Change(f"{old.name}: {what}", was, becomes) for what, was, becomes in mine]
        if mine:
            told.append(f"{old.name}: {', '.join(f'{what} is {becomes}' for what, _, becomes in mine)}")
        if old.role != new.role or (old.is_active and not new.is_active):
            warnings.append(f"{old.name} is signed out everywhere.")
    if caller.user_id in [person.user_id for person in before] and warnings:
        warnings.append("This is your own account.")

    def run(_chosen: Mapping[str, str]) -> str:
        edit_all(tx)
        more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        return f"Changed {'; '.join(told[:_NAMED])}{more}."

    who = before[0].name if len(before) == 1 else f"{len(before)} people"
    return Draft(f"Change {who}", changes, run, warnings, about=[person.user_id for person in before])


def _membership(
    person: _Person, whole: Sequence[str] | None, joins: Sequence[str], leaves: Sequence[str]
) -> Sequence[str] | None:
    """The affiliations that a person is to have; None for those they have."""
    if not joins and not leaves:
        return whole
    gone = {name_key(name) for name in leaves}
    kept = [name for name in (person.affiliations if whole is None else whole) if name_key(name) not in gone]
    return list({name_key(name): name for name in (*joins, *kept)}.values())


def _differences(old: _Person, new: _Person) -> list[tuple[str, str, str]]:
    """What differs between a person before and after, as (what, before, after) in words."""
    pairs = (
        ("name", old.name, new.name),
        ("role", old.role, new.role),
        ("state", old.state, new.state),
        ("affiliations", ", ".join(old.affiliations) or "none", ", ".join(new.affiliations) or "none"),
    )
    return [(what, was, becomes) for what, was, becomes in pairs if was != becomes]


# --- removing a person ----------------------------------------------------------------------------

_GIVE, _DELETE = "give", "delete"


@planned("person.remove", "Remove", dangerous=True)
def plan_removal(caller: Caller, tx: Tx, name: str) -> Draft:
    """Plan to remove a person; what happens to their models and datasets is decided in the plan."""
    remove = body_of(people.remove_person)
    rehearse(tx, lambda trial: remove(caller, trial, name, delete_items=True))
    (person,) = _look_at(tx, [name])
    tx.concerns("user", person.user_id)
    owned = {kind: _owned(caller, tx, shape, person.user_id) for kind, shape in SHAPES.items()}
    items = [item for kind in owned.values() for item in kind]
    total = sum(
        tx.db.scalar(sa.select(sa.func.count()).where(shape.owner == person.user_id)) or 0 for shape in SHAPES.values()
    )

    def run(chosen: Mapping[str, str]) -> str:
        heir = chosen.get("heir")
        counts = remove(caller, tx, person.name, transfer_to=heir, delete_items=chosen.get("items") == _DELETE)
        if not any(counts.values()):
            return f"{person.name} was removed."
        went = f"went to {heir}" if heir else "were deleted"
        return f"{person.name} was removed; {counts['models']} models and {counts['datasets']} datasets {went}."

    verb = "Refuse the registration of" if person.waits else "Remove"
    choices = []
    if total:
        options = {_GIVE: "Give them to another person", _DELETE: "Delete them"}
        choices = [
            Choice("items", f"What happens to the {_count(total, 'item')} of {person.name}?", options),
            Choice("heir", "Who gets them? (user name)", needs=("items", _GIVE)),
        ]
    changes = [Change("account", f"{person.name}, {person.role}, {person.state}", None)]
    changes += [
        Change(f"{item.kind} {item.name}", f"{item.visibility}{_shared(item.shared)}", "given away or deleted")
        for item in items
    ]
    return Draft(
        f"{verb} {person.name}",
        changes,
        run,
        _losses(tx, person, items),
        choices,
        about=[person.user_id, [[item.kind, item.item_id] for item in items]],
    )


@dataclass(frozen=True, slots=True)
class _Owned:
    kind: str
    item_id: int
    name: str
    visibility: str
    shared: int


def _owned(caller: Caller, tx: Tx, shape: Shape, user_id: int) -> list[_Owned]:
    """The person's items of a kind that the caller sees, each with how many people it is shared with."""
    grant = ItemGrant.model_id if shape.kind == "model" else ItemGrant.ds_id
    shared = sa.select(sa.func.count()).where(grant == shape.id).correlate(shape.table).scalar_subquery()
    query = sa.select(shape.id, shape.name, shape.table.c.visibility, shared).where(shape.owner == user_id)
    rows = tx.db.execute(only_seen(query.order_by(shape.key), shape, sees_of(caller, tx.db)))
    return [_Owned(shape.kind, *row) for row in rows]


def _shared(people: int) -> str:
    return f", shared with {_count(people, 'person', 'people')}" if people else ""


def _losses(tx: Tx, person: _Person, items: Sequence[_Owned]) -> list[str]:
    """What goes with the person, and what nobody can read any more if the items are deleted."""
    warnings = []
    credited = sum(
        tx.db.scalar(sa.select(sa.func.count()).where(column == person.user_id)) or 0
        for column in (ModelAuthor.user_id, UserDataset.user_id)
    )
    if credited:
        warnings.append(f"{_count(credited, 'credit')} of {person.name} as author or publisher will be gone.")
    if not person.waits:
        warnings.append(f"The chats of {person.name} will be gone, and what others shared with them.")
    if not items:
        return warnings
    readers = sum(item.shared for item in items)
    lost = "it" if len(items) == 1 else f"any of the {len(items)}"
    among = f", among them {_count(readers, 'person', 'people')} who were let in" if readers else ""
    warnings.append(f"If they are deleted, nobody can read {lost} any more{among}.")
    if readers:
        warnings.append("If they are given away, who was let in loses access; their new owner can invite them.")
    datasets = [item.item_id for item in items if item.kind == "dataset"]
    uses = sa.select(Model.model_name).join(ModelDataset, ModelDataset.model_id == Model.model_id)
    uses = uses.join(Dataset, Dataset.ds_id == ModelDataset.ds_id)
    others = uses.where(
        ModelDataset.ds_id.in_(datasets), Model.owner_id != person.user_id, Model.visibility == "public"
    )
    names = list(tx.db.scalars(others.distinct().order_by(Model.model_name)))
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        warnings.append(f"Models of others lose the dataset they name: {', '.join(names[:_NAMED])}{more}.")
    return warnings


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


# --- single permissions ---------------------------------------------------------------------------


@planned("permission.grant", "Change")
def plan_permission(caller: Caller, tx: Tx, names: Sequence[str], permission: str, allowed: bool | None) -> Draft:
    """Plan to grant (True) or take (False) one permission, or to go back to what the role says (None)."""
    if not names or len(names) > MOST_PEOPLE:
        raise Invalid(f"a plan changes 1 to {MOST_PEOPLE} people", "name fewer people")
    before = _look_at(tx, names)
    grant = body_of(people.grant_permission)

    def grant_all(under: Tx) -> None:
        for person in before:
            grant(caller, under.part(), person.name, permission, allowed)

    rehearse(tx, grant_all)
    single = sa.select(PersonPermission.user_id, PersonPermission.allowed).where(
        PersonPermission.permission == permission,
        PersonPermission.user_id.in_([person.user_id for person in before]),
    )
    now = {row.user_id: row.allowed for row in tx.db.execute(single)}
    by_role, what = PERMISSIONS[permission]
    changes = []
    for person in before:
        role_has = person.is_admin or by_role == "user"
        was, becomes = now.get(person.user_id), allowed
        if was != becomes:
            changes.append(Change(f"{person.name}: {permission}", _single(was, role_has), _single(becomes, role_has)))
    who = before[0].name if len(before) == 1 else f"{len(before)} people"
    said = {True: "was granted to", False: "was taken from", None: "follows the role again for"}[allowed]

    def run(_chosen: Mapping[str, str]) -> str:
        grant_all(tx)
        return f"{permission} {said} {who}."

    return Draft(f"May {who} {what}?", changes, run, about=[person.user_id for person in before])


def _single(allowed: bool | None, role_has: bool) -> str:
    if allowed is None:
        return f"{'yes' if role_has else 'no'}, by the role"
    return "yes, granted" if allowed else "no, taken"
