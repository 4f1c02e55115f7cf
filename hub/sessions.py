"""Signed-in browsers: signing in with a password, and the session rows that decide whether a browser still is.

The browser's cookie carries a random token; the row is named by the token's SHA-256, so a copy of the database opens
no session. That name (``session_id``) is also what the audit trail shows.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import NAME_LENGTH, Account, User, WebSession, name_key, utc_now
from hub import keys
from hub.access import Caller, Tx, action, body_of, person
from hub.errors import Conflict, HubError, NotFound, NotSignedIn, SignInFailed, Throttled
from hub.home import Hub
from hub.plans import Change, Draft, planned
from hub.throttle import network_of, throttle_of
from secure.passwords import TooBusy

log = logging.getLogger(__name__)

PER_ACCOUNT = "5/minute; 10/10 minutes; 20/hour"  # wrong tries on one account from one address
PER_ADDRESS = "30/minute; 200/hour"  # wrong tries from one address, whatever the account
PER_NAME = "100/hour"  # wrong tries on one account from anywhere: high, so that nobody is locked out by others soon
_SHORTEST = 8  # characters of a session's id that name it
_SEEN_EVERY = timedelta(minutes=1)
_BIND_WITHIN = timedelta(minutes=5)  # a sign-in that no key was bound to by then has come to nothing
_FORGET_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened; ``token`` is for the browser's cookie alone and stands nowhere else."""

    session_id: str
    user_id: int
    user_name: str
    must_change_password: bool
    expires_at: datetime
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is open now, and whose it is."""

    session_id: str
    user_id: int
    user_name: str
    must_change_password: bool
    expires_at: datetime
    seen_at: datetime

    @property
    def is_news(self) -> bool:
        """Whether ``note_seen`` has not been told of this browser for a minute."""
        return utc_now() - self.seen_at >= _SEEN_EVERY


def session_name(token: str) -> str:
    """The ``session_id`` that belongs to a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- signing in and out ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Proof:
    """A password that was found right: the hash it was checked against, and a newer one if that is outdated."""

    user_id: int
    hashed: str
    better: str | None
    keys: keys.Unlocked | keys.Made | None = field(repr=False)


def sign_in(caller: Caller, name: str, password: str, *, address: str = "", browser: str = "") -> SignedIn:
    """Open a session for the person with this name and password; audited either way.

    ``SignInFailed`` says the same, after the same time, for a wrong password and for a name that does not exist; only
    who has the right password learns that the account waits for approval or is deactivated. ``Throttled`` after too
    many wrong tries or while too many people sign in at once.
    """
    # The hash takes a core for tens of milliseconds, so it is checked before the transaction begins.
    try:
        proof: _Proof | HubError = _check_password(caller.hub, name, password, network_of(address))
    except HubError as error:
        proof = error
    return _open_session(caller, name[:NAME_LENGTH], proof, address[:64], browser[:255])


sign_in.permission = "session.open"  # type: ignore[attr-defined]


def _check_password(hub: Hub, name: str, password: str, address: str) -> _Proof:
    key = name_key(name)[:NAME_LENGTH]
    by_account, by_address, by_name = (throttle_of(hub, rule) for rule in (PER_ACCOUNT, PER_ADDRESS, PER_NAME))
    by_address.check(address)
    by_name.check(key)
    by_account.take(key, address)  # counted before the hash is checked, so that tries at the same time count too
    with hub.database.read() as db:
        found = db.execute(_SIGNING_IN.where(User.name_key == key)).one_or_none()
    try:
        right = hub.passwords.verify(found.password_hash if found else None, password)
        if not right or found is None or not found.password_hash:
            by_address.take(address)
            by_name.take(key)
            raise SignInFailed("wrong name or password", "check both and try again")
        by_account.forgive(key, address)
        better = hub.passwords.hash(password) if hub.passwords.is_outdated(found.password_hash) else None
        # A one-time secret, which others know, makes no keys, nor does an account that cannot sign in yet.
        wanted = found.is_active and not found.must_change_password
        opened = _open_keys(hub, found.user_id, password) if wanted else None
    except TooBusy:
        raise Throttled("many people are signing in just now", "wait a moment and try again", retry_after=2) from None
    return _Proof(found.user_id, found.password_hash, better, opened)


_SIGNING_IN = sa.select(User.user_id, User.password_hash, User.is_active, Account.must_change_password).outerjoin(
    Account, Account.user_id == User.user_id
)


def _open_keys(hub: Hub, user_id: int, password: str) -> keys.Unlocked | keys.Made | None:
    """The person's keys, made now if they have none; without them they can still sign in, but open no files."""
    try:
        return keys.open_with_password(hub, user_id, password) or keys.make_keys(hub, password)
    except (SignInFailed, Conflict) as error:
        log.warning("the keys of user %s do not open: %s", user_id, error.message)
        return None


