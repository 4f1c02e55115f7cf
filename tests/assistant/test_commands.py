"""The table of slash commands, what each says, and what it leaves out for whom."""

from __future__ import annotations

import re

import pytest

from assistant.commands import COMMANDS, Asked, list_commands, parse_command, run_command
from assistant.replies import MOST_ROWS, Card, File, Table, Text
from assistant.tools import tool_names
from hub import people
from hub.access import PERMISSIONS, Caller
from hub.catalog import create_model
from hub.errors import Denied, HubError, Invalid, NotFound, QueryRefused
from hub.home import Hub
from tests.conftest import caller_for


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


@pytest.fixture
def alice(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "alice")


@pytest.mark.parametrize(
    ("text", "chosen", "expected"),
    [
        ("/models resnet", None, ("models", "resnet")),
        ("  /SHOW  ResNet-50 ", None, ("show", "ResNet-50")),
        ("/sql SELECT 1\nFROM model", None, ("sql", "SELECT 1\nFROM model")),
        ("/", None, ("", "")),
        ("resnet", "models", ("models", "resnet")),
        ("", "help", ("help", "")),
        ("/etc/passwd is a file", None, None),
        ("which models are there?", None, None),
    ],
)
def test_commands_are_typed_or_chosen(text: str, chosen: str | None, expected: tuple[str, str] | None) -> None:
    assert parse_command(text, chosen) == expected


USERS = {
    *("help", "models", "datasets", "show", "sql", "chart", "export", "affiliations"),
    *("profile", "profile activity", "profile end"),
    *("lineage", "register", "register dataset", "edit", "delete", "trash", "restore", "find"),
    *("upload", "download", "versions", "preview"),
    *("share", "revoke", "rekey", "invitations", "invitations accept", "invitations decline"),
}


def test_every_command_has_a_permission_and_help_lists_those_one_may_use(admin: Caller, alice: Caller) -> None:
    assert {one for command in COMMANDS for one in command.permission.split()} <= PERMISSIONS.keys()
    for caller in (admin, alice):
        (reply,) = run_command(caller, "help", Asked())
        assert isinstance(reply, Text)
        for command in COMMANDS:
            listed = re.search(rf"^- `/{command.name}[` ]", reply.text, re.MULTILINE) is not None
            assert listed or not caller.may_any(command.permission)
    assert {one.name for one in list_commands(alice)} == USERS
    assert list_commands(admin) == list(COMMANDS)


def test_what_was_taken_of_models_and_datasets_is_listed_no_more(demo_hub: Hub, admin: Caller) -> None:
    for kind, left in (("model", {"edit", "register dataset"}), ("dataset", set())):
        for verb in ("create", "edit", "delete"):
            people.grant_permission(admin, "alice", f"{kind}.{verb}", False)
        alice = caller_for(demo_hub, "alice")
        names = {one.name for one in list_commands(alice)}
        assert names & {"edit", "register", "register dataset"} == left
        assert (names & {"delete", "trash", "restore"} != set()) == (kind == "model")
        tools = {"register_item", "edit_items", "delete_items", "restore_item"}
        assert (tools & {*tool_names(alice)} == tools) == (kind == "model")
    with pytest.raises(NotFound, match="no command /edit"):
        run_command(alice, "edit", Asked("x"))


def test_an_unknown_command_names_the_nearest(alice: Caller) -> None:
    with pytest.raises(NotFound, match="/modls") as error:
        run_command(alice, "modls", Asked())
    assert "/models" in error.value.hint
    with pytest.raises(NotFound) as error:
        run_command(alice, "xyzzyplugh", Asked())
    assert "did you mean" not in error.value.hint


def test_lists_are_searched_and_hold_only_what_one_sees(demo_hub: Hub, admin: Caller, alice: Caller) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
    create_model(alice, {"model_name": "alices-secret", **record})

    def names(caller: Caller, word: str) -> list[str]:
        (table,) = run_command(caller, "models", Asked(word))
        assert isinstance(table, Table)
        assert table.columns[0] == "model_name"
        return [row[0] for row in table.rows]

    assert names(alice, "alices-sec") == names(admin, "alices-sec") == ["alices-secret"]
    assert names(bob, "alices-sec") == []
    (table,) = run_command(alice, "datasets", Asked())
    assert isinstance(table, Table)
    assert table.total > len(table.rows) == 20


