"""Stopping what takes too long, from another thread."""

from __future__ import annotations

import threading
import time

from hub.query.limits import stopping


def test_what_takes_too_long_is_stopped() -> None:
    stopped = threading.Event()
    began = time.monotonic()
    with stopping(0.05, stopped.set):
        assert stopped.wait(5)
    assert time.monotonic() - began < 4


def test_what_is_over_is_not_stopped() -> None:
    stopped: list[int] = []
    for number in range(50):
        with stopping(0.05, lambda number=number: stopped.append(number)):  # type: ignore[misc]
            pass
    time.sleep(0.2)
    assert not stopped


def test_a_shorter_limit_is_not_held_up_by_a_longer_one() -> None:
    late, soon = threading.Event(), threading.Event()
    with stopping(60, late.set), stopping(0.05, soon.set):
        assert soon.wait(5)
    assert not late.is_set()


def test_slow_stopping_holds_up_nobody() -> None:
    stopped = threading.Event()
    release = threading.Event()
    with stopping(0.01, lambda: release.wait(5) and None):
        time.sleep(0.05)
        with stopping(0.05, stopped.set):
            assert stopped.wait(4)
        release.set()
