"""Who may do what: the caller, the permissions, the gate every action goes through, and the rows a caller may see."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.engine import is_transient
from db.tables import (
    CATALOGUE,
    Account,
    Dataset,
    ItemEpoch,
    ItemGrant,
    Model,
    PersonPermission,
    User,
    WebSession,
    utc_now,
)
from hub import witness
from hub.errors import Denied, HubError, NotProved, NotSignedIn, QueryRefused, SignInFailed, Throttled, Unavailable

if TYPE_CHECKING:
    from hub.home import Hub

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
Role = Literal["nobody", "user", "admin", "system"]

# --- permissions ----------------------------------------------------------------------------------

PERMISSIONS: Mapping[str, tuple[str, str]] = {
    # name: (who has it unless granted or taken: nobody|user|admin|system, what it allows)
    "session.open": ("nobody", "sign in"),
    "session.close": ("user", "sign out, and end other sessions of one's own"),
    "session.prove": ("user", "prove that one's browser holds its session's key"),
    "session.list": ("user", "see one's own open sessions"),
    "person.register": ("nobody", "register an account"),
    "person.rekey": ("user", "change one's own password"),
    "catalog.browse": ("user", "see models, datasets, people and affiliations"),
    "query.run": ("user", "ask questions and run read-only SQL"),
    "chat.keep": ("user", "keep a chat history"),
    "model.create": ("user", "register models"),
    "dataset.create": ("user", "register datasets"),
    "model.edit": ("user", "edit one's own models"),
    "dataset.edit": ("user", "edit one's own datasets"),
    "model.delete": ("user", "delete and restore one's own models"),
    "dataset.delete": ("user", "delete and restore one's own datasets"),
    "artifact.upload": ("user", "upload files of one's own models and datasets"),
    "artifact.download": ("user", "download the files of models and datasets that one may open"),
    "item.share": ("user", "share one's own models and datasets, and take access back"),
    "item.rekey": ("user", "seal the files of one's own models and datasets under fresh keys"),
    "invitation.answer": ("user", "see, accept and decline invitations"),
    "artifact.recover": ("admin", "recover files with the recovery key"),
    "insight.view": ("admin", "see insights into the whole catalogue"),
    "person.list": ("admin", "list accounts and their states"),
    "person.create": ("admin", "create accounts"),
    "person.edit": ("admin", "rename, promote, demote, activate and deactivate people"),
    "person.reset": ("admin", "reset a person's password"),
    "person.remove": ("admin", "remove a person"),
    "affiliation.edit": ("admin", "create and rename affiliations"),
    "permission.grant": ("admin", "grant or take single permissions"),
    "plan.settle": ("user", "confirm or cancel the changes one has planned"),
    "records.load": ("admin", "load records into the catalogue"),
    "records.export": ("admin", "export the whole catalogue"),
    "audit.own": ("user", "see one's own activity"),
    "audit.show": ("admin", "read the audit trail"),
    "audit.verify": ("admin", "verify the audit trail"),
    "hub.init": ("system", "set the hub up"),
    "hub.sweep": ("system", "remove what has expired"),
}
"""Every permission there is; an action that is not listed here does not exist."""

_RANK: Mapping[str, int] = {"nobody": 0, "user": 1, "admin": 2, "system": 3}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever acts: a person in a session, an operator acting for a person, nobody yet, or the hub itself.

    A caller names a person; what that person may do is read anew from the database by the gate at every action.
    """

    hub: Hub = field(repr=False, compare=False)
    role: Role
    user_id: int | None = None
    user_name: str = ""
    session_id: str | None = None
    operator: str | None = None
    must_change_password: bool = False
    secret: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    """Gives what opens the person's keys: the cookie's token in a session, else the password; see ``hub.keys``."""
    granted: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        return self.role in ("admin", "system")

    def may(self, permission: str) -> bool:
        """Whether this caller has the permission, by role or by a grant of their own."""
        if permission not in PERMISSIONS or permission in self.taken:
            return False
        needed = _RANK[PERMISSIONS[permission][0]]
        return _RANK[self.role] >= needed or (permission in self.granted and needed <= _RANK["admin"])

    def may_any(self, permissions: str) -> bool:
        """Whether this caller has one of these permissions, which blanks separate."""
        return any(self.may(permission) for permission in permissions.split())


