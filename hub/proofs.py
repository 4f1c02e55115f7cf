"""Proofs that a browser holds its session's key, without which a copied cookie would be as good as the browser.

After the password the browser makes an ECDSA key that it cannot export, and binds it to its session, once. It signs a
fresh challenge at every connect and every few minutes. Each answer is worth a *pass*: a second cookie, good until the
next proof is due. A pass that was copied runs out within ``PROOF_MINUTES``, however long the browser it was taken from
goes on proving.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from db.tables import SessionChallenge, WebSession, utc_now
from hub.access import Caller, Tx, action
from hub.errors import Conflict, Denied, Invalid, NotProved, NotSignedIn
from hub.home import Hub
from hub.throttle import throttle_of
from secure.p256 import is_point, verify_p256

ANSWER_WITHIN = timedelta(seconds=60)
PER_SESSION = "120/minute"  # challenges, and as many answers; a browser with many pages open needs a few
_FORGET_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser is to sign, once, until ``expires_at``; ``bound`` when its session has a key already."""

    hub_id: str
    user_id: int
    session_id: str
    nonce: str
    expires_at: datetime
    bound: bool

    def message(self) -> bytes:
        """The bytes that are signed; the parts hold no line feed, so that no two challenges give the same."""
        parts = ("omh/v1/auth", self.hub_id, self.user_id, self.session_id, self.nonce, _seconds(self.expires_at))
        return "\n".join(str(part) for part in parts).encode()

    def as_json(self) -> dict[str, Any]:
        return {
            "hub": self.hub_id,
            "user": self.user_id,
            "session": self.session_id,
            "nonce": self.nonce,
            "expires": _seconds(self.expires_at),
            "bound": self.bound,
        }


@dataclass(frozen=True, slots=True)
class Pass:
    """What a proof is worth; ``token`` is for the browser's second cookie alone."""

    expires_at: datetime
    token: str = field(repr=False)


def life_of_proof(hub: Hub) -> timedelta:
    """How long a proof is good for."""
    return timedelta(minutes=hub.settings.proof_minutes)


# --- challenge and answer -------------------------------------------------------------------------


@action("session.prove", quiet=True)
def issue_challenge(caller: Caller, tx: Tx) -> Challenge:
    """A fresh challenge for the caller's session."""
    session_id = _session_of(caller)
    tx.concerns("session", session_id)
    throttle_of(caller.hub, PER_SESSION).take("challenge", session_id)
    nonce, expires_at = secrets.token_urlsafe(32), utc_now() + ANSWER_WITHIN
    tx.db.add(SessionChallenge(nonce_hash=_hash(nonce), session_id=session_id, expires_at=expires_at))
    bound = tx.db.scalar(sa.select(WebSession.public_key.is_not(None)).where(WebSession.session_id == session_id))
    return Challenge(caller.hub.hub_id, caller.user_id or 0, session_id, nonce, expires_at, bool(bound))


def answer_challenge(caller: Caller, nonce: str, signature: str, key: str = "") -> Pass:
    """The pass that this answer is worth; the first one of a session binds ``key`` to it.

    Signature (r ‖ s) and key (an uncompressed point) are in base64url. ``Denied`` says the same whatever is wrong:
    a challenge that is unknown, expired, answered already or another session's, or a signature of another key.
    """
    with caller.hub.database.read() as db:
        found = sa.select(WebSession.public_key).where(WebSession.session_id == _session_of(caller))
        bound = db.scalar(found)
    if bound is None:
        try:
            return _bind(caller, nonce, _bytes(signature), _bytes(key))
        except Conflict:  # another page of the same browser was first, most likely with the same key
            with caller.hub.database.read() as db:
                bound = db.scalar(found)
    return _prove(caller, nonce, _bytes(signature), bound or b"")


answer_challenge.permission = "session.prove"  # type: ignore[attr-defined]


@action("session.prove")
def _bind(caller: Caller, tx: Tx, nonce: str, signature: bytes, key: bytes) -> Pass:
    tx.note(key=hashlib.sha256(key).hexdigest()[:16])
    if not is_point(key):
        raise Invalid("this is no key of a browser", "reload the page, which makes one")
    given = _accept(caller, tx, nonce, signature, key)
    bound = tx.db.execute(
        sa.update(WebSession)
        .where(WebSession.session_id == caller.session_id, WebSession.public_key.is_(None))
        .values(public_key=key)
        .execution_options(synchronize_session=False)
    )
    if bound.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("this session has a key already", "reload the page")
    return given


