"""Limits on how often something may be tried: per account and per address, with delays that grow."""

from __future__ import annotations

import math
import time
from ipaddress import IPv6Address, ip_address
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
        self._refused: dict[tuple[str, ...], float] = {}

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
            hint = f"wait {_spell(seconds)} and try again"
            raise Throttled("too many tries", hint, retry_after=seconds, repeated=self._was_refused(key, seconds))

    def _was_refused(self, key: tuple[str, ...], seconds: float) -> bool:
        now = time.time()
        before = self._refused.get(key, 0) > now
        if not before:
            self._refused = {each: until for each, until in self._refused.items() if until > now}
            self._refused[key] = now + seconds
        return before

    def forgive(self, *key: str) -> None:
        """Forget the tries counted for this key."""
        for window in self._windows:
            self._limiter.clear(window, *key)


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64, since one household has as many addresses as it likes."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64))
    return address


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
