"""Orders to change something in plain words: which plan they end in, who may, and what is no order at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from assistant.agent import answer
from assistant.changes.grammar import MOST_READINGS, read_orders
from assistant.changes.permissions import find_permission
from assistant.conversation import Answer
from db.tables import AuditLog
from hub import catalog, sharing
from hub.access import PERMISSIONS
from hub.catalog import show_item
from hub.editing import edit_models
from hub.errors import NotFound
from hub.home import Hub, open_hub
from hub.plans import confirm
from hub.trash import PLAN_DELETE, delete_models
from tests.assistant.test_orders import talk
from tests.conftest import ROOT, caller_for, settings_for
from tests.endpoint import Endpoint, Say
from tests.proving import enter

CASES = json.loads((Path(__file__).parent / "changes.json").read_text("utf-8"))
READ_ONLY = ("not_understood", "forbidden", "ambiguous")


@pytest.fixture(scope="module")
def asked_hub(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[Hub]:
    """A hub that is only asked: nothing of it changes but the trail."""
    home = tmp_path_factory.mktemp("asked") / "hub"
    shutil.copytree(demo_home, home)
    opened = open_hub(settings_for(home))
    yield opened
    opened.close()


def summarise(found: Answer) -> str | None:
    """What came of an order in a line: the plan's title, how many changes and the first two; or the error."""
    if found.plan is not None:
        plan = found.plan.plan
        first = "; ".join(f"{one.what}: {one.before} > {one.after}" for one in plan.changes[:2])
        return f"{plan.title} [{len(plan.changes)}] {first}"
    return f"{found.error['code']}: {found.error['message']}" if found.error else None


@pytest.mark.parametrize(("who", "sentence", "expected"), CASES, ids=[f"{case[0]}: {case[1]}" for case in CASES])
def test_a_sentence_comes_to_its_plan_or_its_refusal(
    asked_hub: Hub, who: str, sentence: str, expected: str | None
) -> None:
    found = answer(caller_for(asked_hub, who), sentence)
    said = summarise(found)
    if expected is None:
        assert said is None
        assert found.understood
    elif found.plan is None:
        assert said is not None
        assert said.startswith(expected)
    else:
        assert said == expected
        assert found.understood
        assert "nothing has changed yet" in found.answer
        assert (found.sql, found.rows, found.exchange) == (None, [], None)
        assert found.plan.plan.plan_id == ""  # who has no session has no button


@pytest.mark.parametrize("name", ["demo", "other", "held"])
def test_no_question_of_the_evaluation_is_taken_for_an_order(asked_hub: Hub, name: str) -> None:
    lines = [json.loads(line) for file in ("questions", "conversations")
             for line in (ROOT / "evals" / name / f"{file}.jsonl").read_text("utf-8").splitlines()]  # fmt: skip
    asked = [turn for line in lines for turn in line.get("turns", [line]) if turn["expect"] not in ("none", "talk")]
    looks = [turn["question"] for turn in asked if read_orders(turn["question"])]
    admin = caller_for(asked_hub, "admin")
    assert [question for question in looks if answer(admin, question).plan is not None] == []


@given(st.text(alphabet="make set add remove 's of to from as and let see \"'“”,.?\n", max_size=120))
def test_any_text_is_read_in_no_time(text: str) -> None:
    assert len(read_orders(text)) <= MOST_READINGS


@pytest.mark.parametrize("permission", [name for name, (role, _) in PERMISSIONS.items() if role in ("user", "admin")])
def test_a_permission_is_found_by_its_name_and_by_what_it_allows(permission: str) -> None:
    assert find_permission(permission) == permission
    assert find_permission(f"the permission to {PERMISSIONS[permission][1]}") == permission


def test_nothing_changes_until_the_button_is_pressed(demo_hub: Hub) -> None:
    bob = enter(demo_hub, "bob.tanaka", "admin")
    (found,) = talk(bob, "make my resnet18 private")
    assert found.plan is not None
    assert show_item(bob, "resnet18").record["visibility"] == "public"
    talk(bob, "yes, do it")
    assert show_item(bob, "resnet18").record["visibility"] == "public"
    confirm(bob, found.plan.plan.plan_id)
    assert show_item(bob, "resnet18").record["visibility"] == "private"


