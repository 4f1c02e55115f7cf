"""Who may do what: every cell of ``matrix.csv``, which is written by hand, tried through every way there is to it.

Columns: a stranger; a user; a user and what is their own; a user who was granted the permission; an admin it was taken
from; an admin. Ways: the hub's functions, the chat's commands (with the form and the plan's button), the agent's tools,
and the command line. What HTTP serves stands in ``routes.csv``.
"""

from __future__ import annotations

import csv
import json
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from app import cli
from assistant.commands import COMMANDS, Asked, parse_command, run_command
from assistant.conversation import Turn
from assistant.forms import Form, submit_form
from assistant.replies import Confirm, Reply
from assistant.tools import TOOLS, tool_names
from db.tables import PersonPermission, User
from hub import (
    affiliations,
    artifacts,
    audit,
    catalog,
    chats,
    editing,
    insights,
    invitations,
    people,
    plans,
    proofs,
    records,
    recovery,
    rekeying,
    sessions,
    sharing,
    staging,
    trash,
)
from hub.access import PERMISSIONS, Caller, nobody
from hub.errors import Denied, NotFound, NotSignedIn
from hub.home import Hub, open_hub
from hub.items import SHAPES, check_item, sees_of
from hub.parts import insert_items, place_entry
from hub.passwords import Chosen
from hub.people import add_person
from hub.query import run_query
from tests import proving
from tests.conftest import settings_for

PASSWORD = "a correct horse battery"
MATRIX = {
    row.pop("permission"): row
    for row in csv.DictReader(Path(__file__).with_name("matrix.csv").read_text("utf-8").splitlines())
}
ROLES = ("stranger", "user", "owner", "granted", "taken", "admin")
ADMINS = ("taken", "admin")


def called(role: str) -> str:
    """The user name of the person of a role."""
    return f"mx-{role}"


@dataclass
class World:
    """A hub with a person for every role."""

    hub: Hub
    home: Path
    made: int = 0
    published: int = 0
    hashed: str = field(default="", repr=False)

    def fresh(self) -> str:
        """A name nobody has."""
        self.made += 1
        return f"fresh{self.made}"

    def somebody(self) -> str:
        """The name of a person made just now, for whatever is done to them."""
        name = self.fresh()
        with self.hub.database.write() as db:
            add_person(db, name, self.hashed)
        return name

    def set_single(self, permission: str) -> None:
        """Grant the permission to "granted", take it from "taken", and nothing else."""
        with self.hub.database.write() as db:
            db.execute(sa.delete(PersonPermission))
            for role, allowed in (("granted", True), ("taken", False)):
                user_id = db.scalar(sa.select(User.user_id).where(User.user_name == called(role)))
                db.add(PersonPermission(user_id=user_id, permission=permission, allowed=allowed))

    def caller(self, role: str) -> Caller:
        """The caller of a role, in a session of its own."""
        if role == "stranger":
            return nobody(self.hub)
        with self.hub.database.write() as db:
            db.execute(sa.update(User).where(User.user_name == called(role)).values(password_hash=self.hashed))
        opened = sessions.sign_in(nobody(self.hub), called(role), PASSWORD, address="10.0.0.1")
        caller = sessions.open_session(self.hub, opened.session_id, opened.token)
        if caller.may("session.prove"):
            proving.prove(caller, proving.BrowserKey())
        return caller

    def item(self, role: str, kind: str, visibility: str = "public") -> str:
        """The name of a fresh model or dataset: one's own in the owner's column, else somebody's."""
        name, whose = self.fresh(), self.target(role)
        with self.hub.database.write() as db:
            owner = db.scalar(sa.select(User).where(User.user_name == whose))
            assert owner is not None
            sees = sees_of(nobody(self.hub), db)
            record = ITEM[kind] | {NAME[kind]: name, "visibility": visibility}
            insert_items(db, kind, [place_entry(db, check_item(kind, record), owner.user_id, sees)])
        return name

    def shareable(self, role: str) -> str:
        """The name of a fresh model that its owner can share; somebody else's is public, so that it is found."""
        return self.item(role, "model", "private" if role == "owner" else "public")

    def rekeyable(self, role: str) -> str:
        """The name of a fresh model with a file, which its owner can seal anew; somebody else's is public."""
        if role == "owner":
            name, owner = self.fresh(), self.caller("owner")
            staged = staging.stage(owner, [b"weights"], "w.bin")
            artifacts.publish_new(owner, staged.ref, "model", {**MODEL, "model_name": name, "visibility": "private"})
            return name
        return "mx-published"

    def number(self, role: str, kind: str) -> list[int]:
        """The number of such an item, in a list."""
        return self.number_of(kind, self.item(role, kind))

    def number_of(self, kind: str, name: str) -> list[int]:
        with self.hub.database.read() as db:
            shape = SHAPES[kind]
            return list(db.scalars(sa.select(shape.id).where(shape.name == name)))

    def target(self, role: str) -> str:
        """Whom an action about a person is about: oneself in the owner's column, else somebody."""
        return called(role) if role == "owner" else self.somebody()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[World]:
    home = tmp_path_factory.mktemp("matrix") / "hub"
    shutil.copytree(demo_home, home)
    hub = open_hub(settings_for(home))
    hashed = hub.passwords.hash(PASSWORD)
    with hub.database.write() as db:
        for role in ROLES[1:]:
            add_person(db, called(role), hashed, is_admin=role in ADMINS)
        add_person(db, called("invitee"), hashed)
    world = World(hub, home, hashed=hashed)
    world.caller("invitee")
    owner = world.caller("owner")
    staged = staging.stage(owner, [b"weights"], "w.bin")
    version = artifacts.publish_new(owner, staged.ref, "model", {**MODEL, "model_name": "mx-published"})
    world.published = version.item_id
    yield world
    hub.close()


