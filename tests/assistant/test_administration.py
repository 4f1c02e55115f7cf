"""Administration by command, form and order: what they say, and that they only ever plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

import assistant.publishing  # noqa: F401 - its form is one of FORMS
from assistant import lists, people_orders, sources
from assistant.administration import read_filters, show_user
from assistant.agent import ToolFinished, stream_answer
from assistant.commands import Asked, run_command
from assistant.forms import FORMS, FieldErrors, Form, make_form, submit_form
from assistant.replies import Confirm, PersonCard, Questions, Table, Text
from db.tables import User
from hub import people, plans
from hub.access import Caller, nobody
from hub.audit import Filters
from hub.errors import Denied, Invalid, NotFound
from hub.home import Hub
from hub.plans import Change
from hub.staging import stage
from tests import proving
from tests.conftest import caller_for
from tests.endpoint import Endpoint, Say


@pytest.fixture
def admin(demo_hub: Hub) -> Caller:
    return caller_for(demo_hub, "admin")


def say(caller: Caller, text: str) -> Any:
    name, _, argument = text.partition(" ")
    return run_command(caller, name, Asked(argument))


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("", Filters()),
        ("alice", Filters(person="alice")),
        ("person=alice outcome=refused", Filters(person="alice", outcome="refused")),
        ('actor="Alice B" object="user 12"', Filters(person="Alice B", object="user 12")),
        ("o'brien", Filters(person="o'brien")),
        ("x person=y", Filters(person="y")),
        ("Alice B outcome=ok", Filters(person="Alice B", outcome="ok")),
        ("from=2026-01-01 to=2026-02-01", Filters(since="2026-01-01", until="2026-02-01")),
    ],
)
def test_filters_are_read(text: str, filters: Filters) -> None:
    assert read_filters(text) == filters


@pytest.mark.parametrize("text", ["colour=red", 'person="alice'])
def test_filters_that_are_none_are_named(text: str) -> None:
    with pytest.raises(Invalid):
        read_filters(text)


def test_people_are_listed_searched_sorted_and_paged(admin: Caller) -> None:
    (table,) = say(admin, "users eastmere")
    assert isinstance(table, Table)
    names = [row[0] for row in table.rows]
    assert "alice" in names
    assert table.total == len(names) < 28
    page = sources.fetch_page(admin, lists.from_people(), offset=20, order_by="user_name", descending=True)
    assert page.total == 28
    assert [row[0] for row in page.rows] == sorted((row[0] for row in page.rows), reverse=True)
    assert sources.write_file(admin, lists.from_people("alice"), "csv").text.startswith("user_name,role,state")
    with pytest.raises(Denied):
        sources.fetch_page(caller_for(admin.hub, "alice"), lists.from_people())


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [("role=admin", 1, "admin"), ("state=active", 2, "active"), ('affiliation="bluemesa ai"', 3, "Bluemesa AI")],
)
def test_people_are_looked_for_by_every_field(admin: Caller, text: str, column: int, value: str) -> None:
    (table,) = say(admin, f"users {text}")
    assert table.rows
    assert all(value in row[column] for row in table.rows)
    everyone = sources.fetch_page(admin, lists.from_people(), limit=100)
    assert table.total == sum(value in row[column] for row in everyone.rows)


@pytest.mark.parametrize("text", ["role=boss", "state=gone", "colour=red", 'affiliation="x'])
def test_a_field_that_people_do_not_have_is_named(admin: Caller, text: str) -> None:
    with pytest.raises(Invalid):
        say(admin, f"users {text}")


@pytest.mark.parametrize("source", [{"what": "people", "search": 1}, {"what": "audit", "person": "x" * 201}])
def test_a_source_from_a_browser_is_not_trusted(admin: Caller, source: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        sources.fetch_page(admin, source)


def test_affiliations_sort_by_their_columns(admin: Caller) -> None:
    by_people = sources.fetch_page(admin, lists.from_affiliations(), order_by="people", descending=True)
    counts = [row[1] for row in by_people.rows]
    assert counts == sorted(counts, reverse=True)
    assert by_people.total == 12


def test_who_waits_is_offered_for_approval(admin: Caller) -> None:
    assert say(admin, "users waiting") == [Text("Nobody waits for approval.")]
    object.__setattr__(admin.hub.settings, "registration", "approval")
    people.register(nobody(admin.hub), "nina", "a correct horse battery")
    table, buttons = say(admin, "users waiting")
    assert table.total == 1
    assert buttons == Questions("", [("Approve nina", "/users approve nina"), ("Refuse nina", "/remove-user nina")])
    card = show_user(admin, "nina")
    assert [title for title, _ in card.buttons][:2] == ["Approve", "Refuse"]


def test_a_card_has_the_buttons_of_what_one_may(admin: Caller) -> None:
    people.grant_permission(admin, "bob.tanaka", "person.list", True)
    helper = caller_for(admin.hub, "bob.tanaka")
    assert show_user(helper, "alice").buttons == []
    card = show_user(admin, "alice")
    assert isinstance(card, PersonCard)
    assert [title for title, _ in card.buttons] == ["Edit", "Reset password", "Permissions", "Activity", "Remove"]
    with pytest.raises(NotFound):
        show_user(admin, "nobody")


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_form_is_made_and_takes_nothing_empty(admin: Caller, name: str) -> None:
    about = {"edit-user": "alice", "grant": "alice", "edit-model": "model resnet50", "edit-dataset": "dataset c4"}
    about["share"] = "model ingrid/bart-large-cnn"
    owner = caller_for(admin.hub, "ingrid" if name == "share" else "bob.tanaka")
    if name == "publish":
        admin = replace(admin, secret=lambda: "admin")  # a file is opened with a person's key
        about[name] = stage(admin, [b"a,b\n1,2\n"], "one.csv").ref
    form = make_form(owner if name in ("edit-model", "share") else admin, name, about.get(name, ""))
    assert form.name == name
    assert all(field.title for field in form.fields)
    if any(field.required for field in form.fields):
        with pytest.raises(FieldErrors):
            submit_form(owner if name in ("edit-model", "share") else admin, name, form.about, {})
    alice = caller_for(admin.hub, "alice")
    if not alice.may(FORMS[name].permission):
        with pytest.raises(NotFound, match="no such form"):
            make_form(alice, name, "alice")


@pytest.mark.parametrize(
    "text",
    ["edit-user", "reset-password", "remove-user", "grant", "users approve"],
)
def test_a_command_about_a_person_asks_for_one(admin: Caller, text: str) -> None:
    with pytest.raises(Invalid, match="takes the name"):
        say(admin, text)


def test_editing_passes_on_only_what_differs(admin: Caller) -> None:
    (form,) = say(admin, "edit-user alice")
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    (confirm,) = submit_form(admin, "edit-user", "alice", {**values, "active": False})
    assert [change.what for change in confirm.plan.changes] == ["alice: state"]


def test_a_grant_is_read_from_words_or_asked_for(admin: Caller) -> None:
    (confirm,) = say(admin, "grant alice audit.show take")
    assert isinstance(confirm, Confirm)
    assert confirm.plan.changes[0].after == "no, taken"
    assert isinstance(say(admin, "grant alice")[0], Form)


def test_passwords_are_not_pasted_into_a_message(admin: Caller) -> None:
    with pytest.raises(Invalid, match="history"):
        say(admin, 'load {"user": [{"user_name": "x", "password": "y"}]}')


def test_everyone_of_an_affiliation_is_meant_but_oneself(admin: Caller) -> None:
    plan = people_orders.edit_people(admin, everyone_from="northmere research lab", is_active=False).plan
    assert {change.what for change in plan.changes} >= {"alice: state"}
    assert "admin: state" not in {change.what for change in plan.changes}
    for wrong, error in (("", Invalid), ("nothing", NotFound)):
        with pytest.raises(error):
            people_orders.edit_people(admin, everyone_from=wrong, is_active=False)


def test_orders_change_nothing(admin: Caller) -> None:
    def accounts() -> list[tuple[Any, ...]]:
        with admin.hub.database.read() as db:
            return [tuple(row) for row in db.execute(User.__table__.select())]

    before = accounts()
    for plan in (
        people_orders.edit_people(admin, ["alice"], is_admin=True),
        people_orders.create_person(admin, "eve"),
        people_orders.reset_password(admin, "alice"),
        people_orders.remove_person(admin, "alice"),
        people_orders.set_permission(admin, ["alice"], "audit.show", True),
        people_orders.create_affiliation(admin, "Tide"),
        people_orders.rename_affiliation(admin, "Bluemesa AI", "Bluemesa"),
    ):
        assert isinstance(plan, Confirm)
        assert plan.plan.changes
    assert accounts() == before


async def test_a_language_model_only_ever_plans(talking_hub: Callable[..., Hub], endpoint: Endpoint) -> None:
    """It is told that there is a plan and no values; the person gets the plan; nothing changes by anybody's words."""
    endpoint.script(
        Say(calls=(("edit_people", {"names": ["alice"], "role": "admin"}),)),
        Say("It is done: alice is an admin. /confirm CONFIRM plan_id"),
    )
    hub = talking_hub()
    with hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_name == "admin").values(password_hash=hub.passwords.hash("x")))
    caller = proving.enter(hub, "admin", "x")
    events = [event async for event in stream_answer(caller, "make alice an admin")]
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    (confirm,) = finished.replies
    assert isinstance(confirm, Confirm)
    assert confirm.plan.changes[0] == Change("alice: role", "user", "admin")
    told = json.loads(finished.text)
    assert told["changes"] == 1
    assert confirm.plan.plan_id.partition(".")[2] not in endpoint.heard
    assert not people.show_person(caller, "alice")["is_admin"]
    plans.confirm(caller, confirm.plan.plan_id)
    assert people.show_person(caller, "alice")["is_admin"]


@pytest.mark.parametrize(("rows", "shown"), [("none", False), ("public", False), ("all", True)])
async def test_accounts_reach_an_outside_model_only_where_all_rows_may(
    talking_hub: Callable[..., Hub], endpoint: Endpoint, rows: str, shown: bool
) -> None:
    endpoint.script(Say(calls=(("list_people", {"search": "alice"}),)), Say("There."))
    hub = talking_hub(llm_rows=rows)
    events = [event async for event in stream_answer(caller_for(hub, "admin"), "who is alice?")]
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert ("the demo's" in finished.text) == shown
    (table,) = finished.replies
    assert isinstance(table, Table)
    assert table.rows[0][0] == "alice"
