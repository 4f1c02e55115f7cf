"""Who gets what over HTTP: every cell of ``routes.csv``, which is written by hand, tried at a running server.

Columns: a stranger; a user whose browser has proved nothing; a user; the owner of what the address names; somebody
invited to the owner's model; an admin. A cell is the status of the answer (500 is what Chainlit makes of a refused
feedback). A path that is served and not listed fails ``test_the_file_lists_every_route``.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.routes import ROUTES
from hub import artifacts, chats, invitations, sharing, staging
from hub.home import Hub, open_hub
from hub.people import add_person
from tests.app.wire import Visitor
from tests.conftest import caller_for, settings_for
from tests.proving import enter
from tests.running import RunningHub

PASSWORD = "a correct horse battery"
SECRET = "nine zebras in a lift"
ROLES = ("stranger", "unproved", "user", "owner", "invitee", "admin")
TABLE = list(csv.DictReader(Path(__file__).with_name("routes.csv").read_text("utf-8").splitlines()))
FRESH = {"/login", "/register", "/password", "/logout", "/session/proof"}
"""Tried by a visitor of their own, as they begin or end a session, or use something up."""


def called(role: str) -> str:
    return f"rt-{role}"


@dataclass
class World:
    """A running hub with a visitor for every role, and a conversation of the owner's with all that it may hold."""

    served: RunningHub
    hub: Hub
    visitors: dict[str, Visitor] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    chat: str = ""
    model: str = ""

    def visit(self, role: str) -> Visitor:
        visitor = Visitor(self.served.url)
        if role != "stranger":
            visitor.sign_in(called(role), PASSWORD, prove=role != "unproved")
        return visitor

    def names(self) -> dict[str, str]:
        """A conversation of the owner's made just now, and what it holds."""
        found = {name: str(uuid.uuid4()) for name in ("thread", "element", "step", "nobody")}
        owner = caller_for(self.hub, called("owner"))
        chats.keep_thread(owner, found["thread"], name=SECRET)
        step = {"id": found["step"], "threadId": found["thread"], "createdAt": chats.now_text(), "output": SECRET}
        chats.keep_step(owner, step)
        element = {"id": found["element"], "threadId": found["thread"], "forId": found["step"], "name": SECRET}
        chats.keep_element(owner, {**element, "type": "file", "mime": "text/plain"}, SECRET.encode())
        while self.uploads:  # nobody may leave many of them open
            self.visitors["owner"].http.delete(f"/api/uploads/{self.uploads.pop()}")
        begun = self.visitors["owner"].http.post("/api/uploads", json={"name": "w.bin", "size": 1})
        self.uploads.append(str(begun.json()["id"]))
        found["upload"] = str(begun.json()["id"])
        found["feedback"] = chats.keep_feedback(owner, found["step"], 1, None, None) or ""
        return {**found, "chat": self.chat, "model": self.model}


@pytest.fixture(scope="module")
def world(running_hub: RunningHub) -> Iterator[World]:
    hub = open_hub(settings_for(running_hub.home))
    with hub.database.write() as db:
        hashed = hub.passwords.hash(PASSWORD)
        for role in ROLES[1:]:
            add_person(db, called(role), hashed, is_admin=role == "admin")
    owner = enter(hub, called("owner"), PASSWORD)
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
    staged = staging.stage(owner, [SECRET.encode()], "w.bin")
    model = artifacts.publish_new(owner, staged.ref, "model", {**record, "model_name": "rt secret"}).item_id
    invitee = enter(hub, called("invitee"), PASSWORD)
    invitations.accept(invitee, sharing.invite(owner, "model", model, called("invitee")).invitation_id)
    made = World(running_hub, hub, model=str(model))
    made.visitors = {role: made.visit(role) for role in ROLES}
    chat = made.visitors["owner"].chat()
    made.chat = chat.id
    yield made
    chat.socket.close()
    for visitor in made.visitors.values():
        visitor.http.close()
    hub.close()