@action("session.open")
def _open_session(caller: Caller, tx: Tx, name: str, proof: _Proof | HubError, address: str, browser: str) -> SignedIn:
    tx.note(address=address)
    if isinstance(proof, HubError):
        _note_tried(tx, name)
        raise proof
    tx.concerns("user", proof.user_id)
    user = tx.db.get(User, proof.user_id, with_for_update=True)
    if user is None or user.password_hash != proof.hashed:  # changed since it was checked
        raise SignInFailed("wrong name or password", "check both and try again")
    account = tx.db.get(Account, user.user_id)
    if not user.is_active:
        if account is not None and account.awaits_approval:
            raise SignInFailed("your account waits for an administrator's approval", "try again once it is approved")
        raise SignInFailed("your account is deactivated", "ask an administrator")
    if proof.better is not None:
        user.password_hash = proof.better
    token = secrets.token_urlsafe(32)
    now = utc_now()
    row = WebSession(
        session_id=session_name(token),
        user_id=user.user_id,
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(hours=caller.hub.settings.session_hours),
        address=address,
        browser=browser,
    )
    opened = proof.keys
    if isinstance(opened, keys.Made):
        opened = opened.unlocked(user.user_id) if keys.keep_keys(caller.hub, tx.db, user.user_id, opened) else None
    if opened is not None:
        row.keys_box = keys.seal_box(opened, row.session_id, token)
    tx.db.add(row)
    tx.note(name=user.user_name, session=row.session_id)
    must_change = account is not None and account.must_change_password
    return SignedIn(row.session_id, user.user_id, user.user_name, must_change, row.expires_at, token)


def _note_tried(tx: Tx, name: str) -> None:
    """Say whose account was tried; a name that nobody has is left out, as it may be a password in the wrong field."""
    tried = tx.db.execute(
        sa.select(User.user_id, User.user_name).where(User.name_key == name_key(name)[:NAME_LENGTH])
    ).one_or_none()
    if tried is not None:
        tx.concerns("user", tried.user_id)
        tx.note(name=tried.user_name)


@action("session.close")
def sign_out(caller: Caller, tx: Tx) -> None:
    """End the caller's own session."""
    if caller.session_id is None:
        raise NotSignedIn("there is no session to end", "you are signed out already")
    tx.concerns("session", caller.session_id)
    _end(tx.db, WebSession.session_id == caller.session_id, "signed out")


@action("session.list", reads=True, quiet=True)
def list_sessions(caller: Caller, tx: Tx) -> list[dict[str, Any]]:
    """The caller's own open sessions, this one first: where from, with what, since when and last seen when."""
    query = (
        sa.select(
            WebSession.session_id, WebSession.address, WebSession.browser, WebSession.created_at, WebSession.seen_at
        )
        .join(User, User.user_id == WebSession.user_id)
        .where(WebSession.user_id == caller.user_id, *_alive(utc_now()))
        .order_by(WebSession.seen_at.desc(), WebSession.session_id)
    )
    rows = [{**row, "is_this": row["session_id"] == caller.session_id} for row in tx.db.execute(query).mappings()]
    return sorted(rows, key=lambda row: not row["is_this"])


@planned("session.close", "End")
def plan_session_end(caller: Caller, tx: Tx, session: str | None = None) -> Draft:
    """Plan to end one of the caller's own other sessions, by the beginning of its id, or all others."""
    others = [row for row in body_of(list_sessions)(caller, tx) if not row["is_this"]]
    meant = [row for row in others if session is None or row["session_id"].startswith(session)]
    if session is not None and (len(session) < _SHORTEST or len(meant) != 1):
        raise NotFound("there is no such session of yours", "/profile lists them")
    ids = sorted(row["session_id"] for row in meant)

    def run(_chosen: Mapping[str, str]) -> str:
        for session_id in ids:
            _end(tx.db, WebSession.session_id == session_id, "you ended it from another session")
        tx.note(sessions=len(ids))
        return "The session was ended." if len(ids) == 1 else f"{len(ids)} sessions were ended."

    changes = [
        Change(describe_browser(row["browser"]), f"signed in from {row['address']}", "signed out") for row in meant
    ]
    title = "End one session" if session is not None else "End all your other sessions"
    return Draft(title, changes, run, about=ids)


def describe_browser(agent: str) -> str:
    """A browser as a person knows it, from what it calls itself: "Firefox on Windows"."""
    programs = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS")),
        ("Linux", "Linux"),
    )
    program = next((name for sign, name in programs if sign in agent), agent.split("/")[0][:30] or "a browser")
    on = next((name for sign, name in systems if sign in agent), "")
    return f"{program} on {on}" if on else program


