"""The hub this process serves, and the session whose request is being answered; no Chainlit in it."""

from __future__ import annotations

from contextvars import ContextVar

from hub.home import Hub

session_id_now: ContextVar[str | None] = ContextVar("session_id_now", default=None)
"""Set by the gate for each request and websocket, and inherited by the tasks they start."""

_served: list[Hub] = []


def set_hub(hub: Hub) -> None:
    """Serve this hub from now on."""
    _served[:] = [hub]


def get_hub() -> Hub:
    """The hub this process serves."""
    return _served[0]
