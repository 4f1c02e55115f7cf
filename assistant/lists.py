"""Lists that are paged at the server: people, affiliations, the audit trail, and what is the caller's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Any

from hub import affiliations, audit, people, sessions
from hub.access import Caller
from hub.audit import Filters
from hub.errors import Invalid

Source = Mapping[str, Any]

_LONGEST = 200  # characters of a filter


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of a list is wanted, and in which order."""

    offset: int
    limit: int
    order_by: str | None
    descending: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """Some rows of a list, how many there are in all, and which columns they cannot be sorted by."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total: int
    unsorted: Sequence[str] = ()


def from_people(search: str = "", *, waiting: bool = False, fields: Mapping[str, str] | None = None) -> Source:
    """The accounts with this in their name, number or affiliations; only those that wait for approval if asked.

    ``fields`` are those of ``PEOPLE_FIELDS``, each with what it must be.
    """
    return {"what": "people", "search": search, "waiting": waiting, **(fields or {})}


PEOPLE_FIELDS: Mapping[str, Mapping[str, bool] | None] = {
    "role": {"admin": True, "user": False},
    "state": {"active": True, "deactivated": False},
    "affiliation": None,
}
"""What people are looked for by, beside a word → its values; None: any text."""


def from_affiliations() -> Source:
    """Every affiliation."""
    return {"what": "affiliations"}


def from_audit(filters: Filters) -> Source:
    """The rows of the audit trail that fit."""
    return {"what": "audit", **{name: value for name, value in asdict(filters).items() if value}}


def from_activity() -> Source:
    """What the caller did."""
    return {"what": "activity"}


def from_sessions() -> Source:
    """The caller's own open sessions."""
    return {"what": "sessions"}


_PEOPLE = {
    "user_name": "user_name",
    "role": "is_admin",
    "state": "is_active",
    "affiliations": None,
    "created_at": "created_at",
    "password": None,
}
"""Column of the list of people → what it is sorted by."""


def _list_people(caller: Caller, source: Source, asked: Asked) -> Listed:
    sort = _PEOPLE.get(asked.order_by or "user_name") or "user_name"
    page = people.list_people(
        caller,
        search=_text(source, "search"),
        is_admin=_one_of(source, "role"),
        is_active=_one_of(source, "state"),
        affiliation=_text(source, "affiliation"),
        awaits_approval=True if source.get("waiting") is True else None,
        sort=sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=asked.limit,
    )
    rows = [
        [
            row["user_name"],
            "admin" if row["is_admin"] else "user",
            state_of(row),
            ", ".join(row["affiliations"]),
            row["created_at"],
            password_of(row),
        ]
        for row in page.rows
    ]
    return Listed(list(_PEOPLE), rows, page.total, [name for name, by in _PEOPLE.items() if by is None])


def _one_of(source: Source, field: str) -> bool | None:
    """What a field of two values must be; None where it is not asked for."""
    text, values = _text(source, field), PEOPLE_FIELDS[field] or {}
    if text and text not in values:
        raise Invalid(f"nobody's {field} is '{text[:40]}'", f"{field} is {' or '.join(values)}")
    return values.get(text)


def state_of(row: Mapping[str, Any]) -> str:
    """The state of an account in words."""
    return "active" if row["is_active"] else "awaits approval" if row["awaits_approval"] else "deactivated"


def password_of(row: Mapping[str, Any]) -> str:
    """What is to be known of an account's password, in words."""
    return "one-time" if row["must_change_password"] else "the demo's" if row["demo_password"] else "own"


def _list_affiliations(caller: Caller, _source: Source, asked: Asked) -> Listed:
    rows = [[row["affil_name"], row["people"]] for row in affiliations.list_affiliations(caller)]
    return _sorted(["affiliation", "people"], rows, asked)


_REFERENCES = ("plan", "session")  # of use to a program; `audit show --json` has them
_TRAIL = ("number", "time", "actor", "action", "object", "outcome", "detail")


def _list_audit(caller: Caller, source: Source, asked: Asked) -> Listed:
    filters = Filters(**{field.name: _text(source, field.name) for field in fields_of(Filters)})
    rows, total = audit.page_audit(
        caller, filters, oldest_first=_oldest_first(asked), offset=asked.offset, limit=asked.limit
    )
    return _trail(rows, total)


def _list_activity(caller: Caller, _source: Source, asked: Asked) -> Listed:
    rows, total = audit.own_activity(caller, oldest_first=_oldest_first(asked), offset=asked.offset, limit=asked.limit)
    return _trail(rows, total)


def _oldest_first(asked: Asked) -> bool:
    return asked.order_by in ("number", "time") and not asked.descending


def _trail(rows: Sequence[Mapping[str, Any]], total: int) -> Listed:
    shown = [
        [
            row["seq"],
            datetime.fromtimestamp(row["at_us"] / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            row["actor"] + (f" for {row['on_behalf_of']}" if row["on_behalf_of"] else ""),
            row["action"],
            " ".join(part for part in (row["object_type"], row["object_id"]) if part) or None,
            row["outcome"],
            _detail(row["detail"]) or None,
        ]
        for row in rows
    ]
    return Listed(_TRAIL, shown, total, ("actor", "action", "object", "outcome", "detail"))


def _detail(detail: Mapping[str, Any]) -> str:
    """The facts of an audit row in a line."""
    facts = sorted(detail.items(), key=lambda fact: fact[0] not in ("name", "planned"))
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in facts
        if value not in ("", None, [], {}) and name not in _REFERENCES
    )


def _list_sessions(caller: Caller, _source: Source, asked: Asked) -> Listed:
    rows = [
        [
            f"{sessions.describe_browser(row['browser'])}{' (this one)' * row['is_this']}",
            row["address"],
            row["created_at"].strftime("%Y-%m-%d %H:%M:%S"),
            row["seen_at"].strftime("%Y-%m-%d %H:%M:%S"),
            row["session_id"][:8],
        ]
        for row in sessions.list_sessions(caller)
    ]
    return _sorted(["browser", "address", "signed in", "last seen", "session"], rows, asked)


def _sorted(columns: Sequence[str], rows: list[list[Any]], asked: Asked) -> Listed:
    """The part of a short list that was asked for."""
    if asked.order_by in columns:
        at = list(columns).index(asked.order_by or "")
        rows = sorted(rows, key=lambda row: row[at].casefold() if isinstance(row[at], str) else row[at])
        rows = rows[::-1] if asked.descending else rows
    return Listed(columns, rows[asked.offset : asked.offset + asked.limit], len(rows))


def _text(source: Source, key: str) -> str:
    value = source.get(key, "")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise Invalid("there are no rows to show", "ask again")
    return value


LISTS: Mapping[str, Callable[[Caller, Source, Asked], Listed]] = {
    "people": _list_people,
    "affiliations": _list_affiliations,
    "audit": _list_audit,
    "activity": _list_activity,
    "sessions": _list_sessions,
}
"""What a source may name → the list behind it."""