# --- the ways -------------------------------------------------------------------------------------

MODEL = {"media_type": "text", "arch_name": "rnn", "train_name": "rl"}
ITEM: Mapping[str, dict[str, Any]] = {"model": MODEL, "dataset": {"media": "text"}}
NAME = {"model": "model_name", "dataset": "ds_name"}


def rekey(caller: Caller) -> None:
    """Change the password there and back: the keys that the old one opens stay those of the tests that follow."""
    people.change_password(caller, PASSWORD, f"{PASSWORD} two")
    people.change_password(caller, f"{PASSWORD} two", PASSWORD)


HUB: Mapping[str, Callable[[World, Caller, str], object]] = {
    "session.open": lambda world, _caller, _role: sessions.sign_in(nobody(world.hub), world.somebody(), PASSWORD),
    "session.close": lambda _world, caller, _role: sessions.sign_out(caller),
    "session.prove": lambda _world, caller, _role: proofs.issue_challenge(caller),
    "session.list": lambda _world, caller, _role: sessions.list_sessions(caller),
    "person.register": lambda world, caller, _role: people.register(caller, world.fresh(), PASSWORD),
    "person.rekey": lambda _world, caller, _role: rekey(caller),
    "catalog.browse": lambda _world, caller, _role: catalog.count_items(caller),
    "query.run": lambda _world, caller, _role: run_query(caller, "SELECT 1"),
    "chat.keep": lambda _world, caller, _role: chats.keep_thread(caller, str(uuid.uuid4()), name="x"),
    "model.create": lambda world, caller, _role: catalog.create_model(caller, {**MODEL, "model_name": world.fresh()}),
    "dataset.create": lambda world, caller, _role: catalog.create_dataset(
        caller, {"ds_name": world.fresh(), "media": "text"}
    ),
    "model.edit": lambda world, caller, role: editing.edit_models(
        caller, world.number(role, "model"), {"description": "x"}
    ),
    "dataset.edit": lambda world, caller, role: editing.edit_datasets(
        caller, world.number(role, "dataset"), {"description": "x"}
    ),
    "model.delete": lambda world, caller, role: trash.delete_models(caller, world.number(role, "model")),
    "dataset.delete": lambda world, caller, role: trash.delete_datasets(caller, world.number(role, "dataset")),
    "artifact.upload": lambda world, caller, _role: staging.stage(caller, [b"x"], "x.bin"),
    "artifact.download": lambda world, caller, _role: artifacts.open_version(caller, "model", world.published).close(),
    "item.share": lambda world, caller, role: sharing.invite(
        caller, "model", *world.number_of("model", world.shareable(role)), called("invitee")
    ),
    "item.rekey": lambda world, caller, role: rekeying.rekey(
        caller, "model", *world.number_of("model", world.rekeyable(role))
    ),
    "invitation.answer": lambda _world, caller, _role: invitations.list_invitations(caller),
    "artifact.recover": lambda world, caller, _role: recovery.recover_item(
        caller, recovery.load_key(world.home / "recovery-key.pem"), "model", world.published
    ),
    "person.list": lambda _world, caller, _role: people.list_people(caller),
    "person.create": lambda world, caller, _role: people.create_person(caller, world.fresh()),
    "person.edit": lambda world, caller, role: people.edit_person(caller, world.target(role), affiliations=[]),
    "person.reset": lambda world, caller, role: people.reset_password(caller, world.target(role)),
    "person.remove": lambda world, caller, role: people.remove_person(caller, world.target(role)),
    "affiliation.edit": lambda world, caller, _role: affiliations.create_affiliation(caller, world.fresh()),
    "permission.grant": lambda world, caller, role: people.grant_permission(
        caller, world.target(role), "chat.keep", True
    ),
    "plan.settle": lambda _world, caller, _role: plans.look_at_plan(caller, "none"),
    "records.load": lambda world, caller, _role: records.load_records(caller, load_of(world)),
    "records.export": lambda _world, caller, _role: records.export_records(caller),
    "insight.view": lambda _world, caller, _role: insights.list_affiliations(caller),
    "audit.own": lambda _world, caller, _role: audit.own_activity(caller),
    "audit.show": lambda _world, caller, _role: audit.page_audit(caller, audit.Filters(), limit=1),
    "audit.verify": lambda _world, caller, _role: audit.verify_audit(caller),
    "hub.init": lambda world, caller, _role: people._first_admin(caller, world.fresh(), Chosen("x")),
    "hub.sweep": lambda _world, caller, _role: sessions.sweep_sessions(caller),
}
"""Every permission → what it allows, done with the hub's own function."""

