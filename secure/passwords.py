"""Password hashing: Argon2id with argon2-cffi's default profile, over a peppered password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from secure.keys import hkdf

MAX_LENGTH = 1024  # bytes of UTF-8; longer input is refused before any hashing
_ENCODED = re.compile(r"\$argon2(id|i|d)\$")


class TooBusy(Exception):
    """More people wait for a password to be checked than the machine can serve; try again shortly."""


class Passwords:
    """Hashes and checks passwords with a pepper that is kept outside the database.

    A hash takes 64 MiB and a core, so at most as many run at once as there are cores; up to ``queue`` wait for their
    turn, further ones get ``TooBusy``. ``cheap`` lowers the cost to the least that Argon2 allows, for tests only.
    """

    def __init__(self, pepper: bytes, *, cheap: bool = False, queue: int = 32) -> None:
        self._pepper = pepper
        cores = os.cpu_count() or 1
        self._running = threading.BoundedSemaphore(cores)
        self._admitted = threading.BoundedSemaphore(cores + queue)
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cheap else PasswordHasher()
        # Costs a check what a real hash costs, and costs nothing to make: nobody knows a password for random bytes.
        parts = (base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
        costs = f"m={self._hasher.memory_cost},t={self._hasher.time_cost},p={self._hasher.parallelism}"
        self._dummy = "$".join(("", "argon2id", "v=19", costs, *parts))

    def hash(self, password: str) -> str:
        """The encoded Argon2id hash; ValueError when the password is longer than ``MAX_LENGTH`` bytes."""
        peppered = self._peppered(password)
        with self._turn():
            return self._hasher.hash(peppered)

    def verify(self, hashed: str | None, password: str) -> bool:
        """Whether the password made this hash; with no hash, as slow as with a wrong one, and False."""
        known = hashed is not None and is_hash(hashed)
        try:
            with self._turn():
                self._hasher.verify(hashed if known and hashed else self._dummy, self._peppered(password))
        except (VerificationError, InvalidHashError, ValueError):
            return False
        return known

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other costs than today's and should be made anew."""
        return self._hasher.check_needs_rehash(hashed)

    def key(self, password: str, salt: bytes) -> bytes:
        """A key of 32 bytes from a password and a salt of its own: Argon2id at a hash's costs, then the pepper."""
        raw = password.encode()
        if len(raw) > MAX_LENGTH:
            raise ValueError(f"a password has at most {MAX_LENGTH} bytes")
        made = self._hasher
        with self._turn():
            stretched = hash_secret_raw(raw, salt, made.time_cost, made.memory_cost, made.parallelism, 32, Type.ID)
        return hkdf(stretched, self._pepper, b"omh/v1/password-key", 32)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._admitted.acquire(blocking=False):
            raise TooBusy
        try:
            with self._running:
                yield
        finally:
            self._admitted.release()

    def _peppered(self, password: str) -> bytes:
        raw = password.encode()
        if len(raw) > MAX_LENGTH:
            raise ValueError(f"a password has at most {MAX_LENGTH} bytes")
        return hmac.digest(self._pepper, raw, hashlib.sha512)


def is_hash(text: str) -> bool:
    """Whether the text is an encoded Argon2 hash, of this hub or of another."""
    return _ENCODED.match(text) is not None


def one_time_secret() -> str:
    """A fresh secret of 120 bits to hand to a person once, in groups that can be read aloud."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    letters = "".join(secrets.choice(alphabet) for _ in range(25))
    return "-".join(letters[i : i + 5] for i in range(0, 25, 5))
