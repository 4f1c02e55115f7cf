"""Plans: nothing changes but by a good id, once, and only what the person was shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import Affil, AuditLog, PersonPermission, Plan, User, utc_now
from hub import plans
from hub.access import Caller, system
from hub.affiliations import plan_affiliation, plan_affiliation_rename, rename_affiliation
from hub.errors import Conflict, Denied, HubError, Invalid, NotFound, NotSignedIn
from hub.home import Hub
from hub.people import add_person
from hub.plans import Choice, check_choices, confirm, look_at_plan
from tests import proving

PASSWORD = "a correct horse battery"


@pytest.fixture
def enter(any_hub: Hub) -> Callable[[str], Caller]:
    """Sign a person in, who is made an admin first where there is none of that name; each time a session of its own."""

    def sign_in_as(name: str) -> Caller:
        with any_hub.database.write() as db:
            if db.scalar(sa.select(User.user_id).where(User.user_name == name)) is None:
                add_person(db, name, any_hub.passwords.hash(PASSWORD), is_admin=True)
        return proving.enter(any_hub, name, PASSWORD)

    return sign_in_as


Enter = Callable[[str], Caller]


def affiliations(hub: Hub) -> set[str]:
    with hub.database.read() as db:
        return set(db.scalars(sa.select(Affil.affil_name)))


def last_audit(hub: Hub) -> Any:
    with hub.database.read() as db:
        return db.scalars(sa.select(AuditLog).order_by(AuditLog.seq.desc())).first()


def age(hub: Hub, **by: float) -> None:
    with hub.database.write() as db:
        db.execute(sa.update(Plan).values(expires_at=utc_now() - timedelta(**by)))


def test_a_plan_says_what_changes_and_its_id_does_it_once(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    plan = plan_affiliation(ada, " Tide Institute ")
    assert [(change.what, change.before) for change in plan.changes] == [("Tide Institute", None)]
    assert affiliations(any_hub) == set()
    assert last_audit(any_hub).outcome == "planned"
    assert look_at_plan(ada, plan.ref).state == "open"
    assert look_at_plan(ada, plan.ref).plan_id == plan.plan_id

    done = confirm(ada, plan.plan_id)
    assert done.said == "Tide Institute is an affiliation now."
    assert affiliations(any_hub) == {"Tide Institute"}
    row = last_audit(any_hub)
    assert (row.action, row.outcome, row.object_type) == ("affiliation.edit", "ok", "affil")
    assert look_at_plan(ada, plan.ref).state == "done"
    assert look_at_plan(ada, plan.ref).said == done.said
    assert look_at_plan(ada, plan.ref).plan_id == ""


def test_every_id_that_is_not_good_changes_nothing_and_reads_the_same(any_hub: Hub, enter: Enter) -> None:
    ada, again, eve = enter("ada"), enter("ada"), enter("eve")
    good = plan_affiliation(ada, "Good")
    abandoned, used, expired = (plan_affiliation(ada, name) for name in ("Abandoned", "Used", "Expired"))
    confirm(ada, used.plan_id)
    plans.abandon(ada, abandoned.plan_id)
    with any_hub.database.write() as db:
        past = utc_now() - timedelta(seconds=1)
        db.execute(sa.update(Plan).where(Plan.plan_ref == expired.ref).values(expires_at=past))
    before = affiliations(any_hub)
    tries: list[tuple[Caller, str]] = [
        *((ada, one.plan_id) for one in (abandoned, used, expired)),
        *((other, good.plan_id) for other in (again, eve)),
        *((ada, text) for text in (good.ref, good.ref + ".", good.plan_id[:-1], good.plan_id + "0", "", ".", "x.y")),
        *((ada, f"{text}{good.plan_id}") for text in (" ", "é", "\x00", "a" * 300)),
        (ada, f"{good.ref}.{expired.plan_id.partition('.')[2]}"),
    ]
    for settle in (confirm, plans.abandon):
        messages = set()
        for caller, plan_id in tries:
            with pytest.raises(Conflict) as refused:
                settle(caller, plan_id)  # type: ignore[operator]
            messages.add((refused.value.code, refused.value.message, refused.value.hint))
            assert last_audit(any_hub).action == "plan.settle"
            assert last_audit(any_hub).outcome == "failed"
        assert len(messages) == 1
    assert affiliations(any_hub) == before == {"Used"}
    assert look_at_plan(again, good.ref).state == "elsewhere"
    assert look_at_plan(eve, good.ref) == look_at_plan(eve, "nothing") == plans.Standing("gone")
    assert look_at_plan(ada, expired.ref).state == "expired"
    assert look_at_plan(ada, abandoned.ref).state == "cancelled"
    confirm(ada, good.plan_id)
    assert affiliations(any_hub) == {"Used", "Good"}


def test_what_has_changed_meanwhile_is_not_done_and_the_plan_is_spent(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    confirm(ada, plan_affiliation(ada, "One").plan_id)
    plan = plan_affiliation_rename(ada, "one", "Two")
    rename_affiliation(ada, "One", "ONE")
    with pytest.raises(Conflict, match="things have changed"):
        confirm(ada, plan.plan_id)
    assert affiliations(any_hub) == {"ONE"}
    assert look_at_plan(ada, plan.ref).state == "stale"
    rename_affiliation(ada, "ONE", "One")
    with pytest.raises(Conflict, match="cannot be carried out"):
        confirm(ada, plan.plan_id)
    assert affiliations(any_hub) == {"One"}


def test_what_is_not_there_any_more_says_so_itself(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    first, second = plan_affiliation(ada, "One"), plan_affiliation(ada, "ONE")
    confirm(ada, first.plan_id)
    with pytest.raises(Conflict, match="already"):
        confirm(ada, second.plan_id)
    assert affiliations(any_hub) == {"One"}
    with pytest.raises(NotFound):
        plan_affiliation_rename(ada, "nothing", "x")
    with pytest.raises(Conflict, match="nothing to change"):
        plan_affiliation_rename(ada, "One", "One")


def test_the_gate_decides_again_when_the_button_is_pressed(any_hub: Hub, enter: Enter) -> None:
    ada, eve = enter("ada"), enter("eve")
    plan = plan_affiliation(ada, "One")
    with any_hub.database.write() as db:
        db.add(PersonPermission(user_id=ada.user_id, permission="affiliation.edit", allowed=False))
    with pytest.raises(Denied):
        confirm(ada, plan.plan_id)
    with pytest.raises(Denied):
        plan_affiliation(ada, "Two")
    plan = plan_affiliation(eve, "Three")
    with any_hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_id == eve.user_id).values(is_active=False))
    with pytest.raises(NotSignedIn):
        confirm(eve, plan.plan_id)
    assert affiliations(any_hub) == set()


def test_of_many_presses_at_once_one_counts(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    plan = plan_affiliation(ada, "One")
    came: list[object] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        try:
            came.append(confirm(ada, plan.plan_id).said)
        except HubError as error:
            came.append(error.code)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, came)) == ["One is an affiliation now.", *["conflict"] * 5]


def test_neither_the_id_nor_the_arguments_stand_in_the_database(hub: Hub) -> None:
    with hub.database.write() as db:
        add_person(db, "ada", hub.passwords.hash(PASSWORD), is_admin=True)
    ada = proving.enter(hub, "ada", PASSWORD)
    plan = plan_affiliation(ada, "zebrafish")
    with hub.database.read() as db:
        stored = db.scalars(sa.select(Plan)).one()
        assert b"zebrafish" not in bytes(stored.arguments)
    everything = b"".join(file.read_bytes() for file in hub.settings.hub_home.glob("*.db*"))
    assert plan.ref.encode() in everything
    assert plan.plan_id.partition(".")[2].encode() not in everything
    assert plan.plan_id not in repr(plan)
    confirm(ada, plan.plan_id)
    with hub.database.read() as db:
        assert db.scalars(sa.select(Plan)).one().arguments is None


def test_who_has_no_session_may_look_but_has_no_button(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    plan = plan_affiliation(Caller(any_hub, "user", ada.user_id), "One")
    assert (plan.ref, plan.plan_id) == ("", "")
    assert plan.changes
    with any_hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Plan)) == 0


def test_expired_plans_are_emptied_and_in_a_month_forgotten(any_hub: Hub, enter: Enter) -> None:
    ada = enter("ada")
    plan = plan_affiliation(ada, "One")
    assert plans.sweep_plans(system(any_hub)) == 0
    assert look_at_plan(ada, plan.ref).state == "open"
    age(any_hub, minutes=1)
    assert plans.sweep_plans(system(any_hub)) == 0
    with any_hub.database.read() as db:
        assert db.scalars(sa.select(Plan)).one().arguments is None
    assert look_at_plan(ada, plan.ref).state == "expired"
    age(any_hub, days=31)
    assert plans.sweep_plans(system(any_hub)) == 1
    assert look_at_plan(ada, plan.ref).state == "gone"


CHOICES = (
    Choice("items", "Their items", {"give": "Give them away", "delete": "Delete them"}),
    Choice("heir", "Who gets them", needs=("items", "give")),
)


@pytest.mark.parametrize(
    ("chosen", "taken"),
    [
        ({"items": "delete"}, {"items": "delete"}),
        ({"items": "delete", "heir": "x", "more": 1}, {"items": "delete"}),
        ({"items": "give", "heir": " bob "}, {"items": "give", "heir": "bob"}),
    ],
)
def test_choices_are_taken_as_far_as_they_are_asked(chosen: dict[str, Any], taken: dict[str, str]) -> None:
    assert check_choices(CHOICES, chosen) == taken


@pytest.mark.parametrize(
    "chosen",
    [{}, {"items": "burn"}, {"items": ["delete"]}, {"items": "give"}, {"items": "give", "heir": " "}, {"heir": "bob"}],
)
def test_what_is_not_decided_is_asked_for(chosen: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="not decided"):
        check_choices(CHOICES, chosen)