def nobody(hub: Hub) -> Caller:
    """The caller before signing in: may sign in and register."""
    return Caller(hub, "nobody")


def system(hub: Hub) -> Caller:
    """The hub acting for itself, for set-up and sweeps; never made from anything that comes from outside."""
    return Caller(hub, "system", user_name="system")


def person(
    hub: Hub, db: Session, user_id: int, *, session_id: str | None = None, operator: str | None = None
) -> Caller:
    """The caller for this active person; NotSignedIn when the account or the session is not usable."""
    asked = Caller(hub, "user", user_id, session_id=session_id, operator=operator)
    return _refresh(asked, db)


# Built once: every action asks these first.
_PERSON = (
    sa.select(User.user_name, User.is_admin, User.is_active, Account.must_change_password)
    .outerjoin(Account, Account.user_id == User.user_id)
    .where(User.user_id == sa.bindparam("asked"))
)
_SINGLE = sa.select(PersonPermission.permission, PersonPermission.allowed).where(
    PersonPermission.user_id == sa.bindparam("asked")
)


def _refresh(caller: Caller, db: Session) -> Caller:
    """The caller as the database has them now."""
    if caller.user_id is None:
        if caller.role not in ("nobody", "system"):
            raise NotSignedIn("nobody is signed in", "sign in")
        return caller
    found = db.execute(_PERSON, {"asked": caller.user_id}).one_or_none()
    if found is None or not found.is_active:
        raise NotSignedIn("this account is not active", "ask an administrator")
    if caller.session_id is not None:
        alive = db.scalar(
            sa.select(WebSession.user_id).where(
                WebSession.session_id == caller.session_id,
                WebSession.ended_at.is_(None),
                WebSession.expires_at > utc_now(),
            )
        )
        if alive != caller.user_id:
            raise NotSignedIn("your session has ended", "sign in again")
    single = db.execute(_SINGLE, {"asked": caller.user_id}).all()
    return replace(
        caller,
        must_change_password=bool(found.must_change_password),
        role="admin" if found.is_admin else "user",
        user_name=found.user_name,
        granted=frozenset(row.permission for row in single if row.allowed),
        taken=frozenset(row.permission for row in single if not row.allowed),
    )


# --- the gate -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Tx:
    """An action under way: its database session, and what the audit trail will say about it.

    ``ready`` is what was prepared before the transaction began; ``outcome`` is what a success is called.
    """

    db: Session
    object_type: str | None = None
    object_id: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    ready: Any = None
    outcome: str = "ok"
    parts: list[Tx] = field(default_factory=list)

    def concerns(self, object_type: str, object_id: object) -> None:
        """Name the thing this action is about."""
        self.object_type, self.object_id = object_type, str(object_id)

    def note(self, **detail: Any) -> None:
        """Add facts to the audit row; never a password, key, token or file content."""
        self.detail.update(detail)

    def part(self) -> Tx:
        """The action on one of several things: each has an audit row of its own, instead of one for all."""
        self.parts.append(Tx(self.db, ready=self.ready))
        return self.parts[-1]


ACTIONS: dict[str, list[str]] = {}
"""Permission name → qualified names of the hub functions behind it; filled by ``action``."""

_TRIES = 6
_WITH_ONE_TIME_SECRET = ("person.rekey", "session.close", "session.prove")  # all that it is good for, beside signing in
_LONGEST_MESSAGE = 500


