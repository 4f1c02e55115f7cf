"""The audit chain's arithmetic: a MAC over each row and the one before it, and signed checkpoints."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

START = bytes(32)
"""The MAC that stands before the first row."""


def row_mac(key: bytes, previous: bytes, fields: Sequence[str | None]) -> bytes:
    """HMAC-SHA256 over the previous row's MAC and the length-prefixed fields; None differs from the empty text."""
    message = bytearray(b"omh/v1/audit-row\0" + previous)
    for field in fields:
        raw = b"" if field is None else field.encode()
        message += b"\xff\xff\xff\xff" if field is None else len(raw).to_bytes(4, "big")
        message += raw
    return hmac.digest(key, bytes(message), "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Whether two MACs are equal, in constant time."""
    return hmac.compare_digest(left, right)


def checkpoint_text(hub_id: str, seq: int, mac: bytes) -> bytes:
    """What a checkpoint's signature is made over."""
    return f"omh/v1/audit-checkpoint\n{hub_id}\n{seq}\n{mac.hex()}\n".encode()
