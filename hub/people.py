"""People: registering, accounts made and edited by admins, passwords, single permissions, affiliations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import (
    Account,
    Affil,
    AuditHead,
    Dataset,
    KeyWrap,
    Model,
    PersonKey,
    PersonPermission,
    User,
    UserAffil,
    name_key,
)
from hub import keys
from hub.access import PERMISSIONS, Caller, Tx, action, person, system
from hub.affiliations import affiliation_ids, affiliations_of, set_affiliations
from hub.catalog import Page
from hub.errors import Conflict, Denied, HubError, Invalid, NotFound, SignInFailed, Throttled
from hub.fields import check_alphabet, check_name, nearest, suggest
from hub.grants import end_all_access
from hub.home import Hub
from hub.items import BATCH, Kind, batches, find_people, taken_names
from hub.names import forget_name, index_name, index_names
from hub.passwords import Chosen, choose_password, hash_password
from hub.proofs import require_proof
from hub.sessions import end_sessions
from hub.throttle import network_of, throttle_of
from secure.passwords import TooBusy, one_time_secret

REGISTRATIONS = "20/minute; 100/hour"  # tries from one address: a whole team may sit behind one
CHANGES = "5/minute; 20/hour"  # tries of one person
_ESSENTIAL = ("person.edit", "permission.grant")  # what the last admin must keep


# --- becoming a person ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Registered:
    """A new account of one's own; it cannot sign in while it awaits approval."""

    user_id: int
    user_name: str
    awaits_approval: bool


def register(
    caller: Caller, name: str, password: str, affiliation: str = "", *, address: str | None = None
) -> Registered:
    """Register an account under the hub's REGISTRATION rule; an affiliation that does not exist yet is made.

    ``Throttled`` after many tries from the ``address``, where there is one.
    """
    hub = caller.hub
    chosen = Chosen()
    if hub.settings.registration != "closed":
        try:
            if address is not None:
                throttle_of(hub, REGISTRATIONS).take(network_of(address))
            check_alphabet("name", name)
            chosen = choose_password(hub, name, password)
        except HubError as error:
            chosen = Chosen(refusal=error)
    return _register(caller, name, chosen, affiliation, address)


register.permission = "person.register"  # type: ignore[attr-defined]


@action("person.register")
def _register(caller: Caller, tx: Tx, name: str, chosen: Chosen, affiliation: str, address: str | None) -> Registered:
    if address is not None:
        tx.note(address=address[:64])
    rule = caller.hub.settings.registration
    if rule == "closed":
        raise Denied("this hub does not take registrations", "ask an administrator for an account")
    hashed = chosen.take()
    waits = rule == "approval"
    user_id = add_person(tx.db, name, hashed, is_active=not waits, affiliations=[affiliation], make=True)
    if waits:
        tx.db.add(Account(user_id=user_id, awaits_approval=True))
    tx.concerns("user", user_id)
    tx.note(name=name.strip(), awaits_approval=waits)
    return Registered(user_id, check_name("name", name), waits)


def first_admin(hub: Hub, name: str, password: str, *, given: bool = False) -> int:
    """Make the first admin of a hub that has none; their ``user_id``. Conflict where there is one already."""
    return _first_admin(system(hub), name, choose_password(hub, name, password, given=given))


@action("hub.init")
def _first_admin(caller: Caller, tx: Tx, name: str, chosen: Chosen) -> int:
    tx.db.execute(sa.select(AuditHead.id).with_for_update())  # of two at once, the second sees the first one's admin
    if tx.db.scalar(sa.select(User.user_id).where(User.is_admin).limit(1)) is not None:
        raise Conflict("this hub has an admin already", "sign in, or `openmodelhub user reset-password NAME`")
    user_id = add_person(tx.db, name, chosen.take(), is_admin=True)
    tx.concerns("user", user_id)
    tx.note(name=name)
    return user_id


