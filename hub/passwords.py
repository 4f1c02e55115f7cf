"""Passwords as people choose them: what may be chosen, and hashing before a transaction begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from db.tables import name_key
from hub.errors import HubError, Invalid, Throttled
from hub.home import Hub
from secure.passwords import MAX_LENGTH, TooBusy

MIN_PASSWORD = 12
DEMO_PASSWORD = "admin"  # noqa: S105 - the demo's, public by intention; an account that has it is flagged
_COMMON = (
    *("password", "passwort", "motdepasse", "qwerty", "qwertz", "azerty", "asdfgh", "letmein", "iloveyou", "welcome"),
    *("changeme", "admin", "administrator", "openmodelhub", "123456789", "987654321"),
)


def check_password(name: str, password: str) -> None:
    """``Invalid`` unless this is a password a person may choose: 12 characters or more, and not easily guessed."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(f"the password needs {MIN_PASSWORD} characters or more", "a few unrelated words make a good one")
    if len(password.encode("utf-8", "replace")) > MAX_LENGTH:
        raise Invalid(f"the password is longer than {MAX_LENGTH} bytes", "choose a shorter one")
    folded = "".join(name_key(password).split())
    bare = "".join(name_key(name).split())
    if bare and folded.replace(bare, "", 1).strip("0123456789!.-_") == "":
        raise Invalid("the password is your name", "choose one that cannot be guessed from it")
    rest = folded
    for word in sorted(_COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    if sum(map(str.isalpha, rest)) < 4 or len(set(folded)) < 5:
        raise Invalid("the password is too easy to guess", "a few unrelated words make a good one")


def hash_password(hub: Hub, password: str) -> str:
    """The hash to store; takes a core for tens of milliseconds, so call it outside any transaction."""
    try:
        return hub.passwords.hash(password)
    except ValueError:
        raise Invalid(f"the password is longer than {MAX_LENGTH} bytes", "choose a shorter one") from None
    except TooBusy:
        raise Throttled("many passwords are being checked just now", "wait a moment and try again") from None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A new password, checked and hashed before its transaction begins, or the refusal of one.

    An action takes it inside its gate, so that a refused password is audited like everything else.
    """

    hashed: str = field(default="", repr=False)
    refusal: HubError | None = None

    def take(self) -> str:
        """The hash; raises the refusal."""
        if self.refusal is not None:
            raise self.refusal
        return self.hashed


def choose_password(hub: Hub, name: str, password: str, *, given: bool = False) -> Chosen:
    """The password for this person, hashed; what is wrong with it comes out when it is taken.

    One ``given`` by an operator's script is taken as it is, as long as it is not empty.
    """
    try:
        if not given:
            check_password(name, password)
        elif not password:
            raise Invalid("the password is empty", "give one")
        return Chosen(hash_password(hub, password))
    except HubError as error:
        return Chosen(refusal=error)