def action(
    permission: str, *, reads: bool = False, quiet: bool = False
) -> Callable[[Callable[Concatenate[Caller, Tx, P], R]], Callable[Concatenate[Caller, P], R]]:
    """Make a function an action: permission check, transaction, run, audit row in that same transaction.

    The decorated function is called without its ``Tx``: the gate opens it. With ``reads`` the function runs in a read
    transaction and the audit row is written in a transaction of its own before anything is returned. ``quiet`` leaves
    out the audit row of a success, for look-ups that only resolve words of an action that is audited itself.
    A refusal or failure, a bug too, is audited in a fresh transaction; of many tries in a throttled time the first, so
    that nobody fills the trail by knocking. A transaction that lost a deadlock is run again
    from its beginning, so a body must not have effects outside the database before it returns.
    """
    if permission not in PERMISSIONS:
        raise KeyError(f"no permission is called {permission!r}; add it to PERMISSIONS")

    def decorate(body: Callable[Concatenate[Caller, Tx, P], R]) -> Callable[Concatenate[Caller, P], R]:
        ACTIONS.setdefault(permission, []).append(f"{body.__module__}.{body.__qualname__}")

        @functools.wraps(body)
        def gated(caller: Caller, *args: P.args, **kwargs: P.kwargs) -> R:
            run = _read if reads else _write
            begun: list[Tx] = []

            def noted(fresh: Caller, tx: Tx) -> R:
                begun.append(tx)
                return body(fresh, tx, *args, **kwargs)

            try:
                return run(caller, permission, quiet, noted)
            except HubError as error:
                if not (isinstance(error, Throttled) and error.repeated):
                    _audit_failure(caller, permission, error, begun[-1] if begun else None)
                raise
            except sa.exc.OperationalError as error:
                log.exception("the database failed in %s", permission)
                known = Unavailable("the database does not answer", "try again; `openmodelhub doctor` says more")
                _audit_failure(caller, permission, known, begun[-1] if begun else None)
                raise known from error
            except Exception as error:
                bug = HubError(f"{type(error).__name__} in {body.__module__}")
                _audit_failure(caller, permission, bug, begun[-1] if begun else None)
                raise

        gated.permission = permission  # type: ignore[attr-defined]
        return gated  # type: ignore[return-value]

    return decorate


def body_of(
    gated: Callable[Concatenate[Caller, P], R],
) -> Callable[Concatenate[Caller, Tx, P], R]:
    """The body of an action, for a plan of the same permission that carries it out in its own transaction."""
    body: Callable[Concatenate[Caller, Tx, P], R] = gated.__wrapped__  # type: ignore[attr-defined]
    return body


def _admit(caller: Caller, permission: str, db: Session) -> Caller:
    fresh = _refresh(caller, db)
    if fresh.session_id and fresh.must_change_password and permission not in _WITH_ONE_TIME_SECRET:
        raise Denied("your one-time secret must be changed first", "choose a password of your own")
    if not fresh.may(permission):
        what = PERMISSIONS[permission][1]
        raise Denied(f"you may not {what}", "an administrator can grant you this permission")
    return fresh


def _read(caller: Caller, permission: str, quiet: bool, run: Callable[[Caller, Tx], R]) -> R:
    with caller.hub.database.read() as db:
        fresh = _admit(caller, permission, db)
        tx = Tx(db)
        result = run(fresh, tx)
    if not quiet:
        _transact(caller.hub, lambda db: _audit(db, fresh, permission, tx.outcome, tx))
    return result


def _write(caller: Caller, permission: str, quiet: bool, run: Callable[[Caller, Tx], R]) -> R:
    def act(db: Session) -> R:
        fresh = _admit(caller, permission, db)
        tx = Tx(db)
        witness.watch(db)
        result = run(fresh, tx)
        db.flush()
        touched = witness.digests(db)
        if touched or not quiet:
            parts = tx.parts or [tx]
            for each in parts:
                each.note(**tx.detail)
            if touched:
                parts[-1].note(**{witness.NOTED: touched})
            for each in parts:
                _audit(db, fresh, permission, tx.outcome, each)
        return result

    return _transact(caller.hub, act)


def _transact(hub: Hub, act: Callable[[Session], R]) -> R:
    """Run this in a write transaction, from its beginning again when it lost a race that another try may win."""
    for left in reversed(range(_TRIES)):
        try:
            with hub.database.write() as db:
                return act(db)
        except sa.exc.DBAPIError as error:
            # A duplicate is another action that was first: run again, this one sees it and says so in its own words.
            if not left or not (is_transient(error) or isinstance(error, sa.exc.IntegrityError)):
                raise
            time.sleep(0.02 * (_TRIES - left))
    raise AssertionError("unreachable")