@action("hub.sweep", quiet=True)
def sweep_sessions(caller: Caller, tx: Tx) -> int:
    """Forget sessions that closed more than a month ago; how many."""
    old = utc_now() - _FORGET_AFTER
    gone = sa.or_(WebSession.expires_at < old, WebSession.ended_at < old)
    result = tx.db.execute(sa.delete(WebSession).where(gone).execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def end_sessions(db: Session, user_id: int, *, why: str = "", keep: str | None = None) -> int:
    """End every open session of a person, but the one to ``keep``, in the caller's transaction; how many ended.

    ``why`` completes "you were signed out: …" for the person.
    """
    return _end(db, sa.and_(WebSession.user_id == user_id, WebSession.session_id != (keep or "")), why)


def _end(db: Session, which: sa.ColumnElement[bool], why: str) -> int:
    result = db.execute(
        sa.update(WebSession)
        .where(which, WebSession.ended_at.is_(None))
        .values(ended_at=utc_now(), ended_why=why[:64])
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


# --- whether a browser is signed in ---------------------------------------------------------------


def open_session(hub: Hub, session_id: str, token: str = "") -> Caller:
    """The caller whose session this is; NotSignedIn when it has ended or expired, or the account is not active.

    The cookie's ``token`` is what opens the person's keys; without it they stay shut.
    """
    with hub.database.read() as db:
        user_id = db.scalar(sa.select(WebSession.user_id).where(WebSession.session_id == session_id))
        if user_id is None:
            raise NotSignedIn("your session has ended", "sign in again")
        caller = person(hub, db, user_id, session_id=session_id)
    return replace(caller, secret=lambda: token) if token else caller


def find_session(hub: Hub, token: str) -> LiveSession | None:
    """The open session this cookie token belongs to, if any. One read: it never waits for a writer."""
    name = session_name(token)
    with hub.database.read() as db:
        found = db.execute(
            sa.select(
                WebSession.user_id,
                User.user_name,
                Account.must_change_password,
                WebSession.expires_at,
                WebSession.seen_at,
            )
            .join(User, User.user_id == WebSession.user_id)
            .outerjoin(Account, Account.user_id == User.user_id)
            .where(WebSession.session_id == name, *_alive(utc_now()))
        ).one_or_none()
    if found is None:
        return None
    must_change = bool(found.must_change_password)
    return LiveSession(name, found.user_id, found.user_name, must_change, found.expires_at, found.seen_at)


def note_seen(hub: Hub, session_id: str) -> None:
    """Note that this browser is about just now."""
    with hub.database.write() as db:
        db.execute(sa.update(WebSession).where(WebSession.session_id == session_id).values(seen_at=utc_now()))


def why_ended(hub: Hub, token: str) -> str | None:
    """Why the session of this token ended, in words for its person; None when it has not ended or never was."""
    name = session_name(token)
    with hub.database.read() as db:
        row = db.execute(
            sa.select(
                WebSession.ended_at,
                WebSession.ended_why,
                WebSession.expires_at,
                _unfinished(utc_now()).label("unfinished"),
            ).where(WebSession.session_id == name)
        ).one_or_none()
    if row is None:
        return None
    if row.ended_at is not None:
        return row.ended_why or "an administrator ended the session"
    if row.unfinished:
        return "signing in was not completed in this browser"
    return "the session has expired" if row.expires_at <= utc_now() else None


def live_sessions(hub: Hub, session_ids: Collection[str]) -> set[str]:
    """Those of these sessions that are open now."""
    if not session_ids:
        return set()
    with hub.database.read() as db:
        return set(
            db.scalars(
                sa.select(WebSession.session_id)
                .join(User, User.user_id == WebSession.user_id)
                .where(WebSession.session_id.in_(session_ids), *_alive(utc_now()))
            )
        )


def demo_accounts(hub: Hub) -> list[str]:
    """Names of the active people who still have the demo password, administrators first."""
    with hub.database.read() as db:
        return list(
            db.scalars(
                sa.select(User.user_name)
                .join(Account, Account.user_id == User.user_id)
                .where(Account.demo_password.is_(True), User.is_active.is_(True))
                .order_by(User.is_admin.desc(), User.user_id)
            )
        )


def _alive(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return WebSession.ended_at.is_(None), WebSession.expires_at > now, User.is_active.is_(True), ~_unfinished(now)


def _unfinished(now: datetime) -> sa.ColumnElement[bool]:
    """Signed in a while ago, and no key bound: whoever comes with that cookie now is likely not who signed in."""
    return sa.and_(WebSession.public_key.is_(None), WebSession.created_at <= now - _BIND_WITHIN)