FORMS: Mapping[str, Mapping[str, str]] = {
    "/login": {"name": called("user"), "password": PASSWORD},
    "/register": {"name": "{nobody}", "password": PASSWORD, "again": PASSWORD, "affiliation": ""},
    "/password": {"current": "wrong", "password": f"{PASSWORD} two", "again": "another"},
}
_ACTION = {"id": "1", "name": "show_details", "payload": {}, "label": "", "forId": ""}
_ELEMENT = {
    "id": "{element}",
    "threadId": "{thread}",
    "forId": "{step}",
    "type": "custom",
    "name": "Chart",
    "display": "inline",
    "props": {},
}
BODIES: Mapping[str, Any] = {
    "POST /session/proof": {"nonce": "guessed", "signature": "", "key": ""},
    "POST /api/uploads": {"name": "w.bin", "size": 1},
    "POST /project/threads": {"pagination": {"first": 5}, "filter": {}},
    "PUT /project/thread": {"threadId": "{thread}", "name": "renamed"},
    "DELETE /project/thread": {"threadId": "{thread}"},
    "PUT /project/element": {"sessionId": "{chat}", "element": _ELEMENT},
    "DELETE /project/element": {"sessionId": "{chat}", "element": _ELEMENT},
    "POST /project/action": {"sessionId": "{chat}", "action": _ACTION},
    "PUT /feedback": {"sessionId": "{chat}", "feedback": {"forId": "{step}", "value": 1, "threadId": "{thread}"}},
    "DELETE /feedback": {"feedbackId": "{feedback}"},
}  # fmt: skip
ADDRESSES: Mapping[str, str] = {
    "/pages/{name}": "/pages/hub.css",
    "/chat-elements/{element_id}": "/chat-elements/{element}",
    "/api/uploads/{ref}": "/api/uploads/{upload}",
    "/files/{kind}/{item_id}/{version}": "/files/model/{model}/latest",
    "/thread/{thread_id}": "/thread/{thread}",
    "/element/{element_id}": "/element/{element}",
    "/assets/plotly-{version}.min.js": "/assets/plotly-1.min.js",
    "/assets/{filename:path}": "/assets/pdf.worker.min-qwK7q_zL.mjs",
    "/public/{filename:path}": "/public/hub.js",
    "/avatars/{avatar_id:str}": "/avatars/OpenModelHub",
    "/ws/socket.io": "/ws/socket.io?EIO=4&transport=polling",
    "/ws/socket.io/{rest:path}": "/ws/socket.io/?EIO=4&transport=polling",
    "/project/translations": "/project/translations?language=en-US",
    "/project/settings": "/project/settings?language=en-US",
    "/project/thread/{thread_id}": "/project/thread/{thread}",
    "/project/thread/{thread_id}/element/{element_id}": "/project/thread/{thread}/element/{element}",
    "/project/file/{file_id}": "/project/file/{element}?session_id={chat}",
    "/auth/oauth/{provider_id}": "/auth/oauth/github",
    "/auth/oauth/{provider_id}/callback": "/auth/oauth/github/callback",
    "/project/share/{thread_id}": "/project/share/{thread}",
    "/project/file": "/project/file?session_id={chat}",
    "/copilot/{filename:path}": "/copilot/index.js",
    "/{full_path:path}": "/anything/else",
}
"""Path template → an address of it."""


def filled(pattern: Any, names: Mapping[str, str]) -> Any:
    """The pattern with names put in, however deep."""
    if isinstance(pattern, str):
        for name, value in names.items():
            pattern = pattern.replace(f"{{{name}}}", value)
        return pattern
    if isinstance(pattern, Mapping):
        return {key: filled(value, names) for key, value in pattern.items()}
    return pattern


def test_the_file_lists_every_route() -> None:
    listed = [(row["path"], row["method"]) for row in TABLE]
    assert len(listed) == len(set(listed))
    assert set(listed) == {(route.path, method) for route in ROUTES for method in route.methods.split()}
    assert all(tuple(row)[2:] == ROLES for row in TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['method']}-{row['path']}")
def test_every_cell(world: World, row: Mapping[str, str]) -> None:
    method, path = row["method"], row["path"]
    got, wanted = {}, {}
    for role in ROLES:
        visitor = world.visit(role) if path in FRESH else world.visitors[role]
        names = world.names()
        form, body = FORMS.get(path), BODIES.get(f"{method} {path}")
        answer = visitor.http.request(
            method,
            filled(ADDRESSES.get(path, path), names),
            data=filled(form, names) if form and method == "POST" else None,
            json=filled(body, names),
        )
        got[role], wanted[role] = answer.status_code, int(row[role])
        if role != "owner" and not (role == "invitee" and path.startswith("/files/")):
            assert SECRET not in answer.text, role
    assert got == wanted