CHAT: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "session.list": ("/profile", {}),
    "session.close": ("/profile end all", {}),
    "catalog.browse": ("/models", {}),
    "query.run": ("/sql SELECT 1", {}),
    "model.create": ("/register", {**MODEL, "model_name": "{fresh}"}),
    "dataset.create": ("/register dataset", {"media": "text", "ds_name": "{fresh}"}),
    "model.edit": ("/edit {model}", {"description": "x"}),
    "dataset.edit": ("/edit {dataset} visibility=private", {}),
    "model.delete": ("/delete {model}", {}),
    "dataset.delete": ("/delete {dataset}", {}),
    "artifact.upload": ("/upload", {}),
    "artifact.download": ("/download mx-published", {}),
    "item.share": ("/share {shareable} with mx-invitee", {}),
    "item.rekey": ("/rekey {rekeyable}", {}),
    "invitation.answer": ("/invitations", {}),
    "person.list": ("/users", {}),
    "person.create": ("/create-user {fresh}", {"role": "user"}),
    "person.edit": ("/users approve {waiting}", {}),
    "person.reset": ("/reset-password {target}", {}),
    "person.remove": ("/remove-user {target}", {}),
    "affiliation.edit": ("/affiliations create", {"name": "{fresh}"}),
    "permission.grant": ("/grant {target} chat.keep take", {}),
    "records.load": ("/load {records}", {}),
    "records.export": ("/export all", {}),
    "insight.view": ("/insights", {}),
    "audit.own": ("/profile activity", {}),
    "audit.show": ("/audit person=alice", {}),
}
"""Permission → a command that stands on it, and what its form is filled in with."""

