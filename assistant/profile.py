"""One's own account: password, open sessions, and what one did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant import lists
from assistant.administration import table_of_list
from assistant.replies import Confirm, Questions, Reply, Text, escape
from hub import sessions
from hub.access import Caller

if TYPE_CHECKING:
    from assistant.commands import Asked


def show_profile(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/profile``: who one is, the open sessions, and what can be done about them."""
    own = [f"{name} granted" for name in sorted(caller.granted)] + [f"{name} taken" for name in sorted(caller.taken)]
    beside = f" Single permissions: {escape(', '.join(own))}." if own else ""
    buttons = [("What I did", "/profile activity")]
    if caller.may("session.list"):
        others = [row for row in sessions.list_sessions(caller) if not row["is_this"]]
        buttons += [
            (f"End {sessions.describe_browser(row['browser'])}, {row['session_id'][:8]}",
             f"/profile end {row['session_id'][:8]}")
            for row in others[:5]
        ]  # fmt: skip
        buttons += [("End all other sessions", "/profile end all")] * (len(others) > 1)
    return [
        Text(
            f"You are **{escape(caller.user_name)}**, {'an admin' if caller.is_admin else 'a user'}.{beside} "
            "[Change your password](/password)"
        ),
        table_of_list(caller, lists.from_sessions(), "Your sessions"),
        Questions("", buttons),
    ]


def show_activity(caller: Caller, _asked: Asked) -> Sequence[Reply]:
    """``/profile activity``"""
    return [table_of_list(caller, lists.from_activity(), "Your activity")]


def end_sessions(caller: Caller, asked: Asked) -> Sequence[Reply]:
    """``/profile end SESSION`` or ``/profile end all``"""
    which = asked.argument.lower()
    return [Confirm(sessions.plan_session_end(caller, None if which in ("", "all") else which))]
