"""Keys: each person's two pairs, what opens them in a session, and the hub's own pairs for public files and recovery.

A person's private halves are wrapped under a key derived from their password; the hub cannot open them. They are made
when the password is first known. While a session lives they are kept in its row, sealed under what only the browser's
cookie holds. The hub signs whose each public half is, so a row that somebody put into the database is no key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from db.tables import Account, HubKey, PersonKey, User, WebSession, utc_now
from hub.access import Caller, Tx, action, system
from hub.errors import Conflict, Damaged, Denied, NotSignedIn, SignInFailed, Throttled, Unavailable
from hub.home import Hub
from hub.passwords import DEMO_PASSWORD
from secure.keys import EncryptionKey, SigningKey, hkdf, unwrap, verify_signature, wrap
from secure.passwords import TooBusy

T = TypeVar("T")
Purpose = Literal["encryption", "signing"]
PURPOSES: tuple[Purpose, ...] = ("encryption", "signing")
HUB_KEY, RECOVERY_KEY = "artifacts", "recovery"
"""Names of the hub's own pairs, which are their key ids too."""

_HUB_WRAPPING = "hub-key-wrapping"


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A person's private keys, open, with their ids."""

    user_id: int
    encryption_id: str
    signing_id: str
    encryption: EncryptionKey = field(repr=False)
    signing: SigningKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a pair, of which the hub's signature was verified: whose it was when it was made."""

    key_id: str
    user_id: int
    public_pem: str


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh set of a person's keys, wrapped under their password; ``keep_keys`` puts it into a transaction."""

    pairs: dict[Purpose, tuple[str, str, bytes]]  # purpose: key_id, public half, wrapped private half
    salt: bytes
    encryption: EncryptionKey = field(repr=False)
    signing: SigningKey = field(repr=False)

    def unlocked(self, user_id: int) -> Unlocked:
        ids = {purpose: key_id for purpose, (key_id, _, _) in self.pairs.items()}
        return Unlocked(user_id, ids["encryption"], ids["signing"], self.encryption, self.signing)


# --- making, opening and changing the lock --------------------------------------------------------


def make_keys(hub: Hub, password: str) -> Made:
    """A set of keys for the person with this password. Takes about a second of a core: call it outside transactions."""
    bits = hub.key_bits()
    with ThreadPoolExecutor(1, "keys") as pool:
        signing = pool.submit(SigningKey.generate, bits)
        encryption = EncryptionKey.generate(bits)
    made: dict[Purpose, EncryptionKey | SigningKey] = {"encryption": encryption, "signing": signing.result()}
    salt = os.urandom(16)
    key = _password_key(hub, password, salt)
    pairs = {}
    for purpose, pair in made.items():
        key_id = secrets.token_hex(16)
        pairs[purpose] = (key_id, pair.public_pem(), wrap(key, pair.private_der(), _label(key_id, purpose)))
    return Made(pairs, salt, encryption, signing.result())


def keep_keys(hub: Hub, db: Session, user_id: int, made: Made) -> bool:
    """Store a fresh set for a person, signed by the hub; False when they have keys already, which then stay.

    The transaction has the person's row locked, or has just made it.
    """
    if _rows_of(db, user_id):
        return False
    joined = _joined(db, user_id)
    for purpose, (key_id, public_pem, wrapped) in made.pairs.items():
        statement = _statement(hub, key_id, purpose, public_pem, user_id, joined)
        db.add(
            PersonKey(
                key_id=key_id,
                user_id=user_id,
                purpose=purpose,
                public_pem=public_pem,
                wrapped_private=wrapped,
                salt=made.salt,
                statement=statement,
                certificate=hub.signer.sign(_signed(statement)),
            )
        )
    db.flush()
    return True


def open_with_password(hub: Hub, user_id: int, password: str) -> Unlocked | None:
    """The person's keys; None when there are none yet. ``SignInFailed`` when they do not open with this password."""
    with hub.database.read() as db:
        rows = _rows_of(db, user_id)
    if not rows:
        return None
    return _load(user_id, {row.purpose: (row.key_id, der) for row, der in _unwrap(hub, rows, password)})


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A person's keys under their new password: what each row becomes, and what it was."""

    rows: tuple[tuple[str, bytes, bytes], ...]  # key_id, wrapped before, wrapped now
    salt: bytes


