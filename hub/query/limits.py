"""What bounds a running statement, whichever database runs it: rows as JSON values, bytes, and time."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from hub.errors import QueryFailed

MAX_VALUE = 1_000_000  # bytes of one value or row inside the database
MAX_CELL = 200_000  # characters of one value in an answer
GRACE = 0.5  # seconds after the database's own limit until the statement is stopped from another thread

Rows = tuple[list[list[Any]], bool]
"""Rows of JSON values, and whether they are cut short at the limit of bytes."""


def too_slow(seconds: float) -> QueryFailed:
    """The failure of a statement that ran into its time limit."""
    return QueryFailed(
        f"the statement was stopped after {seconds:g} seconds", "narrow it down, or join on fewer rows", code="timeout"
    )


def collect(fetched: Iterable[Sequence[Any]], most_bytes: int) -> Rows:
    """The rows as JSON values, as many as fit into so many bytes."""
    rows: list[list[Any]] = []
    size = 0
    for row in fetched:
        plain = [_plain(value) for value in row]
        size += sum(len(value) if isinstance(value, str) else 8 for value in plain)
        if size > most_bytes:
            return rows, True
        rows.append(plain)
    return rows, False


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            raise QueryFailed("a value of the result is too long", "select a part of it with SUBSTR", code="too_big")
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.year >= 1000 else value.isoformat(" ", "seconds")
    if isinstance(value, bytes):
        return _plain(value.decode("utf-8", "replace"))
    return str(value)


@contextmanager
def stopping(seconds: float, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` from another thread when the block takes longer."""
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
