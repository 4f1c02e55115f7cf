"""What an owner says in the chat: which item is meant, what the forms ask, and what becomes of their answers."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import forms, ownership
from assistant.commands import Asked, run_command
from assistant.conversation import Turn
from assistant.forms import FieldErrors, Form, submit_form
from assistant.replies import Card, Confirm, Origins, Table, Text, TrashList
from assistant.tools import TOOLS
from hub import catalog, editing, trash
from hub.access import Caller
from hub.errors import Conflict, Denied, Invalid, NotFound
from hub.home import Hub
from hub.plans import confirm
from tests.hub.items_world import World, enter, number_of, record_of, set_up


@pytest.fixture
def world(hub: Hub) -> World:
    return set_up(hub)


def say(caller: Caller, name: str, argument: str = "") -> Any:
    """The one reply to a command."""
    (reply,) = run_command(caller, name, Asked(argument))
    return reply


def fill(caller: Caller, form: Form, **values: Any) -> Any:
    """The one reply to a form that is sent with these values beside what it holds."""
    held = {field.name: field.value for field in form.fields}
    (reply,) = submit_form(caller, form.name, form.about, {**held, **values})
    return reply


def test_a_form_has_the_fields_of_the_tables_and_of_the_architecture(world: World) -> None:
    form = say(world.ann, "register")
    needs = {field.name: field.needs for field in form.fields}
    assert needs["decoder_num"] == ("arch_name", ("transformer",))
    assert needs["modules"] == needs["module_num"] == ("arch_name", ("cnn",))
    assert needs["model_name"] is None
    by_name = {field.name: field for field in form.fields}
    assert by_name["authors"].value == ["ann"]
    assert [option for option, _ in by_name["datasets"].options] == ["Tides", "Winds"], "bo's Sands is private"
    assert {field.name for field in say(world.ann, "register", "dataset").fields} >= {"ds_name", "columns", "owners"}


def test_what_is_registered_by_form_goes_through_a_plan(hub: Hub, world: World) -> None:
    ann = enter(hub, "ann")
    form = say(ann, "register", "dataset")
    values = {"ds_name": "Ebbs", "media": "text", "columns": [{"col_name": "a", "col_datatype": "int"}]}
    reply = fill(ann, form, **values)
    assert isinstance(reply, Confirm)
    with pytest.raises(NotFound):
        record_of(world.ann, "Ebbs")
    assert confirm(ann, reply.plan.plan_id).said == "Ebbs is registered."
    assert record_of(world.ann, "Ebbs")["columns"] == values["columns"]
    with pytest.raises(FieldErrors) as refused:
        fill(ann, form, **{**values, "ds_name": "a/b"})
    assert "slash" in refused.value.errors["ds_name"]


def test_only_what_was_changed_in_a_form_is_planned(hub: Hub, world: World) -> None:
    ann = enter(hub, "ann")
    form = say(ann, "edit", "Grid")
    with pytest.raises(Conflict, match="nothing to change"):
        fill(ann, form)
    reply = fill(ann, form, param_num="1,000", authors=["ann"])
    assert [(one.what, one.before, one.after) for one in reply.plan.changes] == [
        ("Parameter count", "30", "1,000"),
        ("Authors", "ann, bo", "ann"),
    ]
    reply = fill(ann, form, arch_name="rnn", criteria="mse")
    assert {one.what for one in reply.plan.changes} == {"Architecture", "Module count", "Modules", "Criteria"}
    editing.edit_models(world.ann, [number_of(world.ann, "Grid")], {"description": "newer"})
    with pytest.raises(Conflict, match="since this form was opened"):
        fill(ann, form, param_num="2")


def test_a_field_is_changed_by_a_word(hub: Hub, world: World) -> None:
    ann = enter(hub, "ann")
    plan = say(ann, "edit", "model ann/Grid visibility=private").plan
    assert [(one.what, one.after) for one in plan.changes] == [("Visibility", "private")]
    plan = say(ann, "edit", "Grid task = generate, detect").plan
    assert plan.changes[0].after == "detection, generation"
    assert say(ann, "edit", "Grid param_num=7").plan.changes[0].after == "7"
    with pytest.raises(NotFound, match="Grid colour=red"):
        say(ann, "edit", "Grid colour=red")


def test_others_get_no_form_no_plan_and_no_buttons(world: World) -> None:
    for caller in (world.bo, world.root):
        for name in ("edit", "delete"):
            with pytest.raises(Denied, match="is ann's"):
                say(caller, name, "Grid")
        form = forms.make_form(world.ann, "edit-model", "x ann/Grid")
        with pytest.raises(Denied):
            submit_form(caller, form.name, form.about, {})
    with pytest.raises(NotFound):
        say(world.bo, "edit", "Echo")
    assert [title for title, _ in say(world.bo, "show", "Grid").buttons] == ["Lineage"]


def test_a_card_knows_its_lineage_and_what_its_owner_can_do(world: World) -> None:
    card = say(world.ann, "show", "Echo")
    assert isinstance(card, Card)
    assert dict(card.buttons) == {
        "Lineage": "/lineage model ann/Echo",
        "Edit": "/edit model ann/Echo",
        "Make public": "/edit model ann/Echo visibility=public",
        "Delete": "/delete model ann/Echo",
        "Share": "/share model ann/Echo",
    }
    for title, message in card.buttons:
        name, _, argument = message.removeprefix("/").partition(" ")
        *_, reply = run_command(world.ann, name, Asked(argument))
        assert isinstance(reply, Confirm | Form | Origins), title


def test_kind_and_owner_tell_names_apart(world: World) -> None:
    catalog.create_dataset(world.ann, {"ds_name": "Net", "media": "text"})
    catalog.create_model(world.ann, {**editing_record(), "model_name": "model Net"})
    assert ownership.find_item(world.ann, "dataset Net", "/edit").kind == "dataset"
    assert ownership.find_item(world.ann, "model ann/Net", "/edit").name == "Net"
    assert ownership.find_item(world.ann, "model model Net", "/edit").name == "model Net"
    with pytest.raises(Invalid, match="takes the name"):
        ownership.find_item(world.ann, " ", "/edit")


def editing_record() -> dict[str, Any]:
    return {"media_type": "text", "arch_name": "rnn", "train_name": "rl"}


def test_from_the_trash_and_back(hub: Hub, world: World) -> None:
    ann = enter(hub, "ann")
    confirm(ann, say(ann, "delete", "Net").plan.plan_id)
    shown = say(ann, "trash")
    assert isinstance(shown, TrashList)
    assert [one.name for one in shown.items] == ["Net"]
    assert isinstance(say(ann, "restore"), TrashList)
    confirm(ann, say(ann, "restore", f"#{shown.items[0].trash_id}").plan.plan_id)
    assert record_of(world.ann, "Net")["criteria"] == "ctc"


def test_find_by_typed_conditions_and_by_form(world: World) -> None:
    text, table = run_command(world.ann, "find", Asked("models param_num >= 30, media type = picture"))
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert "param_num >= 30" in text.text
    assert [row[0] for row in table.rows] == ["Grid"]
    form = say(world.ann, "find", "datasets")
    assert form.about == "dataset"
    with pytest.raises(FieldErrors) as refused:
        fill(world.ann, form, limit="0")
    assert list(refused.value.errors) == ["limit"]
    with pytest.raises(Invalid, match="to look for"):
        say(world.ann, "find", "password_hash")
    with pytest.raises(Invalid, match="no condition"):
        say(world.ann, "find", "models big")


# --- tools ----------------------------------------------------------------------------------------


def use(caller: Caller, tool_name: str, **arguments: Any) -> Any:
    tool = next(tool for tool in TOOLS if tool.name == tool_name)
    return tool.func(**arguments, runtime=SimpleNamespace(context=Turn(caller, "x"), tool_call_id="c"))  # type: ignore[attr-defined]


def test_tools_plan_and_tell_a_model_no_values(hub: Hub, world: World) -> None:
    ann = enter(hub, "ann")
    before = record_of(world.ann, "Grid")
    message = use(ann, "edit_items", names=["Grid", "Net"], changes={"media_type": "speech", "param_num": 123456})
    assert json.loads(message.content)["plan"] == "shown"
    assert "123456" not in message.content
    assert record_of(world.ann, "Grid") == before
    (reply,) = message.artifact
    confirm(ann, reply.plan.plan_id)
    assert {record_of(world.ann, name)["media_type"] for name in ("Grid", "Net")} == {"audio"}
    assert use(ann, "edit_items", names=["Grid", "Tides"], changes={"description": "x"}).status == "error"
    assert use(ann, "delete_items", names=[]).status == "error"
    (reply,) = use(ann, "delete_items", names=["Tides"]).artifact
    confirm(ann, reply.plan.plan_id)
    assert [one.name for one in trash.list_trash(world.ann)] == ["Tides"]
    (reply,) = use(ann, "restore_item", name="tides").artifact
    confirm(ann, reply.plan.plan_id)
    record = {**editing_record(), "model_name": "Said"}
    (reply,) = use(ann, "register_item", kind="model", record=record).artifact
    confirm(ann, reply.plan.plan_id)
    assert record_of(world.ann, "Said")["owner"] == "ann"
    message = use(ann, "lineage", name="Tides")
    assert isinstance(message.artifact[0], Origins)
    assert json.loads(message.content)["models"] == 3, "how many, and no names"


def test_a_model_that_sees_no_rows_hears_of_no_other_names(world: World) -> None:
    for name in ("Ech", "Nett"):
        told = use(world.ann, "edit_items", names=[name], changes={"param_num": 1}).content
        assert not {"Echo", "'Net'"} & set(json.loads(told)["error"]["hint"].split())
    catalog.create_model(world.bo, {**editing_record(), "model_name": "Net"})
    told = json.loads(use(world.ann, "delete_items", names=["Net"]).content)["error"]
    assert (told["code"], "bo/Net" in told["hint"]) == ("ambiguous", False)