def test_an_order_may_point_at_what_was_shown(demo_hub: Hub) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    asked, narrowed, private, second, longest = talk(
        bob, "list my models", "only the CNNs", "make them private", "delete the second one", "drop the transformers"
    )
    assert private.plan is not None
    assert len(private.plan.plan.changes) == len(narrowed.rows) < len(asked.rows)
    assert second.plan is not None
    assert second.plan.plan.title == f"Delete the model {narrowed.rows[1][0]}"
    assert longest.plan is None  # that makes the list shorter
    assert longest.rows


def test_what_one_may_not_see_reads_as_absent(demo_hub: Hub) -> None:
    ingrid = caller_for(demo_hub, "ingrid")
    edit_models(ingrid, [show_item(ingrid, "bart-large-cnn").item_id], {"model_name": "quietmodel"})
    admin = caller_for(demo_hub, "admin")  # sees it, and that it is not theirs
    bob = caller_for(demo_hub, "bob.tanaka")
    (seen,) = talk(admin, "delete quietmodel")
    assert seen.error
    assert seen.error["code"] == "denied"
    hidden, absent = talk(bob, "delete quietmodel", "delete loudmodel")
    assert hidden.error
    assert absent.error
    assert hidden.error["message"] == absent.error["message"].replace("loudmodel", "quietmodel")


def test_what_was_deleted_comes_back_by_words(demo_hub: Hub) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    delete_models(bob, [show_item(bob, "resnet18").item_id])
    for text in ("restore resnet18", "bring back my model resnet18", "get resnet18 out of the trash"):
        (found,) = talk(bob, text)
        assert found.plan is not None, text
        assert found.plan.plan.title == "Restore the model resnet18"


def test_a_refusal_is_the_commands_and_stands_in_the_trail(demo_hub: Hub) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    (found,) = talk(bob, "deactivate everyone from Bluemesa AI")
    assert found.error
    assert found.error["code"] == "denied"
    with demo_hub.database.read() as db:
        last = db.execute(sa.select(AuditLog.action, AuditLog.outcome).order_by(AuditLog.seq.desc())).first()
    assert last == ("person.edit", "refused")


def test_what_is_not_understood_of_an_order_is_named(demo_hub: Hub) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    colour, which = talk(bob, "set the colour of resnet18 to crimson", "make my resnet private")
    assert colour.unknown_words == ["colour", "crimson"]
    assert which.suggestions == ["make my resnet18 private", "make my resnet34 private", "make my resnet50 private"]
    (chosen,) = talk(bob, which.suggestions[0])
    assert chosen.plan is not None


def test_several_orders_are_given_one_after_the_other(demo_hub: Hub) -> None:
    bob = caller_for(demo_hub, "bob.tanaka")
    parts = ["make my resnet18 private", "delete resnet34"]
    for joint in (" and ", ", then ", ", and then "):
        (found,) = talk(bob, joint.join(parts))
        assert found.error
        assert (found.error["code"], found.plan, found.suggestions) == ("one_at_a_time", None, parts)
    assert all(one.plan is not None for one in talk(bob, *parts))
    (both,) = talk(caller_for(demo_hub, "admin"), "make alice an admin and deactivate bob.tanaka")
    assert both.suggestions == ["make alice an admin", "deactivate bob.tanaka"]
    (one,) = talk(bob, "set the description of resnet18 to small and delete nothing")
    assert one.plan is not None