def _audit(db: Session, caller: Caller, permission: str, outcome: str, tx: Tx) -> None:
    caller.hub.trail.append(db, caller, permission, outcome, tx.object_type, tx.object_id, tx.detail)


def _audit_failure(caller: Caller, permission: str, error: HubError, begun: Tx | None) -> None:
    refusals = Denied | NotSignedIn | NotProved | SignInFailed | Throttled | QueryRefused
    outcome = "refused" if isinstance(error, refusals) else "failed"

    def append(db: Session) -> None:
        tx = Tx(db)
        if begun is not None:
            tx = replace(begun, db=db, detail=dict(begun.detail))
        tx.note(code=error.code, message=error.message[:_LONGEST_MESSAGE])
        _audit(db, caller, permission, outcome, tx)

    try:
        _transact(caller.hub, append)
    except (sa.exc.SQLAlchemyError, Unavailable):
        log.exception("could not audit a %s %s", outcome, permission)


# --- what SQL may read, and which rows ------------------------------------------------------------


def readable_columns(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """The columns of a catalogue table that anyone may read, in the table's order."""
    return tuple(column for column in table.columns if not (column.info.get("secret") or column.info.get("internal")))


READABLE: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in readable_columns(table)) for table in CATALOGUE
}
"""Table name → column names that SQL may read; the guard, SQLite's authorizer and the database grants follow it."""


@dataclass(frozen=True, slots=True)
class Granted:
    """Ids of private items that the caller was let in on."""

    models: tuple[int, ...] = ()
    datasets: tuple[int, ...] = ()


def granted_items(caller: Caller, db: Session) -> Granted:
    """The private items this caller was let in on, as of now.

    Grants that ran out, and those of an epoch that is over, count no more. Signatures are for content: they would not
    hide a row's name from somebody who can write to the database, and reads it there.
    """
    if caller.user_id is None:
        return Granted()
    same_item = sa.or_(ItemEpoch.model_id == ItemGrant.model_id, ItemEpoch.ds_id == ItemGrant.ds_id)
    rows = db.execute(
        sa.select(ItemGrant.model_id, ItemGrant.ds_id)
        .outerjoin(ItemEpoch, same_item)
        .where(
            ItemGrant.user_id == caller.user_id,
            ItemGrant.epoch == sa.func.coalesce(ItemEpoch.epoch, 0),
            sa.or_(ItemGrant.expires_at.is_(None), ItemGrant.expires_at > utc_now()),
        )
    ).all()
    return Granted(
        tuple(sorted(row.model_id for row in rows if row.model_id is not None)),
        tuple(sorted(row.ds_id for row in rows if row.ds_id is not None)),
    )


def visible(caller: Caller, granted: Granted, table: sa.Table) -> sa.ColumnElement[bool] | None:
    """The condition that a row of a catalogue table must meet for this caller to see it; None: every row.

    A model or dataset is visible when it is public, the caller's own, or granted to them; admins see all metadata.
    A row of any other table is visible when every model and dataset it refers to is.
    """
    if caller.is_admin:
        return None
    if table is Model.__table__:
        return _item_visible(caller, Model.visibility, Model.owner_id, Model.model_id, granted.models)
    if table is Dataset.__table__:
        return _item_visible(caller, Dataset.visibility, Dataset.owner_id, Dataset.ds_id, granted.datasets)
    conditions = []
    for column in table.columns:
        for key in column.foreign_keys:
            target = key.column.table
            inner = visible(caller, granted, target)
            if inner is not None:
                conditions.append(column.in_(sa.select(key.column).where(inner)))
    return sa.and_(*conditions) if conditions else None


def _item_visible(
    caller: Caller, visibility: Any, owner: Any, item: Any, granted: tuple[int, ...]
) -> sa.ColumnElement[bool]:
    conditions: list[sa.ColumnElement[bool]] = [visibility == "public"]
    if caller.user_id is not None:
        conditions.append(owner == caller.user_id)
    if granted:
        conditions.append(item.in_(granted))
    return sa.or_(*conditions)