def has_admin(hub: Hub) -> bool:
    """Whether the hub is set up: somebody is an admin."""
    with hub.database.read() as db:
        return db.scalar(sa.select(User.user_id).where(User.is_admin).limit(1)) is not None


def act_for(hub: Hub, name: str | None, operator: str) -> Caller:
    """The caller of an operator at the machine who acts for this person, or for the first admin when none is named."""
    with hub.database.read() as db:
        if name is None:
            first = sa.select(User.user_id).where(User.is_admin, User.is_active).order_by(User.user_id).limit(1)
            user_id = db.scalar(first)
            if user_id is None:
                raise NotFound("this hub has no admin yet", "run `openmodelhub init` first")
        else:
            user_id = find_person(db, name).user_id
        return person(hub, db, user_id, operator=operator)


@dataclass(frozen=True, slots=True)
class Secret:
    """A one-time secret to hand to a person: it signs in once, and must then be changed. It is shown only now."""

    user_id: int
    user_name: str
    secret: str = field(repr=False)


def create_person(caller: Caller, name: str, *, is_admin: bool = False, affiliations: Sequence[str] = ()) -> Secret:
    """Make an account whose person signs in with a one-time secret and chooses a password then."""
    secret = one_time_secret()
    made = _create_person(caller, name, hash_password(caller.hub, secret), is_admin, affiliations)
    return Secret(*made, secret)


create_person.permission = "person.create"  # type: ignore[attr-defined]


@action("person.create")
def _create_person(
    caller: Caller, tx: Tx, name: str, hashed: str, is_admin: bool, affiliations: Sequence[str]
) -> tuple[int, str]:
    if is_admin:
        _admins_only(caller, "make admins")
    user_id = add_person(tx.db, name, hashed, is_admin=is_admin, affiliations=affiliations)
    tx.db.add(Account(user_id=user_id, must_change_password=True))
    tx.concerns("user", user_id)
    tx.note(name=name, is_admin=is_admin, affiliations=list(affiliations))
    return user_id, check_name("name", name)


def add_person(
    db: Session,
    name: str,
    hashed: str | None,
    *,
    is_admin: bool = False,
    is_active: bool = True,
    affiliations: Sequence[str] = (),
    make: bool = False,
) -> int:
    """Write one account; ``make`` creates affiliations that do not exist yet. Conflict when the name is taken."""
    name = check_name("name", name)
    if find_people(db, [name]):
        raise Conflict(f"the name '{name}' is taken", "choose another one")
    affil_ids = affiliation_ids(db, affiliations, make)
    row = {
        "user_name": name,
        "name_key": name_key(name),
        "password_hash": hashed,
        "is_admin": is_admin,
        "is_active": is_active,
    }
    return insert_people(db, [(row, affil_ids)])[0]


def insert_people(db: Session, people: Sequence[tuple[dict[str, Any], Sequence[int]]]) -> list[int]:
    """Write these rows of ``user`` with their affiliations, in batches; their ids in order. Names must be free."""
    ids: list[int] = []
    for batch in batches(people, BATCH):
        db.execute(sa.insert(User), [row for row, _ in batch])
        known = find_people(db, [row["user_name"] for row, _ in batch])
        found = [known[row["name_key"]] for row, _ in batch]
        links = [
            {"user_id": user_id, "affil_id": affil_id}
            for user_id, (_, affil_ids) in zip(found, batch, strict=True)
            for affil_id in dict.fromkeys(affil_ids)
        ]
        if links:
            db.execute(sa.insert(UserAffil), links)
        index_names(db, "user", [(user_id, row["user_name"]) for user_id, (row, _) in zip(found, batch, strict=True)])
        ids += found
    return ids


# --- changing a person ----------------------------------------------------------------------------