TOOL: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "query.run": ("query", {"sql": "SELECT 1"}),
    "catalog.browse": ("describe", {"table": "model"}),
    "model.create": ("register_item", {"kind": "model", "record": {**MODEL, "model_name": "{fresh}"}}),
    "dataset.create": ("register_item", {"kind": "dataset", "record": {"ds_name": "{fresh}", "media": "text"}}),
    "model.edit": ("edit_items", {"names": ["{model}"], "changes": {"description": "x"}}),
    "dataset.edit": ("edit_items", {"names": ["{dataset}"], "changes": {"visibility": "private"}}),
    "model.delete": ("delete_items", {"names": ["{model}"]}),
    "dataset.delete": ("delete_items", {"names": ["{dataset}"]}),
    "artifact.upload": ("upload", {}),
    "artifact.download": ("download", {"name": "mx-published"}),
    "item.share": ("share", {"name": "{shareable}", "people": ["mx-invitee"]}),
    "item.rekey": ("rekey", {"name": "{rekeyable}"}),
    "invitation.answer": ("show_invitations", {}),
    "person.list": ("list_people", {}),
    "person.create": ("create_person", {"name": "{fresh}"}),
    "person.edit": ("edit_people", {"names": ["{target}"], "role": "admin"}),
    "person.reset": ("reset_password", {"name": "{target}"}),
    "person.remove": ("remove_person", {"name": "{target}"}),
    "permission.grant": ("set_permission", {"names": ["{target}"], "permission": "chat.keep", "change": "take"}),
    "affiliation.edit": ("edit_affiliation", {"name": "{fresh}"}),
    "insight.view": ("insights", {}),
    "audit.show": ("show_audit", {"person": "alice"}),
}

CLI: Mapping[str, list[str]] = {
    "query.run": ["sql", "SELECT 1"],
    "person.list": ["user", "list"],
    "person.create": ["user", "create", "{fresh}"],
    "person.edit": ["user", "edit", "{target}", "--active"],
    "person.reset": ["user", "reset-password", "{target}"],
    "person.remove": ["user", "remove", "{target}", "--yes"],
    "permission.grant": ["user", "grant", "{target}", "chat.keep"],
    "artifact.upload": [
        *("upload", "{file}", "--kind", "model", "--name", "{fresh}", "--media", "text", "--arch", "rnn"),
        *("--train", "rl"),
    ],
    "artifact.download": ["download", "mx-published", "-o", "{file}.bin"],
    "item.share": ["share", "{shareable}", "--to", called("invitee")],
    "item.rekey": ["rekey", "{rekeyable}"],
    "invitation.answer": ["invitations"],
    "artifact.recover": ["recover", "mx-published", "--key", "{recovery}"],
    "records.load": ["load", "{file}"],
    "records.export": ["export", "-o", "{file}.out"],
    "insight.view": ["insights", "-o", "{file}.d"],
    "audit.show": ["audit", "show", "--limit", "1"],
    "audit.verify": ["audit", "verify"],
}

OWNERS = {"item.share", "item.rekey"}
"""What is refused to others in the words that it is not theirs."""
ONLY_ADMINS = {"person.edit"}
"""Tried with what only an admin may do, where the tool's try makes an admin: a grant is not enough for that."""


def load_of(world: World) -> dict[str, Any]:
    return {"affiliation": [{"affil_name": world.fresh()}]}


def filled(pattern: Any, names: Mapping[str, str]) -> Any:
    """The pattern with names put in, however deep."""
    if isinstance(pattern, str):
        for name, value in names.items():
            pattern = pattern.replace(f"{{{name}}}", value)
        return pattern
    if isinstance(pattern, Mapping):
        return {key: filled(value, names) for key, value in pattern.items()}
    return [filled(value, names) for value in pattern]


def names_for(world: World, role: str, permission: str) -> dict[str, str]:
    waiting = world.somebody()
    with world.hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_name == waiting).values(is_active=False))
    return {
        "fresh": world.fresh(),
        "target": world.target(role),
        "model": world.item(role, "model"),
        "dataset": world.item(role, "dataset"),
        "shareable": world.shareable(role),
        "rekeyable": world.rekeyable(role) if permission == "item.rekey" else "",
        "waiting": called(role) if role == "owner" else waiting,
        "records": json.dumps(load_of(world)),
        "file": str(world.home.parent / "records.json"),
        "recovery": str(world.home / "recovery-key.pem"),
    }


