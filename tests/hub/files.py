"""What tests of files share: a hub with keys, and people who are signed in."""

from __future__ import annotations

from typing import Any

from hub import access, keys, people, records, staging
from hub.access import Caller
from hub.home import Hub
from tests.proving import enter

GOOD = "seven quiet otters"
MODEL = {"media_type": "text", "arch_name": "rnn", "train_name": "rl"}


def set_up(hub: Hub) -> None:
    """The admin root, and ann and bo, who own nothing; the hub's own keys."""
    keys.set_up_keys(hub, hub.settings.hub_home / "recovery-key.pem")
    people.first_admin(hub, "root", GOOD)
    data: dict[str, Any] = {
        "user": [{"user_name": "ann", "password": "ann pw"}, {"user_name": "bo", "password": "bo pw"}]
    }
    records.load_records(access.system(hub), data)


PASSWORDS = {"root": GOOD, "ann": "ann pw", "bo": "bo pw"}


def sign_in(hub: Hub, name: str, password: str | None = None) -> Caller:
    """The person in a session of their own, their keys at hand as in a browser."""
    return enter(hub, name, password or PASSWORDS[name], "127.0.0.1")


def stage(caller: Caller, content: bytes, name: str) -> str:
    """The ref of a file that this person has uploaded."""
    return staging.stage(caller, [content], name).ref
