"""Limits on how often something may be tried: per account and per address, with delays that grow."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.errors import Throttled

if TYPE_CHECKING:
    from hub.home import Hub


class Throttle:
    """Counts tries in this process's memory; each further window of a limit makes a stubborn caller wait longer.

    ``limits`` is written as for the limits library: ``"5/minute; 10/10 minutes; 20/hour"``.
    """

    def __init__(self, limits: str) -> None:
        self._windows: list[RateLimitItem] = sorted(parse_many(limits), key=RateLimitItem.get_expiry)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, *key: str) -> None:
        """Count one try; ``Throttled`` with the seconds to wait when there were too many, which is not counted."""
        self.check(*key)
        for window in self._windows:
            self._limiter.hit(window, *key)

    def check(self, *key: str) -> None:
        """``Throttled`` when ``take`` would raise it; counts nothing."""
        wait = 0.0
        for window in self._windows:
            if not self._limiter.test(window, *key):
                wait = max(wait, self._limiter.get_window_stats(window, *key).reset_time - time.time())
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise Throttled("too many tries", f"wait {_spell(seconds)} and try again", retry_after=seconds)

    def forgive(self, *key: str) -> None:
        """Forget the tries counted for this key."""
        for window in self._windows:
            self._limiter.clear(window, *key)


def throttle_of(hub: Hub, limits: str) -> Throttle:
    """The throttle of this hub with these limits."""
    with hub.lock:
        found = hub.caches.setdefault(f"throttle {limits}", None) or Throttle(limits)
        hub.caches[f"throttle {limits}"] = found
    assert isinstance(found, Throttle)
    return found


def _spell(seconds: int) -> str:
    if seconds < 100:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    return f"{math.ceil(seconds / 60)} minutes"