@action("session.prove", quiet=True)
def _prove(caller: Caller, tx: Tx, nonce: str, signature: bytes, key: bytes) -> Pass:
    return _accept(caller, tx, nonce, signature, key)


def _accept(caller: Caller, tx: Tx, nonce: str, signature: bytes, key: bytes) -> Pass:
    """Use the challenge up and note the proof; a challenge that two answers reach at once serves one."""
    hub, session_id, now = caller.hub, _session_of(caller), utc_now()
    tx.concerns("session", session_id)
    throttle_of(hub, PER_SESSION).take("answer", session_id)
    row = tx.db.get(SessionChallenge, _hash(nonce))
    if row is None or row.session_id != session_id:
        raise _refusal()
    asked = Challenge(hub.hub_id, caller.user_id or 0, session_id, nonce, row.expires_at, True)
    if not verify_p256(key, asked.message(), signature):
        raise _refusal()
    used = tx.db.execute(
        sa.update(SessionChallenge)
        .where(
            SessionChallenge.nonce_hash == _hash(nonce),
            SessionChallenge.session_id == session_id,
            SessionChallenge.used_at.is_(None),
            SessionChallenge.expires_at > now,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise _refusal()
    proved = sa.update(WebSession).where(WebSession.session_id == session_id).values(proved_at=now)
    tx.db.execute(proved.execution_options(synchronize_session=False))
    expires_at = now + life_of_proof(hub)
    return Pass(expires_at, f"{_seconds(expires_at)}.{_mac(hub, session_id, _seconds(expires_at))}")


def _refusal() -> Denied:
    return Denied("this answers no open challenge", "reload the page; sign in again if that does not help")


@action("hub.sweep", quiet=True)
def sweep_challenges(caller: Caller, tx: Tx) -> int:
    """Forget challenges that expired more than an hour ago; how many."""
    old = sa.delete(SessionChallenge).where(SessionChallenge.expires_at < utc_now() - _FORGET_AFTER)
    return int(tx.db.execute(old.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


# --- what was proved ------------------------------------------------------------------------------


def read_pass(hub: Hub, session_id: str, token: str) -> datetime | None:
    """Until when this token proves that its browser holds the session's key; None when it does not now."""
    seconds, _, mac = token.partition(".")
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 12):
        return None
    if not hmac.compare_digest(_mac(hub, session_id, int(seconds)).encode(), mac.encode("utf-8", "replace")):
        return None
    until = datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    return until if until > utc_now() else None


def find_answered(hub: Hub, nonces: Collection[str]) -> dict[str, datetime]:
    """Those of these challenges that were answered → until when that is good."""
    if not nonces:
        return {}
    named = {_hash(nonce): nonce for nonce in nonces}
    query = sa.select(SessionChallenge.nonce_hash, SessionChallenge.used_at).where(
        SessionChallenge.nonce_hash.in_(named), SessionChallenge.used_at.is_not(None)
    )
    with hub.database.read() as db:
        return {named[row.nonce_hash]: row.used_at + life_of_proof(hub) for row in db.execute(query)}


def require_proof(caller: Caller, tx: Tx) -> None:
    """``NotProved`` unless the caller's browser has proved lately that it holds the session's key.

    For the body of an action that a copied cookie must not be enough for. A caller without a session, such as an
    operator on the command line, has no browser to prove anything.
    """
    if caller.session_id is None:
        return
    proved_at = tx.db.scalar(sa.select(WebSession.proved_at).where(WebSession.session_id == caller.session_id))
    if proved_at is None or proved_at + life_of_proof(caller.hub) <= utc_now():
        raise NotProved("this browser has not proved lately that the session is its own", "reload the page")


# --- parts ----------------------------------------------------------------------------------------


def _session_of(caller: Caller) -> str:
    if caller.session_id is None:
        raise NotSignedIn("there is no session to prove", "sign in")
    return caller.session_id


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()


def _mac(hub: Hub, session_id: str, seconds: int) -> str:
    return hmac.new(hub.key_for("session-pass"), f"{session_id}\n{seconds}".encode(), hashlib.sha256).hexdigest()


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def _bytes(text: str) -> bytes:
    """What this base64url without padding stands for; nothing where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
