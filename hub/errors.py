"""Everything that can go wrong for a known reason.

    HubError
    ├── Denied            the caller may not do this                      denied
    ├── NotSignedIn       no session, or an ended one                     not_signed_in
    ├── NotProved         the browser has not shown its session's key     prove
    ├── SignInFailed      wrong name or password                          sign_in_failed
    ├── Throttled         too many tries; wait                            throttled
    ├── NotFound          no such thing, or none the caller may see       not_found
    ├── Ambiguous         several things have that name                   ambiguous
    ├── Conflict          it exists already, or the change collides       conflict
    ├── Invalid           input that cannot be taken as it is             invalid
    ├── QueryRefused      SQL that the guard does not let through         (a code of its own)
    ├── QueryFailed       SQL that the database could not run             (a code of its own)
    ├── Damaged           a file that is not what was published           damaged
    └── Unavailable       the database, storage, a key or the LLM is not there   unavailable

Each carries a ``code`` for programs, a ``message`` that is safe to show, and a ``hint`` that says what to do.
Any other exception is a bug: the user gets a request id, the log gets the traceback.
"""

from __future__ import annotations


class HubError(Exception):
    """A failure whose message may be shown to the person it happened to."""

    code = "error"

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code

    def as_json(self) -> dict[str, str]:
        """The ``error`` object of the command line's JSON: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class Denied(HubError):
    code = "denied"


class NotSignedIn(HubError):
    code = "not_signed_in"


class NotProved(HubError):
    code = "prove"


class SignInFailed(HubError):
    code = "sign_in_failed"


class Throttled(HubError):
    """``retry_after`` is in seconds; ``repeated`` when the same was refused before within that time."""

    code = "throttled"

    def __init__(self, message: str, hint: str = "", *, retry_after: float = 1.0, repeated: bool = False) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after
        self.repeated = repeated


class NotFound(HubError):
    code = "not_found"


class Ambiguous(HubError):
    code = "ambiguous"


class Conflict(HubError):
    code = "conflict"


class Invalid(HubError):
    code = "invalid"


class QueryRefused(HubError):
    code = "refused"


class QueryFailed(HubError):
    code = "query_failed"


class Damaged(HubError):
    code = "damaged"

    def __init__(self) -> None:
        super().__init__("the file failed its integrity check", "ask its owner to publish it again")


class Unavailable(HubError):
    code = "unavailable"