def find_person(db: Session, name: str, *, lock: bool = False) -> User:
    """The person of this name, active or not; ``NotFound`` names who may be meant."""
    query = sa.select(User).where(User.name_key == name_key(name))
    found = db.scalar(query.with_for_update() if lock else query)
    if found is None:
        names = db.scalars(sa.select(User.user_name).limit(5000))
        raise NotFound(f"there is nobody called '{name[:200]}'", suggest(nearest(name, names)))
    return found


def _lock_admins(caller: Caller, db: Session) -> set[int]:
    """The active admins who can still administer, their rows locked; the caller must still be what they came as."""
    locked = set(
        db.scalars(
            sa.select(User.user_id).where(User.is_admin, User.is_active).order_by(User.user_id).with_for_update()
        )
    )
    if caller.role == "admin" and caller.user_id not in locked:
        raise Denied("you are no longer an admin", "ask an administrator")
    limited = sa.select(PersonPermission.user_id).where(
        PersonPermission.permission.in_(_ESSENTIAL), PersonPermission.allowed.is_(False)
    )
    return locked - set(db.scalars(limited))


def _keep_an_admin(admins: set[int], leaving: int) -> None:
    if admins and not admins - {leaving}:
        raise Conflict("this is the last active admin", "make somebody else an admin first")


def _admins_only(caller: Caller, what: str) -> None:
    if not caller.is_admin:
        raise Denied(f"only an admin may {what}", "ask an administrator")


def _touch(caller: Caller, tx: Tx, name: str) -> tuple[User, set[int]]:
    """The person to change, with the admins' rows locked first; only admins touch an admin's account."""
    admins = _lock_admins(caller, tx.db)
    user = find_person(tx.db, name, lock=True)
    tx.concerns("user", user.user_id)
    tx.note(name=user.user_name)
    if user.is_admin:
        _admins_only(caller, "change an admin's account")
    return user, admins