def carry_out(caller: Caller, replies: object, values: Mapping[str, Any]) -> None:
    """Fill in the form that came, and press the button of the plan that came."""
    found: list[Reply] = list(replies)  # type: ignore[call-overload]
    for reply in found:
        if isinstance(reply, Form):
            given = {each.name: each.value for each in reply.fields} | dict(values)
            carry_out(caller, submit_form(caller, reply.name, reply.about, given), {})
        elif isinstance(reply, Confirm):
            plans.confirm(caller, reply.plan.plan_id)


# --- the tries ------------------------------------------------------------------------------------


def cells(ways: Mapping[str, object]) -> list[Any]:
    return [
        pytest.param(permission, role, id=f"{permission}-{role}")
        for permission in MATRIX
        for role in ROLES
        if permission in ways
    ]


def expect(permission: str, role: str, act: Callable[[], object]) -> None:
    """The act goes through where the file says yes, and is refused where it says no."""
    if MATRIX[permission][role] == "yes":
        act()
        return
    with pytest.raises((Denied, NotSignedIn, NotFound)) as refused:
        act()
    assert not isinstance(refused.value, NotFound) or "no command" in refused.value.message


def test_the_file_lists_every_permission_and_every_permission_is_tried() -> None:
    assert set(MATRIX) == set(PERMISSIONS) == set(HUB)
    assert {answer for row in MATRIX.values() for answer in row.values()} == {"yes", "no"}
    assert all(tuple(row) == ROLES for row in MATRIX.values())


def test_every_permission_that_a_command_or_tool_stands_on_is_tried_there() -> None:
    assert {one for command in COMMANDS for one in command.permission.split()} - set(CHAT) == set()
    assert {one for tool in TOOLS for one in (tool.metadata or {})["permission"].split()} - set(TOOL) == set()


@pytest.mark.parametrize(("permission", "role"), cells(HUB))
def test_in_the_hub(world: World, permission: str, role: str) -> None:
    world.set_single(permission)
    caller = world.caller(role)
    expect(permission, role, lambda: HUB[permission](world, caller, role))


@pytest.mark.parametrize(("permission", "role"), cells(CHAT))
def test_in_the_chat(world: World, permission: str, role: str) -> None:
    world.set_single(permission)
    caller, names = world.caller(role), names_for(world, role, permission)
    if permission == "session.close" and role != "stranger":
        world.caller(role)  # another session, to be ended
    text, values = CHAT[permission]
    command = parse_command(filled(text, names))
    assert command is not None

    def act() -> None:
        carry_out(caller, run_command(caller, command[0], Asked(command[1])), filled(values, names))

    expect(permission, role, act)


@pytest.mark.parametrize(("permission", "role"), cells(TOOL))
def test_by_a_tool(world: World, permission: str, role: str) -> None:
    world.set_single(permission)
    caller = world.caller(role)
    name, arguments = TOOL[permission]
    tool = next(tool for tool in TOOLS if tool.name == name)
    runtime = SimpleNamespace(context=Turn(caller, "x"), tool_call_id="call")
    message = tool.func(**filled(arguments, names_for(world, role, permission)), runtime=runtime)  # type: ignore[attr-defined]
    allowed = MATRIX[permission][role] == "yes"
    if (tool.metadata or {})["permission"] == permission:
        assert (name in tool_names(caller)) == (caller.may(permission) if permission in OWNERS else allowed)
    if permission in ONLY_ADMINS and role == "granted":
        allowed = False
    assert (message.status != "error") == allowed
    if not allowed:
        assert message.artifact["code"] in ("denied", "not_signed_in")


@pytest.mark.parametrize(("permission", "role"), cells(CLI))
def test_on_the_command_line(
    world: World, permission: str, role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.set_single(permission)
    monkeypatch.setenv("HUB_HOME", str(world.home))
    monkeypatch.setenv("HUB_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    names = {**names_for(world, role, permission), "file": str(tmp_path / "records.json")}
    Path(names["file"]).write_text(names["records"], "utf-8")
    ran = CliRunner().invoke(cli.cli, [*filled(CLI[permission], names), "--as", called(role)], catch_exceptions=False)
    if MATRIX[permission][role] == "yes":
        assert ran.exit_code == 0, ran.output
    else:
        assert ran.exit_code == (1 if role == "stranger" else 3), ran.output
        assert (
            "nobody called" if role == "stranger" else "may not" if permission not in OWNERS else "not"
        ) in ran.output
