"""Work that the button of a plan began and that goes on behind the chat; the page asks how far it is."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable

from assistant.conversation import sentence
from hub import plans
from hub.access import Caller
from hub.errors import HubError
from hub.plans import Report

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Works that are done at the same time; each keeps a processor busy. Others wait."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_under_way: dict[str, tuple[int, int]] = {}  # plan → how much is done, of how much


def begin_work(caller: Caller, ref: str, work: Callable[[Report], str]) -> None:
    """Do the work of a plan in a thread of its own; what came of it becomes what the plan says was done.

    It ends with the process: what is done this way is safe to be broken off.
    """
    _under_way[ref] = (0, 0)
    threading.Thread(target=_do, args=(caller, ref, work), name="work", daemon=True).start()


def progress_of(ref: str) -> tuple[int, int] | None:
    """How much of a plan's work is done, and how much there is to do; None when none is under way here."""
    return _under_way.get(ref)


def _do(caller: Caller, ref: str, work: Callable[[Report], str]) -> None:
    def report(done: int, total: int) -> None:
        _under_way[ref] = (done, total)

    try:
        with _turns:
            said = work(report)
    except HubError as error:
        said = f"It did not come to its end. {sentence(error.as_json())}"
    except Exception:
        number = secrets.token_hex(6)
        log.exception("request %s failed", number)
        said = f"It did not come to its end; tell an administrator this number: {number}"
    try:
        plans.say_outcome(caller, ref, said)
    except HubError:  # they signed out meanwhile: what the plan said when it began still holds
        log.info("nobody is there to be told: %s", said)
    finally:
        del _under_way[ref]
