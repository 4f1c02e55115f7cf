"""Plans about people: what is shown is what is done; the last admin stays, whoever wants otherwise, and however."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from db.tables import AuditLog, Dataset, Model, PersonPermission, User, UserAffil
from hub import people, people_plans, sessions
from hub.access import Caller, nobody
from hub.affiliations import create_affiliation
from hub.catalog import create_dataset, create_model
from hub.errors import Conflict, Denied, HubError, Invalid, NotFound
from hub.home import Hub
from hub.people import add_person
from hub.people_plans import (
    plan_new_person,
    plan_password_reset,
    plan_permission,
    plan_person_edits,
    plan_removal,
)
from hub.plans import Change, Plan, confirm
from hub.records import plan_load
from hub.sessions import open_session, sign_in
from tests import proving

PASSWORD = "a correct horse battery"
MODEL = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "task": ["classification"]}


@pytest.fixture
def enter(any_hub: Hub) -> Callable[..., Caller]:
    """Sign somebody in, who is made first where there is nobody of that name."""

    def sign_in_as(name: str, *, is_admin: bool = False) -> Caller:
        with any_hub.database.write() as db:
            if db.scalar(sa.select(User.user_id).where(User.user_name == name)) is None:
                add_person(db, name, any_hub.passwords.hash(PASSWORD), is_admin=is_admin)
        return proving.enter(any_hub, name, PASSWORD)

    return sign_in_as


Enter = Callable[..., Caller]


def user(hub: Hub, name: str) -> Any:
    with hub.database.read() as db:
        return db.scalar(sa.select(User).where(User.user_name == name))


def shown(plan: Plan) -> list[tuple[str, str | None, str | None]]:
    return [(change.what, change.before, change.after) for change in plan.changes]


def audit_of(hub: Hub, action: str) -> list[tuple[str, str | None, dict[str, Any]]]:
    with hub.database.read() as db:
        rows = db.scalars(sa.select(AuditLog).where(AuditLog.action == action).order_by(AuditLog.seq))
        return [(row.outcome, row.object_id, json.loads(row.detail)) for row in rows]


# --- accounts -------------------------------------------------------------------------------------


def test_an_account_is_made_with_a_secret_that_is_shown_once(any_hub: Hub, enter: Enter) -> None:
    admin = enter("ada", is_admin=True)
    create_affiliation(admin, "Tide")
    plan = plan_new_person(admin, "eve", is_admin=True, affiliations=["Tide"])
    assert shown(plan) == [("account", None, "eve"), ("role", None, "admin"), ("affiliations", None, "Tide")]
    assert user(any_hub, "eve") is None
    done = confirm(admin, plan.plan_id)
    assert done.secret
    assert done.secret not in done.said
    assert done.secret not in repr(done)
    assert sign_in(nobody(any_hub), "eve", done.secret).must_change_password
    assert done.secret not in json.dumps([row[2] for row in audit_of(any_hub, "person.create")])
    with pytest.raises(Conflict, match="taken"):
        plan_new_person(admin, "EVE")


def test_a_reset_ends_the_sessions_and_gives_a_secret_once(any_hub: Hub, enter: Enter) -> None:
    admin, bob = enter("ada", is_admin=True), enter("bob")
    plan = plan_password_reset(admin, "bob")
    sessions.list_sessions(bob)
    done = confirm(admin, plan.plan_id)
    with pytest.raises(HubError, match="session has ended"):
        sessions.list_sessions(bob)
    assert sign_in(nobody(any_hub), "bob", done.secret).must_change_password
    with pytest.raises(Conflict):
        confirm(admin, plan.plan_id)


def test_what_is_planned_for_people_is_what_happens(any_hub: Hub, enter: Enter) -> None:
    admin = enter("ada", is_admin=True)
    for name in ("bob", "cyd"):
        enter(name)
    create_affiliation(admin, "Tide")
    plan = plan_person_edits(admin, ["bob", "CYD", "bob"], is_admin=True, affiliations=["Tide"])
    assert shown(plan) == [
        ("bob: role", "user", "admin"),
        ("bob: affiliations", "none", "Tide"),
        ("cyd: role", "user", "admin"),
        ("cyd: affiliations", "none", "Tide"),
    ]
    assert not user(any_hub, "bob").is_admin
    with any_hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(UserAffil)) == 0
    confirm(admin, plan.plan_id)
    assert user(any_hub, "bob").is_admin
    assert user(any_hub, "cyd").is_admin
    done = [row for row in audit_of(any_hub, "person.edit") if row[0] == "ok"]
    assert [row[2]["name"] for row in done] == ["bob", "cyd"]
    assert [row[1] for row in done] == [str(user(any_hub, name).user_id) for name in ("bob", "cyd")]


def test_many_are_changed_all_or_none(any_hub: Hub, enter: Enter) -> None:
    admin, other = enter("ada", is_admin=True), enter("bob", is_admin=True)
    enter("cyd")
    plan = plan_person_edits(admin, ["cyd", "bob"], is_active=False)
    people.edit_person(other, "cyd", new_name="cid")
    with pytest.raises(NotFound):
        confirm(admin, plan.plan_id)
    assert user(any_hub, "bob").is_active
    assert user(any_hub, "cid").is_active


@pytest.mark.parametrize("names", [[], ["x"] * 501])
def test_a_plan_is_about_some_people(any_hub: Hub, enter: Enter, names: list[str]) -> None:
    admin = enter("ada", is_admin=True)
    for plan in (lambda: plan_person_edits(admin, names, is_active=False),
                 lambda: plan_permission(admin, names, "audit.show", True)):  # fmt: skip
        with pytest.raises(Invalid, match="1 to 500"):
            plan()
    enter("bob")
    with pytest.raises(Invalid, match="only one"):
        plan_person_edits(admin, ["ada", "bob"], new_name="x")


def test_a_registration_is_approved_or_refused_by_a_plan(any_hub: Hub, enter: Enter) -> None:
    admin = enter("ada", is_admin=True)
    object.__setattr__(any_hub.settings, "registration", "approval")
    for name in ("eve", "mal"):
        people.register(nobody(any_hub), name, PASSWORD, "Tide")
    plan = plan_person_edits(admin, ["eve"], is_active=True)
    assert shown(plan) == [("eve: state", "awaits approval", "active")]
    confirm(admin, plan.plan_id)
    sign_in(nobody(any_hub), "eve", PASSWORD)
    plan = plan_removal(admin, "mal")
    assert plan.title == "Refuse the registration of mal"
    confirm(admin, plan.plan_id)
    assert user(any_hub, "mal") is None


# --- removing -------------------------------------------------------------------------------------


def test_removing_somebody_shows_what_goes_and_asks_where_items_go(any_hub: Hub, enter: Enter) -> None:
    admin, bob = enter("ada", is_admin=True), enter("bob")
    enter("cyd")
    create_dataset(bob, {"ds_name": "waves", "media": "audio", "task": ["classification"]})
    create_model(bob, {**MODEL, "model_name": "deep", "visibility": "private"})
    create_model(admin, {**MODEL, "model_name": "user", "datasets": ["waves"]})
    plan = plan_removal(admin, "bob")
    assert plan.dangerous
    assert [change[:2] for change in shown(plan)] == [
        ("account", "bob, user, active"),
        ("model deep", "private"),
        ("dataset waves", "public"),
    ]
    said = " ".join(plan.warnings)
    for part in ("2 credits of bob", "nobody can read any of the 2", "lose the dataset they name: user"):
        assert part in said
    for chosen in ({}, {"items": "give"}):
        with pytest.raises(Invalid, match="not decided"):
            confirm(admin, plan.plan_id, chosen)
    with pytest.raises(NotFound):
        confirm(admin, plan.plan_id, {"items": "give", "heir": "nobody here"})
    assert user(any_hub, "bob") is not None
    assert confirm(admin, plan.plan_id, {"items": "give", "heir": "cyd"}).said.endswith("went to cyd.")
    with any_hub.database.read() as db:
        owners = {db.scalar(sa.select(Model.owner_id).where(Model.model_name == "deep")),
                  db.scalar(sa.select(Dataset.owner_id))}  # fmt: skip
    assert owners == {user(any_hub, "cyd").user_id}

    plan = plan_removal(admin, "cyd")
    assert confirm(admin, plan.plan_id, {"items": "delete"}).said.endswith("were deleted.")
    with any_hub.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Dataset)) == 0


def test_a_new_item_makes_the_plan_of_a_removal_stale(any_hub: Hub, enter: Enter) -> None:
    admin, bob = enter("ada", is_admin=True), enter("bob")
    plan = plan_removal(admin, "bob")
    assert plan.choices == ()
    create_model(bob, {**MODEL, "model_name": "late"})
    with pytest.raises(Conflict, match="things have changed"):
        confirm(admin, plan.plan_id, {"items": "delete"})
    assert user(any_hub, "bob") is not None


# --- permissions ----------------------------------------------------------------------------------


def test_a_permission_is_granted_taken_and_given_back(any_hub: Hub, enter: Enter) -> None:
    admin, bob = enter("ada", is_admin=True), enter("bob")
    for allowed, becomes, may in (
        (True, "yes, granted", True),
        (False, "no, taken", False),
        (None, "no, by the role", False),
    ):
        plan = plan_permission(admin, ["bob"], "audit.show", allowed)
        assert shown(plan)[0][2] == becomes
        confirm(admin, plan.plan_id)
        assert open_session(any_hub, bob.session_id or "").may("audit.show") == may
    with pytest.raises(NotFound):
        plan_permission(admin, ["bob"], "audit.shw", True)
    with pytest.raises(Denied):
        plan_permission(bob, ["bob"], "audit.show", True)


# --- the last admin -------------------------------------------------------------------------------

WAYS: dict[str, Callable[[Caller, str], Any]] = {
    "demote": lambda caller, name: people.edit_person(caller, name, is_admin=False),
    "deactivate": lambda caller, name: people.edit_person(caller, name, is_active=False),
    "remove": lambda caller, name: people.remove_person(caller, name, delete_items=True),
    "take editing": lambda caller, name: people.grant_permission(caller, name, "person.edit", False),
    "take granting": lambda caller, name: people.grant_permission(caller, name, "permission.grant", False),
    "plan: demote": lambda caller, name: plan_person_edits(caller, [name], is_admin=False),
    "plan: deactivate": lambda caller, name: plan_person_edits(caller, [name], is_active=False),
    "plan: remove": lambda caller, name: plan_removal(caller, name),
    "plan: take editing": lambda caller, name: plan_permission(caller, [name], "person.edit", False),
    "plan: take granting": lambda caller, name: plan_permission(caller, [name], "permission.grant", False),
}
"""Every way in which somebody stops being an admin who can administer."""


def able_admins(hub: Hub) -> int:
    with hub.database.read() as db:
        limited = sa.select(PersonPermission.user_id).where(PersonPermission.allowed.is_(False))
        query = sa.select(sa.func.count()).where(User.is_admin, User.is_active, User.user_id.not_in(limited))
        return db.scalar(query) or 0


@pytest.mark.parametrize("way", WAYS)
def test_the_last_admin_stays(any_hub: Hub, enter: Enter, way: str) -> None:
    admin = enter("ada", is_admin=True)
    with pytest.raises(Conflict, match="last active admin"):
        WAYS[way](admin, "ada")
    assert able_admins(any_hub) == 1


def test_all_admins_in_one_plan_are_too_many(any_hub: Hub, enter: Enter) -> None:
    admin, _ = enter("ada", is_admin=True), enter("bob", is_admin=True)
    with pytest.raises(Conflict, match="last active admin"):
        plan_person_edits(admin, ["bob", "ada"], is_admin=False)
    assert able_admins(any_hub) == 2


@pytest.mark.parametrize("way", [way for way in WAYS if way.startswith("plan: ")])
def test_a_plan_made_before_one_became_the_last_admin_is_refused(any_hub: Hub, enter: Enter, way: str) -> None:
    admin, _ = enter("ada", is_admin=True), enter("bob", is_admin=True)
    plan = WAYS[way](admin, "ada")
    people.edit_person(admin, "bob", is_admin=False)
    with pytest.raises(Conflict, match="last active admin"):
        confirm(admin, plan.plan_id)
    assert able_admins(any_hub) == 1


@pytest.mark.parametrize("way", WAYS)
def test_two_admins_at_once_cannot_undo_each_other(any_hub: Hub, enter: Enter, way: str) -> None:
    """Each does it to the other, at the same time: one comes first, and one admin stays."""
    pair = {"ada": "bob", "bob": "ada"}
    callers = {name: enter(name, is_admin=True) for name in pair}
    plans = {name: WAYS[way](callers[name], pair[name]).plan_id for name in pair} if way.startswith("plan: ") else {}
    start = threading.Barrier(2)
    failed: list[HubError] = []

    def act(name: str) -> None:
        start.wait()
        try:
            if plans:
                confirm(callers[name], plans[name])
            else:
                WAYS[way](callers[name], pair[name])
        except HubError as error:
            failed.append(error)

    threads = [threading.Thread(target=act, args=[name]) for name in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 1
    assert able_admins(any_hub) == 1


# --- records, and one's own sessions --------------------------------------------------------------


def test_records_are_counted_before_they_are_loaded(any_hub: Hub, enter: Enter) -> None:
    admin = enter("ada", is_admin=True)
    create_affiliation(admin, "Tide")
    text = json.dumps(
        {
            "affiliation": [{"affil_name": "Tide"}, {"affil_name": "Moor"}],
            "user": [{"user_name": "eve", "password": PASSWORD, "is_admin": True}, {"user_name": "mal"}],
            "model": [{**MODEL, "model_name": "m", "authors": ["eve"]}],
        }
    )
    plan = plan_load(admin, text, "r.json")
    assert plan.changes == (
        Change("affiliation", "2 in the file", "1 added, 1 there already: Tide"),
        Change("user", "2 in the file", "2 added"),
        Change("model", "1 in the file", "1 added"),
    )
    assert any("New admins: eve" in warning for warning in plan.warnings)
    assert any("mal" in warning for warning in plan.warnings)
    assert user(any_hub, "eve") is None
    assert confirm(admin, plan.plan_id).said == "Loaded 1 of affiliation, 2 of user, 1 of model."
    sign_in(nobody(any_hub), "eve", PASSWORD)
    with pytest.raises(Conflict, match=r"nothing to load from r\.json"):
        plan_load(admin, text, "r.json")
    with pytest.raises(Invalid, match="line 1"):
        plan_load(admin, "{", "r.json")
    with pytest.raises(Denied):
        plan_load(enter("bob"), text, "r.json")


def test_one_ends_ones_own_other_sessions_and_nobody_elses(any_hub: Hub, enter: Enter) -> None:
    bob, second, third, eve = enter("bob"), enter("bob"), enter("bob"), enter("eve")
    rows = sessions.list_sessions(bob)
    assert [row["is_this"] for row in rows] == [True, False, False]
    for name in (str(eve.session_id), str(bob.session_id), "", "0", "zzzzzzzz"):
        with pytest.raises(NotFound):
            sessions.plan_session_end(bob, name)
    confirm(bob, sessions.plan_session_end(bob, str(second.session_id)[:8]).plan_id)
    with pytest.raises(HubError):
        sessions.list_sessions(second)
    assert len(sessions.list_sessions(third)) == 2
    confirm(bob, sessions.plan_session_end(bob).plan_id)
    assert len(sessions.list_sessions(bob)) == 1
    assert len(sessions.list_sessions(eve)) == 1


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/127.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("tests", "tests"),
        ("", "a browser"),
    ],
)
def test_a_browser_is_named(agent: str, said: str) -> None:
    assert sessions.describe_browser(agent) == said


def test_nobody_limits_themselves_out_by_name(any_hub: Hub, enter: Enter) -> None:
    """What a user may not do, a plan does not do for them either."""
    bob = enter("bob")
    enter("ada", is_admin=True)
    for plan in (
        lambda: plan_person_edits(bob, ["ada"], is_active=False),
        lambda: plan_removal(bob, "ada"),
        lambda: plan_password_reset(bob, "ada"),
        lambda: plan_new_person(bob, "eve"),
    ):
        with pytest.raises(Denied):
            plan()
    assert people_plans.MOST_PEOPLE == 500