def test_a_language_model_is_asked_only_what_was_not_read(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    hub = talking_hub(interpreter="first")
    endpoint.script(Say("Which crimson do you mean?"))
    read, refused, other = talk(
        caller_for(hub, "bob.tanaka"),
        "make my resnet18 private", "make alice an admin", "set the colour of resnet18 to crimson",
    )  # fmt: skip
    assert read.plan is not None
    assert refused.error
    assert refused.error["code"] == "denied"
    assert other.answer == "Which crimson do you mean?"
    assert len(endpoint.requests) == 1


def test_many_are_planned_at_once_and_others_are_left_out(demo_hub: Hub) -> None:
    hana = caller_for(demo_hub, "hana.sato")
    (found,) = talk(hana, "delete all image models")
    assert found.plan is not None
    plan = found.plan.plan
    assert all(change.after is None for change in plan.changes)
    assert any("Left out" in line for line in plan.warnings)
    with pytest.raises(NotFound):
        PLAN_DELETE["model"](hana, [10**9])


# --- sharing --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sharing_hub(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[Hub]:
    """A hub where alice has the private models Zap Net, which carlos is invited to, and Zap Two."""
    home = tmp_path_factory.mktemp("sharing") / "hub"
    shutil.copytree(demo_home, home)
    opened = open_hub(settings_for(home))
    alice = enter(opened, "alice", "admin")
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
    item_id = catalog.create_model(alice, {**record, "model_name": "Zap Net"})
    catalog.create_model(alice, {**record, "model_name": "Zap Two"})
    sharing.invite(alice, "model", item_id, "carlos")
    yield opened
    opened.close()


_BOTH = "may see it and download its files"


@pytest.mark.parametrize(
    ("who", "sentence", "expected"),
    [
        ("alice", "share Zap Two with carlos", f"Share the model Zap Two with carlos [1] carlos: None > {_BOTH}"),
        ("alice", "please share my model Zap Two with carlos and elena",
         f"Share the model Zap Two with carlos and elena [2] carlos: None > {_BOTH}; elena: None > {_BOTH}"),
        ("alice", "let carlos download Zap Two", f"Share the model Zap Two with carlos [1] carlos: None > {_BOTH}"),
        ("alice", "let carlos see Zap Two",
         "Share the model Zap Two with carlos [1] carlos: None > may see it, but not its files"),
        ("alice", "give carlos access to Zap Two", f"Share the model Zap Two with carlos [1] carlos: None > {_BOTH}"),
        ("alice", "invite carlos to Zap Two", f"Share the model Zap Two with carlos [1] carlos: None > {_BOTH}"),
        ("alice", "take Zap Net back from carlos",
         "Take the model Zap Net back from carlos [1] carlos: is invited > None"),
        ("alice", "revoke carlos's access to Zap Net",
         "Take the model Zap Net back from carlos [1] carlos: is invited > None"),
        ("alice", "stop sharing Zap Net with carlos",
         "Take the model Zap Net back from carlos [1] carlos: is invited > None"),
        ("alice", "don't let carlos download Zap Net",
         "Take the model Zap Net back from carlos [1] carlos: is invited > None"),
        ("alice", "take Zap Two back from carlos", "not_found: carlos has no access to Zap Two"),
        ("alice", "share Zap Two with xyzzy", "not_understood: I do not know 'xyzzy'"),
        ("carlos", "accept the invitation to Zap Net",
         f"Accept the invitation to the model alice/Zap Net [1] alice/Zap Net: None > {_BOTH}"),
        ("carlos", "decline the invitation to Zap Net",
         "Decline the invitation to the model alice/Zap Net [1] alice/Zap Net: invited > None"),
        ("carlos", "accept the invitation to Zap Two", "not_found: nobody invited you to 'Zap Two'"),
        ("carlos", "share Zap Net with elena", "not_understood: I do not know 'Zap'"),
    ],
)  # fmt: skip
def test_sharing_in_words(sharing_hub: Hub, who: str, sentence: str, expected: str) -> None:
    found = answer(caller_for(sharing_hub, who), sentence)
    said = summarise(found)
    assert said is not None
    assert said.startswith(expected)


@pytest.mark.parametrize(
    ("who", "sentence", "expected"),
    [
        ("alice", "who has access to Zap Net?", "carlos: invited on"),
        ("alice", "who can download Zap Two", "Nobody but you has access to Zap Two."),
        ("alice", "what was shared with me", "Nothing private is shared with you."),
        ("carlos", "what was shared with me?", "Waiting for your answer under /invitations: model alice/Zap Net."),
        ("carlos", "my invitations", "alice/Zap Net"),
        ("carlos", "who has access to Zap Net", "I do not know 'Zap'"),
    ],
)
def test_questions_about_sharing(sharing_hub: Hub, who: str, sentence: str, expected: str) -> None:
    assert expected in answer(caller_for(sharing_hub, who), sentence).answer