def rewrap(hub: Hub, user_id: int, old: str, new: str) -> Rewrapped | Made:
    """The person's keys under a new password, or a fresh set when there is none; for ``keep_rewrapped``."""
    with hub.database.read() as db:
        rows = _rows_of(db, user_id)
    if not rows:
        return make_keys(hub, new)
    salt = os.urandom(16)
    key = _password_key(hub, new, salt)
    return Rewrapped(
        tuple(
            (row.key_id, row.wrapped_private or b"", wrap(key, der, _label(row.key_id, row.purpose)))
            for row, der in _unwrap(hub, rows, old)
        ),
        salt,
    )


def keep_rewrapped(hub: Hub, db: Session, user: User, ready: Rewrapped | Made) -> None:
    """Store what ``rewrap`` made, in the transaction that changes the password; ``Conflict`` if they changed since."""
    if isinstance(ready, Made):
        if not keep_keys(hub, db, user.user_id, ready):
            raise Conflict("your keys were changed meanwhile", "try again")
        return
    rows = {row.key_id: row for row in _rows_of(db, user.user_id)}
    if {key_id: row.wrapped_private for key_id, row in rows.items()} != {one[0]: one[1] for one in ready.rows}:
        raise Conflict("your keys were changed meanwhile", "try again")
    for key_id, _, wrapped in ready.rows:
        rows[key_id].wrapped_private, rows[key_id].salt = wrapped, ready.salt


def retire_keys(db: Session, user_id: int) -> int:
    """Take a person's keys out of use, for good: what was sealed to them opens by recovery alone; how many."""
    rows = _rows_of(db, user_id)
    for row in rows:
        row.retired_at, row.wrapped_private = utc_now(), None
    return len(rows)


def _rows_of(db: Session, user_id: int) -> Sequence[PersonKey]:
    return db.scalars(
        sa.select(PersonKey)
        .where(PersonKey.user_id == user_id, PersonKey.retired_at.is_(None))
        .order_by(PersonKey.purpose)
    ).all()


def _unwrap(hub: Hub, rows: Sequence[PersonKey], password: str) -> list[tuple[PersonKey, bytes]]:
    keys = {salt: _password_key(hub, password, salt) for salt in {row.salt for row in rows}}
    try:
        return [
            (row, unwrap(keys[row.salt], row.wrapped_private or b"", _label(row.key_id, row.purpose))) for row in rows
        ]
    except ValueError:
        raise SignInFailed("the password does not open your keys", "check it and try again") from None


def _load(user_id: int, pairs: dict[str, tuple[str, bytes]]) -> Unlocked:
    if set(pairs) != set(PURPOSES):
        raise Conflict("one of your keys is missing", "ask an administrator to reset your password")
    encryption_id, encryption = pairs["encryption"]
    signing_id, signing = pairs["signing"]
    return Unlocked(user_id, encryption_id, signing_id, EncryptionKey.load(encryption), SigningKey.load(signing))


def _password_key(hub: Hub, password: str, salt: bytes) -> bytes:
    try:
        return hub.passwords.key(password, salt)
    except TooBusy:
        raise Throttled("many passwords are being checked just now", "wait a moment and try again") from None


def _label(key_id: str, purpose: str) -> str:
    return f"omh/v1/person-key/{purpose}/{key_id}"


def give_demo_keys(hub: Hub, user_ids: Sequence[int]) -> None:
    """Make keys for those of these people who have none yet and still have the demo password, which everybody knows.

    So that something can be shared with them before they first sign in. Call it outside transactions.
    """
    with hub.database.read() as db:
        keyed = sa.select(PersonKey.user_id).where(PersonKey.retired_at.is_(None), PersonKey.user_id.is_not(None))
        lacking = db.scalars(
            sa.select(Account.user_id).where(
                Account.user_id.in_(user_ids), Account.demo_password, Account.user_id.not_in(keyed)
            )
        ).all()
    for user_id in lacking:
        _keep_demo_keys(system(hub), user_id, make_keys(hub, DEMO_PASSWORD))


@action("hub.init")
def _keep_demo_keys(caller: Caller, tx: Tx, user_id: int, made: Made) -> None:
    tx.concerns("user", user_id)
    user = tx.db.get(User, user_id, with_for_update=True)
    account = tx.db.get(Account, user_id)
    if user is not None and account is not None and account.demo_password:
        keep_keys(caller.hub, tx.db, user_id, made)


# --- public halves --------------------------------------------------------------------------------


def current_key(hub: Hub, db: Session, user_id: int, purpose: Purpose) -> PublicKey | None:
    """The public half of a person's pair in use; None when they have none yet, or a row is not what the hub signed."""
    for row in _rows_of(db, user_id):
        if row.purpose == purpose:
            found = _certified(hub, row)
            same = found is not None and json.loads(row.statement)["joined"] == _joined(db, user_id)
            return found if same else None
    return None


