"""What bounds a running statement, whichever database runs it: rows as JSON values, bytes, and time."""

from __future__ import annotations

import datetime as dt
import heapq
import math
import threading
import time
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


class _Watch:
    """A thread that stops what takes too long: one for all statements, since starting one for each takes longer."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, _Running]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, running: _Running, seconds: float) -> None:
        entry = (time.monotonic() + seconds, id(running), running)
        with self._changed:
            heapq.heappush(self._due, entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="query-watch", daemon=True)
                self._thread.start()
            if self._due[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._due and self._due[0][2].over:
                    heapq.heappop(self._due)
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                running = heapq.heappop(self._due)[2]
            # Elsewhere, because stopping one may take long and must not hold up another.
            threading.Thread(target=running.stop_now, name="query-stop", daemon=True).start()


class _Running:
    """A statement under way. Once it is over it is not stopped any more, nor whatever runs in its place."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self.over = False

    def stop_now(self) -> None:
        with self._lock:
            if not self.over:
                self._stop()

    def end(self) -> None:
        with self._lock:
            self.over = True


_watch = _Watch()


@contextmanager
def stopping(seconds: float, stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` from another thread when the block takes longer."""
    running = _Running(stop)
    _watch.add(running, seconds)
    try:
        yield
    finally:
        running.end()