def test_show_tells_everything_and_proposes_only_what_one_sees(demo_hub: Hub, alice: Caller) -> None:
    (card,) = run_command(alice, "show", Asked("RESNET50"))
    assert isinstance(card, Card)
    assert card.item.kind == "model"
    assert card.item.record["arch_name"] == "cnn"
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
    create_model(alice, {"model_name": "zebra-secret-one", **record})
    bob = caller_for(demo_hub, "bob.tanaka")
    with pytest.raises(NotFound) as hidden:
        run_command(bob, "show", Asked("zebra-secret-one"))
    with pytest.raises(NotFound) as absent:
        run_command(bob, "show", Asked("zebra-secret-two"))
    assert hidden.value.message.replace("one", "two") == absent.value.message
    assert hidden.value.hint == absent.value.hint
    assert "zebra" not in hidden.value.hint


def test_sql_of_ones_own_runs_under_the_guard(alice: Caller) -> None:
    (table,) = run_command(alice, "sql", Asked("SELECT model_name FROM model WHERE arch_name = 'cnn'"))
    assert isinstance(table, Table)
    assert table.total == len(table.rows)
    (table,) = run_command(alice, "sql", Asked("SELECT m.model_name FROM model m, dataset d"))
    assert isinstance(table, Table)
    assert table.more
    assert len(table.rows) == MOST_ROWS
    with pytest.raises(QueryRefused):
        run_command(alice, "sql", Asked("SELECT password_hash FROM user"))
    (table,) = run_command(alice, "sql", Asked("SELECT model_name FROM model WHERE arch_name = 'cnnn'"))
    assert isinstance(table, Table)
    assert table.notes


def test_export_writes_the_last_table(alice: Caller, admin: Caller) -> None:
    (table,) = run_command(alice, "models", Asked("resnet"))
    assert isinstance(table, Table)
    (file,) = run_command(alice, "export", Asked("json", table.source))
    assert file == File("models.json", table.source, "json")
    with pytest.raises(Invalid, match="no table"):
        run_command(alice, "export", Asked("csv"))
    with pytest.raises(Invalid, match="pdf"):
        run_command(alice, "export", Asked("pdf", table.source))
    (file,) = run_command(admin, "export", Asked("all"))
    assert isinstance(file, File)
    assert file.name == "openmodelhub.json"
    with pytest.raises(HubError):
        run_command(alice, "export", Asked("all"))
    with pytest.raises(NotFound):
        run_command(alice, "export all", Asked())


@pytest.mark.parametrize("name", ["show", "sql"])
def test_a_command_without_its_argument_says_what_it_takes(alice: Caller, name: str) -> None:
    with pytest.raises(Invalid, match=f"/{name} takes") as error:
        run_command(alice, name, Asked())
    assert f"/{name} " in error.value.hint


def test_a_permission_taken_is_a_command_gone(alice: Caller) -> None:
    from dataclasses import replace

    without = replace(alice, taken=frozenset({"query.run"}))
    assert "sql" not in {command.name for command in list_commands(without)}
    with pytest.raises((NotFound, Denied)):
        run_command(without, "sql", Asked("SELECT 1"))


@pytest.mark.parametrize(
    ("name", "argument"),
    [("show", "qqqq-zzzz"), ("show", ""), ("nonsense", ""), ("export", ""), ("export", "pdf"), ("sql", "")],
)
def test_hints_name_commands_that_exist(alice: Caller, name: str, argument: str) -> None:
    with pytest.raises(HubError) as raised:
        run_command(alice, name, Asked(argument))
    named = set(re.findall(r"(?<!\S)/(\w+)", raised.value.hint))
    assert named <= {command.name for command in list_commands(alice)}