@action("person.edit")
def edit_person(
    caller: Caller,
    tx: Tx,
    name: str,
    *,
    new_name: str | None = None,
    is_admin: bool | None = None,
    is_active: bool | None = None,
    affiliations: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Rename, promote, demote, activate (which approves), deactivate, or set the affiliations; what was changed.

    A changed role and a deactivation end the person's sessions. Conflict when it would leave no active admin.
    """
    user, admins = _touch(caller, tx, name)
    changed: dict[str, Any] = {}
    if new_name is not None and (fresh := check_name("name", new_name)) != user.user_name:
        if find_people(tx.db, [fresh]).get(name_key(fresh), user.user_id) != user.user_id:
            raise Conflict(f"the name '{fresh}' is taken", "choose another one")
        user.user_name, user.name_key = fresh, name_key(fresh)
        index_name(tx.db, "user", user.user_id, fresh)
        changed["user_name"] = fresh
    if is_admin is not None and is_admin != user.is_admin:
        _admins_only(caller, "make and unmake admins")
        if not is_admin and user.is_active:
            _keep_an_admin(admins, user.user_id)
        user.is_admin = changed["is_admin"] = is_admin
    if is_active is not None and is_active != user.is_active:
        if is_active and user.password_hash is None:
            raise Conflict(f"{user.user_name} has no password yet", "reset the password: that activates the account")
        if not is_active and user.is_admin:
            _keep_an_admin(admins, user.user_id)
        user.is_active = changed["is_active"] = is_active
        account = tx.db.get(Account, user.user_id)
        if is_active and account is not None:
            account.awaits_approval = False
    if affiliations is not None:
        changed["affiliations"] = set_affiliations(tx.db, user.user_id, affiliations)
    if "is_admin" in changed:
        end_sessions(tx.db, user.user_id, why="your role was changed")
    elif changed.get("is_active") is False:
        end_sessions(tx.db, user.user_id, why="your account was deactivated")
    tx.note(changed=changed)
    return changed


def reset_password(caller: Caller, name: str) -> Secret:
    """Give the person a new one-time secret and end their sessions; an account without a password is activated.

    Their keys go out of use, as these open with the old password alone: private files of theirs stay shut.
    """
    secret = one_time_secret()
    made = _reset_password(caller, name, hash_password(caller.hub, secret))
    return Secret(*made, secret)


reset_password.permission = "person.reset"  # type: ignore[attr-defined]


@action("person.reset")
def _reset_password(caller: Caller, tx: Tx, name: str, hashed: str) -> tuple[int, str]:
    user, _ = _touch(caller, tx, name)
    account = tx.db.get(Account, user.user_id)
    if account is None:
        account = Account(user_id=user.user_id)
        tx.db.add(account)
    if user.password_hash is None:
        user.is_active = True
    user.password_hash = hashed
    account.must_change_password, account.demo_password = True, False
    retired = keys.retire_keys(tx.db, user.user_id)  # nobody has the password that they are wrapped under
    tx.note(retired_keys=retired)
    end_sessions(tx.db, user.user_id, why="your password was reset")
    return user.user_id, user.user_name


def change_password(caller: Caller, old: str, new: str) -> None:
    """Change one's own password and end one's other sessions; SignInFailed when the old one is wrong.

    ``Throttled`` after some wrong tries: a stolen session is no place to guess the password.
    """
    hub = caller.hub
    throttle = throttle_of(hub, CHANGES)
    try:
        throttle.take(str(caller.user_id))
    except Throttled as error:
        _change_password(caller, None, Chosen(refusal=error))
    with hub.database.read() as db:
        seen = db.scalar(sa.select(User.password_hash).where(User.user_id == caller.user_id))
    rewrapped: keys.Rewrapped | keys.Made | None = None
    try:
        if not hub.passwords.verify(seen, old):
            raise SignInFailed("the old password is wrong", "check it and try again")
        if old == new:
            raise Invalid("the new password is the old one", "choose another one")
        chosen = choose_password(hub, caller.user_name, new)
        if chosen.refusal is None and caller.user_id is not None:
            rewrapped = keys.rewrap(hub, caller.user_id, old, new)
    except TooBusy:
        busy = Throttled("many passwords are being checked just now", "wait a moment and try again")
        chosen = Chosen(refusal=busy)
    except HubError as error:
        chosen = Chosen(refusal=error)
    _change_password(caller, seen, chosen, rewrapped)
    throttle.forgive(str(caller.user_id))


change_password.permission = "person.rekey"  # type: ignore[attr-defined]


@action("person.rekey")
def _change_password(
    caller: Caller, tx: Tx, seen: str | None, chosen: Chosen, rewrapped: keys.Rewrapped | keys.Made | None = None
) -> None:
    tx.concerns("user", caller.user_id)
    require_proof(caller, tx)
    hashed = chosen.take()
    user = tx.db.get(User, caller.user_id, with_for_update=True)
    if user is None or user.password_hash != seen:
        raise Conflict("the password was changed meanwhile", "sign in with the new one")
    user.password_hash = hashed
    account = tx.db.get(Account, user.user_id)
    if account is not None:
        account.must_change_password = account.demo_password = False
    if rewrapped is not None:
        keys.keep_rewrapped(caller.hub, tx.db, user, rewrapped)
        if isinstance(rewrapped, keys.Made):
            keys.keep_open(caller, tx.db, rewrapped.unlocked(user.user_id))
    end_sessions(tx.db, user.user_id, why="your password was changed", keep=caller.session_id)


@action("person.remove")
def remove_person(
    caller: Caller, tx: Tx, name: str, *, transfer_to: str | None = None, delete_items: bool = False
) -> dict[str, int]:
    """Remove a person with their credits, sessions and chats; how many models and datasets went where.

    Somebody who owns items is removed only when it is said whether these go to another person or are deleted.
    """
    user, admins = _touch(caller, tx, name)
    if user.is_admin and user.is_active:
        _keep_an_admin(admins, user.user_id)
    owned = {
        "model": list(tx.db.execute(sa.select(Model.model_id, Model.name_key).where(Model.owner_id == user.user_id))),
        "dataset": list(
            tx.db.execute(sa.select(Dataset.ds_id, Dataset.name_key).where(Dataset.owner_id == user.user_id))
        ),
    }
    counts = {"models": len(owned["model"]), "datasets": len(owned["dataset"])}
    if any(counts.values()) and bool(transfer_to) == delete_items:
        raise Conflict(
            f"{user.user_name} owns {counts['models']} models and {counts['datasets']} datasets",
            "say who they go to, or that they are to be deleted",
        )
    if transfer_to and any(counts.values()):
        _transfer(caller.hub, tx, user, find_person(tx.db, transfer_to, lock=True), owned)
    elif delete_items:
        for kind, rows in owned.items():
            for item_id, _ in rows:
                forget_name(tx.db, kind, item_id)
        tx.db.execute(sa.delete(Model).where(Model.owner_id == user.user_id))
        tx.db.execute(sa.delete(Dataset).where(Dataset.owner_id == user.user_id))
    forget_name(tx.db, "user", user.user_id)
    keys.retire_keys(tx.db, user.user_id)
    tx.db.flush()
    theirs = sa.select(PersonKey.key_id).where(PersonKey.user_id == user.user_id)
    tx.db.execute(sa.delete(KeyWrap).where(KeyWrap.key_id.in_(theirs)))  # nobody can open these any more
    tx.db.execute(sa.delete(User).where(User.user_id == user.user_id))
    tx.note(transferred_to=transfer_to, deleted_items=delete_items, **counts)
    return counts


def _transfer(hub: Hub, tx: Tx, user: User, heir: User, owned: Mapping[str, Sequence[Any]]) -> None:
    if heir.user_id == user.user_id or not heir.is_active:
        raise Invalid(f"the items cannot go to {heir.user_name}", "name another, active person")
    kinds: tuple[Kind, ...] = ("model", "dataset")
    for kind in kinds:
        taken = taken_names(tx.db, kind, [(heir.user_id, key) for _, key in owned[kind]])
        if taken:
            names = ", ".join(f"'{key}'" for _, key in sorted(taken)[:5])
            raise Conflict(f"{heir.user_name} has a {kind} of the same name: {names}", "rename one of them first")
        for item_id, _ in owned[kind]:
            end_all_access(hub, tx.db, kind, item_id, heir.user_id)
    for table in (Model, Dataset):
        tx.db.execute(sa.update(table).where(table.owner_id == user.user_id).values(owner_id=heir.user_id))


# --- single permissions ---------------------------------------------------------------------------


@action("permission.grant")
def grant_permission(caller: Caller, tx: Tx, name: str, permission: str, allowed: bool | None) -> None:
    """Grant (True) or take (False) one permission from a person, or go back to what the role says (None).

    Nobody grants what they may not do themselves, and the last admin keeps what administering takes.
    """
    grantable = [one for one, (role, _) in PERMISSIONS.items() if role in ("user", "admin")]
    if permission not in grantable:
        near = nearest(permission, grantable)
        raise NotFound(f"no permission is called '{permission[:60]}'", suggest(near) or ", ".join(grantable))
    if not caller.may(permission):
        raise Denied("you may not grant or take what you may not do yourself", "ask an administrator")
    user, admins = _touch(caller, tx, name)
    if allowed is False and permission in _ESSENTIAL and user.user_id in admins:
        _keep_an_admin(admins, user.user_id)
    row = tx.db.get(PersonPermission, (user.user_id, permission))
    if row is not None:
        tx.db.delete(row)
        tx.db.flush()
    if allowed is not None:
        tx.db.add(PersonPermission(user_id=user.user_id, permission=permission, allowed=allowed))
    tx.note(permission=permission, allowed=allowed)


# --- listing people -------------------------------------------------------------------------------


@action("person.list", reads=True)
def list_people(
    caller: Caller,
    tx: Tx,
    *,
    search: str = "",
    is_admin: bool | None = None,
    is_active: bool | None = None,
    awaits_approval: bool | None = None,
    affiliation: str = "",
    sort: str = "user_name",
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """A page of accounts with their states and affiliations.

    ``search`` is looked for in names, numbers and affiliations; the other filters must all hold.
    """
    waits = sa.func.coalesce(Account.awaits_approval, False)
    columns = {
        "user_id": User.user_id,
        "user_name": User.user_name,
        "is_admin": User.is_admin,
        "is_active": User.is_active,
        "created_at": User.created_at,
        "awaits_approval": waits.label("awaits_approval"),
        "must_change_password": sa.func.coalesce(Account.must_change_password, False).label("must_change_password"),
        "demo_password": sa.func.coalesce(Account.demo_password, False).label("demo_password"),
    }
    if sort not in columns:
        raise Invalid(f"there is no column '{sort}' to sort by", suggest(nearest(sort, columns)))
    query = sa.select(*columns.values()).outerjoin(Account, Account.user_id == User.user_id)
    for column, wanted in ((User.is_admin, is_admin), (User.is_active, is_active), (waits, awaits_approval)):
        if wanted is not None:
            query = query.where(column.is_(wanted))
    members = sa.select(UserAffil.user_id).join(Affil, Affil.affil_id == UserAffil.affil_id)
    if affiliation.strip():
        query = query.where(User.user_id.in_(members.where(Affil.name_key == name_key(affiliation))))
    if search.strip():
        folded = name_key(search)
        named = members.where(Affil.name_key.contains(folded, autoescape=True))
        conditions = [User.name_key.contains(folded, autoescape=True), User.user_id.in_(named)]
        if folded.isdecimal() and len(folded) < 10:
            conditions.append(User.user_id == int(folded))
        query = query.where(sa.or_(*conditions))
    total = tx.db.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    order: Any = User.name_key if sort == "user_name" else columns[sort]
    ordered = query.order_by(order.desc() if descending else order, User.user_id)
    found = tx.db.execute(ordered.offset(max(offset, 0)).limit(min(max(limit, 0), 1000))).mappings().all()
    names = affiliations_of(tx.db, [row["user_id"] for row in found])
    rows = [
        {**{name: _plain(value) for name, value in row.items()}, "affiliations": names.get(row["user_id"], [])}
        for row in found
    ]
    tx.note(search=search[:100], rows=len(rows))
    return Page(rows, total)


@action("person.list", reads=True)
def show_person(caller: Caller, tx: Tx, name: str) -> dict[str, Any]:
    """One account in full: its states, affiliations, single permissions, and how much it owns."""
    user = find_person(tx.db, name)
    account = tx.db.get(Account, user.user_id)
    single = tx.db.execute(
        sa.select(PersonPermission.permission, PersonPermission.allowed)
        .where(PersonPermission.user_id == user.user_id)
        .order_by(PersonPermission.permission)
    ).all()
    tx.concerns("user", user.user_id)
    return {
        "user_id": user.user_id,
        "user_name": user.user_name,
        "is_admin": user.is_admin,
        "is_active": user.is_active,
        "created_at": _plain(user.created_at),
        "awaits_approval": account is not None and account.awaits_approval,
        "must_change_password": account is not None and account.must_change_password,
        "demo_password": account is not None and account.demo_password,
        "affiliations": affiliations_of(tx.db, [user.user_id]).get(user.user_id, []),
        "granted": [row.permission for row in single if row.allowed],
        "taken": [row.permission for row in single if not row.allowed],
        "models": tx.db.scalar(sa.select(sa.func.count()).where(Model.owner_id == user.user_id)) or 0,
        "datasets": tx.db.scalar(sa.select(sa.func.count()).where(Dataset.owner_id == user.user_id)) or 0,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value
