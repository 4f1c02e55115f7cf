"""The frame that every command stands in: exit codes, the log, the open hub and who acts."""

from __future__ import annotations

import functools
import getpass
import logging
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from app.cli.terminal import complain
from hub.errors import Denied, HubError, Invalid, NotSignedIn, QueryRefused, SignInFailed

if TYPE_CHECKING:
    from hub.access import Caller
    from hub.home import Hub
    from hub.storage import Storage

P = ParamSpec("P")

ANSWERED, FAILED, REFUSED = 0, 1, 3
_FAILURES = {"unavailable", "query_failed", "timeout", "error"}
_REFUSALS = Denied | NotSignedIn | SignInFailed | QueryRefused
log = logging.getLogger("openmodelhub")

As = Annotated[str | None, typer.Option("--as", metavar="USER", help="the person to act for; default: the first admin")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def guarded(command: Callable[P, int | None]) -> Callable[P, None]:
    """Turn what a command returns or raises into an exit code, with one clear line for an error."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or ANSWERED
        except HubError as error:
            complain(error)
            code = exit_code(error.code, refused=isinstance(error, _REFUSALS))
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except Exception:
            complain(note_unexpected())
            code = FAILED
        raise typer.Exit(code)

    return run


def exit_code(code: str, *, refused: bool = True) -> int:
    """The exit code that goes with an error's code."""
    return REFUSED if refused and code not in _FAILURES else FAILED


def note_unexpected() -> HubError:
    """What to say of the bug being handled: a number under which the log has it."""
    request_id = secrets.token_hex(4)
    if not any(isinstance(one, logging.FileHandler) for one in logging.getLogger().handlers):
        home = Path(os.environ.get("HUB_HOME") or "data")  # it went wrong before the settings were read
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _log_to(home / "hub.log", "INFO")
    log.exception("request %s", request_id)
    return HubError(f"something went wrong that should not have (request {request_id})", "hub.log has the details")


def open_here() -> Hub:
    """The hub of this environment's settings, open, with its log beside it."""
    from hub.home import open_hub
    from hub.settings import load_settings

    settings = load_settings()
    _log_to(settings.hub_home / "hub.log", settings.log_level)
    return open_hub(settings)


def open_storage_here() -> Storage:
    """The storage of this environment's settings, without the database; the log beside it as ever."""
    from hub.settings import load_settings
    from hub.storage import open_storage

    settings = load_settings()
    settings.hub_home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _log_to(settings.hub_home / "hub.log", settings.log_level)
    return open_storage(settings)


def _log_to(file: Path, level: str) -> None:
    """Everything logged goes to this file, and none of it to the terminal."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, logging.FileHandler)]:
        root.removeHandler(handler)
        handler.close()
    handler = RotatingFileHandler(file, maxBytes=10_000_000, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(level)
    logging.raiseExceptions = False  # a log that cannot be written is no reason to show tracebacks


def _operator() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return f"cli:uid {os.getuid()}"


def _password_of(name: str) -> str:
    """The password that opens this person's keys: from HUB_PASSWORD, or asked for."""
    given = os.environ.get("HUB_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise Invalid(f"the password of {name} is needed to open their keys", "set HUB_PASSWORD")
    return str(typer.prompt(f"Password of {name}", hide_input=True, err=True))


@contextmanager
def acting(name: str | None) -> Iterator[Caller]:
    """The caller for this person (or the first admin) on the open hub, which is closed afterwards."""
    from hub.people import act_for

    hub = open_here()
    try:
        caller = act_for(hub, name, _operator())
        yield replace(caller, secret=lambda: _password_of(caller.user_name))
    finally:
        hub.close()
