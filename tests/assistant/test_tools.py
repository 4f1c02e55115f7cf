"""The tools: what a model is told of a result, and that private rows stay where LLM_ROWS keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from assistant.agent import answer
from assistant.commands import list_commands
from assistant.prompts.schema import schema_text
from assistant.tools import TOOLS, tool_names
from assistant.tools.query import CELL_TOLD, ROWS_TOLD, TEXT_TOLD
from db.tables import AuditLog, Model
from hub import catalog, people, publishing, staging
from hub.access import ACTIONS, PERMISSIONS, READABLE, nobody
from hub.errors import Denied
from hub.home import Hub
from hub.query import run_query
from tests.conftest import caller_for
from tests.endpoint import Endpoint, Say, call
from tests.proving import enter

PRIVATE = "falcon-40b-instruct"  # of priya, and private
SOME = "SELECT model_name FROM model WHERE arch_name = 'transformer' AND media_type = 'text' AND param_num > 5000000000"


def told(endpoint: Endpoint, at: int = 1) -> dict[str, Any]:
    """What the tool told the model before its request number ``at``."""
    found: dict[str, Any] = json.loads(endpoint.requests[at]["messages"][-1]["content"])
    return found


def test_each_tool_stands_on_a_permission_with_hub_functions_behind_it() -> None:
    for tool in TOOLS:
        assert tool.metadata
        for permission in tool.metadata["permission"].split():
            assert permission in PERMISSIONS
            assert ACTIONS[permission]


def test_tools_are_given_by_permission(demo_hub: Hub) -> None:
    assert tool_names(caller_for(demo_hub, "alice")) == (
        *("query", "describe", "chart", "lineage", "register_item", "edit_items", "delete_items", "restore_item"),
        *("list_versions", "download", "preview", "upload"),
        *("share", "revoke", "rekey", "show_access", "show_invitations", "answer_invitation"),
    )
    assert tool_names(caller_for(demo_hub, "admin")) == tuple(tool.name for tool in TOOLS)
    assert tool_names(nobody(demo_hub)) == ()


@pytest.mark.parametrize("taken", ["query.run", "catalog.browse"])
def test_tools_commands_and_the_gate_take_a_permission_alike(demo_hub: Hub, taken: str) -> None:
    held = caller_for(demo_hub, "alice")
    had = set(tool_names(held))
    people.grant_permission(caller_for(demo_hub, "admin"), "alice", taken, False)
    alice = caller_for(demo_hub, "alice")
    gone = {(tool.metadata or {})["permission"] for tool in TOOLS if tool.name in had - set(tool_names(alice))}
    assert gone == {taken}
    assert {command.permission for command in list_commands(held)} - {
        command.permission for command in list_commands(alice)
    } == {taken}
    calls = {"query.run": lambda: run_query(held, "SELECT 1"), "catalog.browse": lambda: catalog.count_items(held)}
    for permission, act in calls.items():  # through a caller made before it was taken
        if permission == taken:
            with pytest.raises(Denied):
                act()
        else:
            act()


def test_no_model_is_told_of_the_caller() -> None:
    for tool in TOOLS:
        schema = tool.tool_call_schema
        assert not isinstance(schema, dict)
        assert "runtime" not in json.dumps(schema.model_json_schema())


def test_the_schema_in_the_prompt_is_what_can_be_read() -> None:
    text = schema_text()
    for table, columns in READABLE.items():
        (block,) = [part for part in text.split("CREATE TABLE ") if part.startswith(f"{table} (")]
        assert [line.split()[0] for line in block.splitlines()[1:] if line.startswith("  ")] == list(columns)
    assert len(text) < 6000


# --- LLM_ROWS -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "seen"), [("none", False), ("public", False), ("all", True)])
def test_a_private_row_reaches_the_person_and_an_outside_model_only_with_all(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, rows: str, seen: bool
) -> None:
    endpoint.script(call(SOME), Say("There you are."))
    hub = talking_hub(llm_rows=rows)
    found = answer(caller_for(hub, "priya"), "the big ones, please")
    assert [PRIVATE] in found.rows
    assert told(endpoint)["rows_found"] == len(found.rows)
    assert (PRIVATE in endpoint.heard) is seen
    public = run_query(caller_for(hub, "alice"), SOME).rows
    assert 0 < len(public) < len(found.rows) < ROWS_TOLD
    assert told(endpoint).get("rows") == {"none": None, "public": public, "all": found.rows}[rows]


def test_rows_that_are_all_public_are_shown_whole(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(call(SOME), Say("There you are."))
    found = answer(caller_for(talking_hub(), "alice"), "the big ones, please")
    assert told(endpoint)["rows"] == found.rows
    assert "note" not in told(endpoint)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) AS n FROM model WHERE model_name LIKE 'falcon%'",
        "SELECT max(param_num) AS n FROM model WHERE owner_id = (SELECT user_id FROM user WHERE user_name = 'priya')",
    ],
)
def test_a_figure_over_private_rows_is_not_told_differently(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, statement: str
) -> None:
    endpoint.script(call(statement), Say("There you are."))
    hub = talking_hub()
    answer(caller_for(hub, "priya"), "how many falcons?")
    assert "rows" not in told(endpoint)
    endpoint.requests.clear()
    endpoint.script(call("SELECT count(*) AS n FROM user"), Say("There you are."))
    answer(caller_for(hub, "priya"), "how many people?")
    assert told(endpoint)["rows"] == [[28]]


@pytest.mark.parametrize(("rows", "seen"), [("none", False), ("public", False), ("all", True)])
def test_near_names_in_an_error_are_rows_too(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, rows: str, seen: bool
) -> None:
    endpoint.script(call("SELECT param_num FROM model WHERE model_name = 'falcon-40b-instruc'"), Say("No."))
    found = answer(caller_for(talking_hub(llm_rows=rows), "priya"), "how big is it?")
    assert told(endpoint)["error"]["code"] == "unknown_value"
    assert (PRIVATE in endpoint.heard) is seen
    assert found.error
    assert PRIVATE in found.error["hint"] + found.error["message"]


def test_a_local_model_would_see_what_the_interpreter_need_not(demo_hub: Hub) -> None:
    """The interpreter is told columns and counts alone: it makes its sentence from the result itself."""
    alice = caller_for(demo_hub, "alice")
    with demo_hub.database.read() as db:
        before = db.scalar(sa.select(sa.func.count()).select_from(AuditLog).where(AuditLog.action == "query.run"))
    assert answer(alice, "how many models are there?").rows
    with demo_hub.database.read() as db:
        after = db.scalar(sa.select(sa.func.count()).select_from(AuditLog).where(AuditLog.action == "query.run"))
    assert (before or 0) + 1 == after


# --- size ---------------------------------------------------------------------------------------------


def test_a_model_is_told_a_few_short_rows(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    hub = talking_hub()
    with hub.database.write() as db:
        db.execute(sa.update(Model).values(description="long " * 1000))
    endpoint.script(
        call("SELECT model_name FROM model"), call("SELECT description FROM model LIMIT 30"), Say("There you are.")
    )
    found = answer(caller_for(hub, "alice"), "all of them")
    first, second = told(endpoint, 1), told(endpoint, 2)
    assert len(first["rows"]) == ROWS_TOLD
    assert first["rows_found"] > ROWS_TOLD
    assert str(ROWS_TOLD) in first["note"]
    assert all(len(row[0]) == CELL_TOLD + 1 for row in second["rows"])
    assert len(json.dumps(second["rows"], ensure_ascii=False)) <= TEXT_TOLD + 200
    assert found.rows[0] == ["long " * 1000]


def test_a_cut_answer_says_so(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(call("SELECT model_name FROM model"), Say(""))
    found = answer(caller_for(talking_hub(query_rows=5), "alice"), "all of them")
    assert found.truncated
    assert "more rows" in told(endpoint)["cut"]
    assert found.answer == "The first 5 rows."


def test_describe_tells_a_table_and_names_the_near_one(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    endpoint.script(
        Say(calls=(("describe", {"table": "transformer"}),)), Say(calls=(("describe", {"table": "modl"}),)), Say("Ah.")
    )
    answer(caller_for(talking_hub(), "alice"), "what is there?")
    assert "embed_size" in endpoint.requests[1]["messages"][-1]["content"]
    assert told(endpoint, 2)["error"]["code"] == "not_found"


# --- files ----------------------------------------------------------------------------------------


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "shown"), [("none", False), ("public", False), ("all", True)])
def test_a_model_gives_links_and_is_told_of_files_as_far_as_of_rows(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, rows: str, shown: bool
) -> None:
    hub = talking_hub(llm_rows=rows)
    alice = enter(hub, "alice", "admin")
    ref = staging.stage(alice, [b"name,age\nada,36\n"], "secretly.csv").ref
    record = {"ds_name": "Ages", "media": "text", "task": ["regression"], "visibility": "private"}
    publishing.publish_upload(alice, ref, "dataset", record)
    for tool in ("list_versions", "download", "preview"):
        endpoint.script(Say(calls=((tool, {"name": "Ages"}),)), Say("Here it is."))
        assert answer(alice, "give me the ages").error is None
        known = told(endpoint, -1)
        assert known["note"].startswith("the person sees")
        assert ("secretly.csv" in str(known) or "lowest" in str(known)) is shown
    endpoint.script(Say(calls=(("download", {"name": "Ages", "version": 9}),)), Say("There is none."))
    assert answer(alice, "give me the ninth").answer == "There is none."
    assert told(endpoint, -1)["error"]["code"] == "not_found"
    endpoint.script(Say(calls=(("upload", {}),)), Say("Drop it there."))
    assert answer(alice, "I want to upload something").answer == "Drop it there."
    assert ("secretly.csv" in endpoint.heard) is shown