def find_key(hub: Hub, db: Session, key_id: str, purpose: Purpose) -> PublicKey | None:
    """A public half by its id, in use or not any more; None when the hub did not sign it for this purpose."""
    row = db.get(PersonKey, key_id)
    return _certified(hub, row) if row is not None and row.purpose == purpose else None


def holder_of(hub: Hub, db: Session, key_id: str) -> int | None:
    """Who has or had this key; None when that person was removed, or it is no key of the hub's."""
    row = db.get(PersonKey, key_id)
    if row is None or _certified(hub, row) is None:
        return None
    said = json.loads(row.statement)
    return int(said["user_id"]) if said["joined"] == _joined(db, said["user_id"]) else None


def _certified(hub: Hub, row: PersonKey) -> PublicKey | None:
    if not verify_signature(hub.signer.public_pem(), _signed(row.statement), row.certificate):
        return None
    said = json.loads(row.statement)
    fits = (said["hub"], said["key_id"], said["purpose"]) == (hub.hub_id, row.key_id, row.purpose)
    same_person = row.user_id is None or row.user_id == said["user_id"]
    if not fits or not same_person or said["public"] != _fingerprint(row.public_pem):
        return None
    return PublicKey(row.key_id, said["user_id"], row.public_pem)


def _statement(hub: Hub, key_id: str, purpose: str, public_pem: str, user_id: int, joined: str) -> str:
    # A person's number may later be another's; when they joined tells the two apart.
    said = {"hub": hub.hub_id, "key_id": key_id, "purpose": purpose, "public": _fingerprint(public_pem)}
    return json.dumps({**said, "user_id": user_id, "joined": joined}, sort_keys=True)


def _joined(db: Session, user_id: int) -> str:
    return str(db.scalar(sa.select(User.created_at).where(User.user_id == user_id)))


def _signed(statement: str) -> bytes:
    return b"omh/v1/person-key\n" + statement.encode()


def _fingerprint(public_pem: str) -> str:
    return hashlib.sha256(public_pem.encode()).hexdigest()


# --- keys of whoever acts -------------------------------------------------------------------------


def unlocked(caller: Caller) -> Unlocked:
    """The caller's private keys: from their session, by what their browser's cookie holds, or by their password.

    ``NotSignedIn`` when a session's keys are not at hand, ``SignInFailed`` for a wrong password. An operator who acts
    for a person without keys makes them, as a first sign-in does.
    """
    if caller.user_id is None or caller.secret is None:
        raise Denied("nobody's keys are at hand here", "sign in, or give the person's password")
    if caller.session_id is None:
        return _open_for_operator(caller, caller.secret())
    with caller.hub.database.read() as db:
        box = db.scalar(sa.select(WebSession.keys_box).where(WebSession.session_id == caller.session_id))
    if box is None:
        raise NotSignedIn("your keys are not open in this session", "sign out, and sign in again")
    return open_box(box, caller.user_id, caller.session_id, caller.secret())


def _open_for_operator(caller: Caller, password: str) -> Unlocked:
    hub, user_id = caller.hub, caller.user_id
    assert user_id is not None
    found = open_with_password(hub, user_id, password)
    if found is not None:
        return found
    with hub.database.read() as db:
        hashed = db.scalar(sa.select(User.password_hash).where(User.user_id == user_id))
    if not hub.passwords.verify(hashed, password):
        raise SignInFailed("the password is wrong", "check it and try again")
    made = make_keys(hub, password)
    _keep_made(caller, made)
    return made.unlocked(user_id)


@action("person.rekey")
def _keep_made(caller: Caller, tx: Tx, made: Made) -> None:
    tx.concerns("user", caller.user_id)
    user = tx.db.get(User, caller.user_id, with_for_update=True)
    if user is None or not keep_keys(caller.hub, tx.db, user.user_id, made):
        raise Conflict("the keys were made meanwhile", "try again")
    tx.note(keys=[key_id for key_id, _, _ in made.pairs.values()])


def keep_open(caller: Caller, db: Session, keys: Unlocked) -> None:
    """Keep these keys of the caller's open in their session from now on, if it is a browser's."""
    if caller.session_id is not None and caller.secret is not None:
        box = seal_box(keys, caller.session_id, caller.secret())
        db.execute(sa.update(WebSession).where(WebSession.session_id == caller.session_id).values(keys_box=box))


