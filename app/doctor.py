"""What ``openmodelhub doctor`` looks at: each part of the hub with its state and, where it is broken, its remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from hub.errors import HubError
from hub.home import Hub, open_hub
from hub.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the hub: fine, worth a look, or broken; ``remedy`` says what to do."""

    what: str
    state: Literal["fine", "look", "broken"]
    said: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def examine() -> list[Finding]:
    """Look at every part; changes nothing, and makes no hub where there is none."""
    try:
        settings = load_settings()
    except HubError as error:
        return [Finding("settings", "broken", error.message, error.hint)]
    found = [Finding("settings", "fine", f"{settings.hub_env}, HUB_HOME {settings.hub_home}")]
    found += _check_storage(settings)
    found += _check_keys(settings)
    found.append(_check_model(settings))
    if any(one.state == "broken" for one in found if one.what in ("storage", "keys")):
        return found
    return [*found, *_check_hub(settings)]


def _check_storage(settings: Settings) -> Iterator[Finding]:
    for folder in (settings.hub_home, settings.hub_home / "artifacts"):
        if not folder.is_dir():
            yield Finding("storage", "broken", f"{folder} is not there", "run `openmodelhub init`, or set HUB_HOME")
        elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield Finding(
                "storage", "broken", f"{folder} cannot be written", f"give this user the folder: chown {folder}"
            )
        else:
            free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
            state: Literal["fine", "look"] = "fine" if free > 1 << 30 else "look"
            remedy = "" if state == "fine" else "make room: uploads need more"
            yield Finding("storage", state, f"{folder}, {free / (1 << 30):.1f} GiB free", remedy)


def _check_keys(settings: Settings) -> Iterator[Finding]:
    path = settings.master_key_file
    if not path.is_file():
        yield Finding(
            "keys", "broken", f"no master key at {path}", "run `openmodelhub init`, or restore your copy of it"
        )
    elif _open_to_others(path):
        yield Finding("keys", "broken", f"{path} can be read by others", f"chmod 600 {path}")
    elif settings.keys_home.is_dir() and _open_to_others(settings.keys_home):
        yield Finding(
            "keys", "broken", f"{settings.keys_home} can be read by others", f"chmod 700 {settings.keys_home}"
        )
    else:
        yield Finding("keys", "fine", f"master key at {path}: keep a copy of it somewhere else")


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def _check_hub(settings: Settings) -> Iterator[Finding]:
    if not settings.db_host and not (settings.hub_home / "openmodelhub.db").is_file():
        yield Finding("database", "broken", "there is no database yet", "run `openmodelhub init`")
        return
    try:
        hub = open_hub(settings)
    except HubError as error:
        yield Finding("database", "broken", error.message, error.hint)
        return
    try:
        for check in (_check_database, _check_reader, _check_people):
            yield _try(check, hub)
    finally:
        hub.close()


def _try(check: Callable[[Hub], Finding], hub: Hub) -> Finding:
    try:
        return check(hub)
    except HubError as error:
        return Finding(check.__name__.removeprefix("_check_"), "broken", error.message, error.hint)
    except sa.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
        return Finding(check.__name__.removeprefix("_check_"), "broken", said, "mend or restore the database")


def _check_database(hub: Hub) -> Finding:
    with hub.database.read() as db:
        if hub.database.is_sqlite:
            verdict = db.scalar(sa.text("PRAGMA quick_check(1)"))
            if verdict != "ok":
                return Finding("database", "broken", f"the file is damaged: {verdict}", "restore it from a backup")
            return Finding("database", "fine", f"SQLite, {hub.database.url.database}")
        version = db.scalar(sa.text("SELECT VERSION()"))
    return Finding("database", "fine", f"{version} at {hub.settings.db_host}, database {hub.settings.target_db}")


def _check_reader(hub: Hub) -> Finding:
    from hub.access import system
    from hub.query import run_query

    run_query(system(hub), "SELECT count(*) AS people FROM user")
    who = "the file opened read-only" if hub.database.is_sqlite else "an account that may only read"
    return Finding("reader", "fine", f"questions are answered through {who}")


def _check_people(hub: Hub) -> Finding:
    from hub.people import has_admin
    from hub.sessions import demo_accounts

    if not has_admin(hub):
        return Finding("people", "broken", "nobody is an admin", "run `openmodelhub init`")
    demo = demo_accounts(hub)
    if not demo:
        return Finding("people", "fine", "no account has a demo password")
    state: Literal["look", "broken"] = "broken" if hub.settings.hub_env == "production" else "look"
    remedy = (
        "before others can reach the hub: `openmodelhub user reset-password NAME`, or --inactive for who is not real"
    )
    return Finding("people", state, f"{len(demo)} active accounts have the demo password", remedy)


def _check_model(settings: Settings) -> Finding:
    if settings.local_model is not None:
        if settings.local_model.is_file():
            return Finding("language model", "fine", f"local file {settings.local_model}")
        return Finding("language model", "broken", f"no file {settings.local_model}", "set LOCAL_MODEL to a GGUF file")
    if not settings.uses_endpoint:
        return Finding("language model", "fine", "none: the interpreter answers by itself")
    import httpx

    address = (settings.base_url or "https://api.openai.com/v1").rstrip("/")
    key = settings.api_key.get_secret_value()
    shown = re.sub(r"//[^/]*@", "//", re.sub(r"[?#].*", "", address))  # no password that stands in it
    try:
        reply = httpx.get(f"{address}/models", headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=5)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = f"{shown} does not answer: {type(error).__name__}"
        return Finding("language model", "broken", said, "check BASE_URL; until then the interpreter answers by itself")
    if reply.status_code in (401, 403):
        return Finding("language model", "broken", f"{shown} refuses the key", "check API_KEY")
    if reply.status_code >= 400:
        said = f"{shown} says {reply.status_code} to a list of its models"
        return Finding(
            "language model", "look", said, "check BASE_URL if questions fail; not every endpoint has this list"
        )
    names = _model_names(reply.text)
    if names and settings.model_name not in names:
        said = f"{shown} does not list the model {settings.model_name}"
        listed = ", ".join(sorted(names)[:8])
        return Finding("language model", "look", said, f"if questions fail, set MODEL_NAME to one it has: {listed}")
    return Finding("language model", "fine", f"{settings.model_name} at {shown}")


def _model_names(text: str) -> set[str]:
    import json

    try:
        return {str(one["id"]) for one in json.loads(text)["data"]}
    except (ValueError, KeyError, TypeError):
        return set()
