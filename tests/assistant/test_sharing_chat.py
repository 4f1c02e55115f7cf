"""Sharing by commands, forms and tools: each comes to a plan or a listing."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from assistant import work
from assistant.commands import Asked, run_command, show_item
from assistant.conversation import Turn
from assistant.forms import Field, FieldErrors, Form, make_form, submit_form
from assistant.publishing import make_publish_form
from assistant.replies import Confirm, Listing, Reply
from assistant.tools import TOOLS
from hub import artifacts, catalog, invitations, plans, staging
from hub.access import Caller
from hub.errors import Conflict, Denied, NotFound
from hub.home import Hub
from tests.hub.files import MODEL
from tests.proving import enter


@dataclass
class World:
    alice: Caller
    carlos: Caller


@pytest.fixture
def world(demo_hub: Hub) -> World:
    """alice owns the private model Zap, which has no file yet."""
    made = World(enter(demo_hub, "alice", "admin"), enter(demo_hub, "carlos", "admin"))
    catalog.create_model(made.alice, {**MODEL, "model_name": "Zap", "visibility": "private"})
    return made


def run(caller: Caller, text: str) -> list[Reply]:
    name, _, argument = text.partition(" ")
    return list(run_command(caller, name, Asked(argument)))


def confirm(caller: Caller, reply: Any) -> str:
    assert isinstance(reply, Confirm)
    return plans.confirm(caller, reply.plan.plan_id).said


def lines(reply: Reply) -> list[tuple[str, str]]:
    assert isinstance(reply, Listing)
    return [(line.name, line.about) for line in reply.lines]


def press(caller: Caller, reply: Reply, button: str) -> Any:
    assert isinstance(reply, Listing)
    ((_, message),) = [one for one in reply.lines[0].buttons if one[0] == button]
    return run(caller, message.removeprefix("/"))[0]


def test_by_command_and_form(world: World) -> None:
    listing, form = run(world.alice, "share Zap")
    assert lines(listing) == []
    assert isinstance(form, Form)
    assert [one.name for one in form.fields] == ["people", "permission", "expires", "note"]
    values = {"people": ["carlos"], "permission": "view", "expires": "", "note": "for you"}
    (planned,) = submit_form(world.alice, form.name, form.about, values)
    assert confirm(world.alice, planned).startswith("carlos is invited to Zap")
    received, *sent = run(world.carlos, "invitations")
    assert sent == []
    assert lines(received) == [("alice/Zap", "alice invites you, to see it, but not its files")]
    assert "not its files" in confirm(world.carlos, press(world.carlos, received, "Accept"))
    assert show_item(world.alice, "Zap").access == ["carlos (may see it)"]
    ((who, said),) = lines(run(world.alice, "share Zap")[0])
    assert (who, said.startswith("may see it, but not its files; since")) == ("carlos", True)
    assert "any more" in confirm(world.alice, press(world.alice, run(world.alice, "revoke Zap")[0], "Take back"))
    with pytest.raises(NotFound):
        run(world.carlos, "show Zap")


def test_declined_and_withdrawn(world: World) -> None:
    for button in ("Decline", "Withdraw"):
        confirm(world.alice, run(world.alice, "share Zap with carlos, elena")[0])
        if button == "Decline":
            confirm(world.carlos, press(world.carlos, run(world.carlos, "invitations")[0], button))
        else:
            confirm(world.alice, run(world.alice, "revoke Zap from carlos")[0])
        assert lines(run(world.carlos, "invitations")[0]) == []
        received, sent = run(world.alice, "invitations")
        assert (lines(received), [name for name, _ in lines(sent)]) == ([], ["Zap"])
        confirm(world.alice, press(world.alice, sent, "Withdraw"))
    with pytest.raises(Conflict, match="is public"):
        run(world.alice, f"share {_public(world.alice)}")


def _public(caller: Caller) -> str:
    catalog.create_model(caller, {**MODEL, "model_name": "Open"})
    return "Open"


def test_whoever_is_invited_meanwhile_makes_the_plan_stale(world: World) -> None:
    first, second = (run(world.alice, "share Zap with carlos")[0] for _ in range(2))
    confirm(world.alice, first)
    with pytest.raises(Conflict, match="things have changed"):
        confirm(world.alice, second)
    assert len(lines(run(world.carlos, "invitations")[0])) == 1


def test_the_form_of_an_upload_invites(world: World) -> None:
    ref = staging.stage(world.alice, [b"weights"], "w.bin").ref
    form = make_publish_form(world.alice, ref, "model", "Fresh")
    given = {field.name: field.value for field in form.fields} | {
        "kind": "model", "model.target": "new", "model.model_name": "Fresh", "model.media_type": "text",
        "model.arch_name": "rnn", "model.train_name": "rl", "model.task": ["generation"], "model.access": "some",
    }  # fmt: skip
    with pytest.raises(FieldErrors) as error:
        submit_form(world.alice, "publish", form.about, given)
    assert set(error.value.errors) == {"model.people"}
    *_, planned = submit_form(world.alice, "publish", form.about, {**given, "model.people": ["carlos"]})
    assert catalog.show_item(world.alice, "Fresh").record["visibility"] == "private"
    assert invitations.list_invitations(world.carlos).received == [], "only the plan's button invites"
    assert confirm(world.alice, planned) == "carlos is invited to Fresh. It waits under their /invitations."
    assert [one.item_name for one in invitations.list_invitations(world.carlos).received] == ["Fresh"]


def test_sealed_anew_by_command_and_tool(world: World) -> None:
    with pytest.raises(NotFound, match="no file yet"):
        run(world.alice, "rekey Zap")
    ref = staging.stage(world.alice, [b"weights"], "w.bin").ref
    artifacts.publish(world.alice, ref, "model", catalog.show_item(world.alice, "Zap").item_id)
    (planned,) = run(world.alice, "rekey Zap")
    assert isinstance(planned, Confirm)
    assert (planned.plan.title, planned.plan.button) == (
        "Seal the files of the model Zap under fresh keys",
        "Seal anew",
    )
    told = use(world.alice, "rekey", name="Zap")
    assert (told.status != "error", told.artifact[0].plan.title) == (True, planned.plan.title)
    with pytest.raises(Denied, match="is alice's"):
        run(enter(world.alice.hub, "admin", "admin"), "rekey Zap")


def test_the_work_of_a_plan_goes_on_and_is_told(world: World) -> None:
    ref = run(world.alice, "share Zap with carlos")[0].plan.ref  # type: ignore[union-attr]
    plans.confirm(world.alice, run(world.alice, "share Zap with elena")[0].plan.plan_id)  # type: ignore[union-attr]
    done = plans.confirm(world.alice, plans.look_at_plan(world.alice, ref).plan_id)
    go, gone = threading.Event(), threading.Event()

    def fine(report: plans.Report) -> str:
        report(1, 4)
        gone.set()
        go.wait(20)
        return "whole"

    def told() -> str:
        while work.progress_of(ref) is not None:
            time.sleep(0.01)
        return plans.look_at_plan(world.alice, ref).said

    work.begin_work(world.alice, ref, fine)
    gone.wait(20)
    assert (work.progress_of(ref), plans.look_at_plan(world.alice, ref).said) == ((1, 4), done.said)
    go.set()
    assert told() == "whole"

    def refuse(_report: plans.Report) -> str:
        raise Conflict("it is taken", "try later")

    def fail(_report: plans.Report) -> str:
        raise ZeroDivisionError

    work.begin_work(world.alice, ref, refuse)
    assert told() == "It did not come to its end. It is taken. Try later."
    work.begin_work(world.alice, ref, fail)
    assert "tell an administrator this number" in told()


def use(caller: Caller, tool_name: str, **arguments: Any) -> Any:
    tool: Any = next(one for one in TOOLS if one.name == tool_name)
    return tool.func(**arguments, runtime=SimpleNamespace(context=Turn(caller, "x"), tool_call_id="call"))


def test_tools_plan_and_show_and_tell_no_names(world: World) -> None:
    shared = use(world.alice, "share", name="Zap", people=["carlos"])
    assert shared.status != "error"
    assert "carlos" not in shared.content
    confirm(world.alice, run(world.alice, "share Zap with carlos")[0])
    shown = use(world.carlos, "show_invitations")
    assert "Zap" not in shown.content
    for answer in ("decline", "accept"):
        assert use(world.carlos, "answer_invitation", name="Zap", answer=answer).status != "error"
    access = use(world.alice, "show_access", name="Zap")
    assert (access.status != "error", "carlos" in access.content) == (True, False)
    assert use(world.alice, "revoke", name="Zap", people=["carlos"]).status != "error"
    refused = use(world.carlos, "share", name="Zap", people=["elena"])
    assert (refused.status, refused.artifact["code"]) == ("error", "not_found")


def test_a_form_is_for_who_may_share(world: World) -> None:
    with pytest.raises(NotFound):
        make_form(world.carlos, "share", "model alice/Zap")
    fields: list[Field] = list(make_form(world.alice, "share", "model alice/Zap").fields)
    assert "alice" not in [value for value, _ in fields[0].options]