def seal_box(keys: Unlocked, session_id: str, token: str) -> bytes:
    """A person's keys as their session's row keeps them; only the cookie's token opens it."""
    packed = {
        purpose: [key_id, base64.b64encode(pair.private_der()).decode()]
        for purpose, key_id, pair in (
            ("encryption", keys.encryption_id, keys.encryption),
            ("signing", keys.signing_id, keys.signing),
        )
    }
    return wrap(_box_key(token), json.dumps(packed).encode(), f"{session_id}/{keys.user_id}")


def open_box(box: bytes, user_id: int, session_id: str, token: str) -> Unlocked:
    """What ``seal_box`` sealed; ``NotSignedIn`` for another token, person or session."""
    try:
        packed = json.loads(unwrap(_box_key(token), box, f"{session_id}/{user_id}"))
    except ValueError:
        raise NotSignedIn("your keys do not open in this session", "sign out, and sign in again") from None
    return _load(user_id, {purpose: (key_id, base64.b64decode(der)) for purpose, (key_id, der) in packed.items()})


def _box_key(token: str) -> bytes:
    # The session's name is a plain hash of the token; this key has nothing to do with it for who knows only that.
    return hkdf(token.encode(), b"", b"omh/v1/session-keys", 32)


# --- the hub's own --------------------------------------------------------------------------------


def set_up_keys(hub: Hub, recovery_file: Path) -> bool:
    """Make the hub's pair for public files and the recovery pair, once; False when they are there already.

    The private half of the recovery key is written to this file and nowhere else.
    """
    with hub.database.read() as db:
        if db.get(HubKey, RECOVERY_KEY) is not None:
            return False
    with ThreadPoolExecutor(1, "keys") as pool:
        own = pool.submit(EncryptionKey.generate, hub.key_bits())
        recovery = EncryptionKey.generate(hub.key_bits(4096))
    try:
        recovery_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(recovery_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(recovery.private_pem())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Conflict(f"{recovery_file} is there already", "it belongs to another hub: move it away first") from None
    except OSError as error:
        raise Unavailable(f"{recovery_file} cannot be written: {error.strerror}", "check HUB_HOME") from None
    try:
        _keep_hub_keys(system(hub), own.result(), recovery)
    except BaseException:
        recovery_file.unlink()
        raise
    return True


@action("hub.init")
def _keep_hub_keys(caller: Caller, tx: Tx, own: EncryptionKey, recovery: EncryptionKey) -> None:
    hub = caller.hub
    if tx.db.get(HubKey, RECOVERY_KEY) is not None:
        raise Conflict("another process set the hub's keys up", "nothing is left to do")
    for name, pair in ((HUB_KEY, own), (RECOVERY_KEY, recovery)):
        pem = pair.public_pem()
        wrapped = wrap(hub.key_for(_HUB_WRAPPING), pair.private_der(), name) if pair is own else None
        tx.db.add(HubKey(purpose=name, public_pem=pem, wrapped_private=wrapped, mac=_hub_mac(hub, name, pem)))
    tx.concerns("hub", "keys")
    tx.note(recovery=_fingerprint(recovery.public_pem()))


def hub_key(hub: Hub) -> EncryptionKey:
    """The hub's own key, to which the data keys of public files are sealed."""
    return _cached(hub, "hub key", lambda: EncryptionKey.load(_find_hub_private(hub)))


def hub_public(hub: Hub, name: str) -> str:
    """The public half of one of the hub's own pairs, of which the MAC was verified."""

    def find() -> str:
        row = _find_hub_key(hub, name)
        if row.mac is None or not secrets.compare_digest(row.mac, _hub_mac(hub, name, row.public_pem)):
            raise Damaged
        return row.public_pem

    return _cached(hub, f"hub public {name}", find)


def _find_hub_private(hub: Hub) -> bytes:
    try:
        return unwrap(hub.key_for(_HUB_WRAPPING), _find_hub_key(hub, HUB_KEY).wrapped_private or b"", HUB_KEY)
    except ValueError:
        raise Damaged from None


def _find_hub_key(hub: Hub, name: str) -> HubKey:
    with hub.database.read() as db:
        row = db.get(HubKey, name)
    if row is None:
        raise Unavailable("this hub has no keys for files yet", "an administrator must run `openmodelhub init`")
    return row


def _hub_mac(hub: Hub, name: str, public_pem: str) -> bytes:
    return hub.mac("hub-public-key", f"{name}\n{public_pem}".encode())


def _cached(hub: Hub, name: str, make: Callable[[], T]) -> T:
    if name not in hub.caches:
        hub.caches[name] = make()
    return cast("T", hub.caches[name])
