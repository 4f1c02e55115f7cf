"""Administration in a real browser: forms, plans and their buttons, on reload, in a second tab and session too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from db.tables import ChatFeedback, ChatStep, Plan, User, utc_now
from hub import people
from hub.access import nobody
from hub.home import Hub
from hub.people import add_person
from tests.browsing import (
    ANSWERED,
    ASSISTANT,
    DEMO_PASSWORD,
    TOOL,
    USER,
    last_answer,
    plan_of,
    press,
    ready,
    say,
    sign_in,
)
from tests.conftest import caller_for
from tests.running import RunningHub

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def hub_env() -> dict[str, str]:
    """Who registers waits for approval."""
    return {"REGISTRATION": "approval"}


@pytest.fixture(scope="module")
def host() -> str:
    """An admin of whom the demo data know nothing."""
    return "root"


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """That admin, and two people who wait."""

    def put(hub: Hub) -> None:
        with hub.database.write() as db:
            add_person(db, "root", hub.passwords.hash(DEMO_PASSWORD), is_admin=True)
        for name in ("nina", "otto"):
            people.register(nobody(hub), name, "a correct horse battery")

    return put


def user(hub: Hub, name: str) -> Any:
    with hub.database.read() as db:
        return db.scalar(sa.select(User).where(User.user_name == name))


# --- people ---------------------------------------------------------------------------------------


def test_somebody_is_found_looked_at_and_edited(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    say(page, "/users ")
    table = page.locator(".hub-table")
    expect(table.locator(".count")).to_contain_text("1–20 of")
    expect(table.get_by_role("button", name="Export CSV")).to_be_visible()
    expect(table.get_by_role("button", name="Chart")).to_have_count(0)  # charts are of the catalogue
    table.get_by_label("Search").fill("eastmere")
    expect(table.get_by_role("button", name="carlos", exact=True)).to_have_count(0)
    table.get_by_role("button", name="alice", exact=True).click()
    card = page.locator(".hub-person")
    expect(card).to_contain_text("University of Eastmere")
    card.get_by_role("button", name="Edit").click()
    form = page.locator(".hub-form")
    form.get_by_label("User name").fill("")
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_have_text("This is needed.")
    expect(form.get_by_label("User name")).to_be_focused()
    assert form.get_by_label("User name").get_attribute("aria-invalid") == "true"
    form.get_by_label("User name").fill("alice.b")
    form.get_by_label("Role").select_option("admin")
    form.get_by_label("Bluemesa AI").check()
    form.get_by_label("User name").press("Enter")
    plan = ready(page)
    for part in ("alice: name", "alice: role", "alice: affiliations", "alice is signed out everywhere"):
        expect(plan).to_contain_text(part)
    assert user(served_hub, "alice") is not None
    press(plan, "Change", "role is admin")
    changed = user(served_hub, "alice.b")
    assert changed.is_admin
    page.reload()
    expect(page.locator(".hub-plan").get_by_role("status")).to_contain_text("role is admin")
    expect(page.locator(".hub-plan").get_by_role("button")).to_have_count(0)


def test_a_plan_stands_alike_in_every_tab(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    plan_of(page, "let bob.tanaka read the audit trail")
    second = page.context.new_page()
    second.goto(page.url)
    plan = ready(second)
    press(plan, "Change", "was granted to bob.tanaka")
    first = page.locator(".hub-plan")
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(first.get_by_role("status")).to_contain_text("was granted to bob.tanaka")


def test_a_press_that_comes_too_late_changes_nothing(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    plan = plan_of(page, "/affiliations create Late Institute")

    def deliver_late(route: Route) -> None:
        if "confirm_plan" in (route.request.post_data or ""):
            with served_hub.database.write() as db:
                past = utc_now() - timedelta(seconds=1)
                db.execute(sa.update(Plan).where(Plan.state == "open").values(expires_at=past))
        route.continue_()

    page.route("**/project/action", deliver_late)
    plan.get_by_role("button", name="Create", exact=True).click()
    expect(plan.get_by_role("alert")).to_contain_text("cannot be carried out")
    expect(plan.get_by_role("status")).to_contain_text("expired")
    page.unroute("**/project/action")
    page.reload()
    expect(page.locator(".hub-plan").get_by_role("status")).to_contain_text("expired")
    plan = plan_of(page, "/affiliations create Late Institute")
    plan.get_by_role("button", name="Cancel").click()
    expect(plan.get_by_role("status")).to_contain_text("Cancelled")
    page.reload()
    expect(page.locator(".hub-plan").last.get_by_role("status")).to_contain_text("Cancelled")
    say(page, "/affiliations ")
    expect(last_answer(page)).not_to_contain_text("Late Institute")


def test_another_session_of_the_same_person_has_no_button(enter: Enter) -> None:
    page = enter()
    plan_of(page, "/affiliations create Elsewhere")
    page.wait_for_url("**/thread/*")
    other = enter(apart=True)
    other.goto(page.url)
    plan = other.locator(".hub-plan")
    expect(plan.get_by_role("status")).to_contain_text("another session", timeout=30_000)
    expect(plan.get_by_role("button")).to_have_count(0)


def test_what_changed_meanwhile_is_not_overrun(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    plan = plan_of(page, "/users approve otto")
    with served_hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_name == "otto").values(is_admin=True))
    # What the plan showed is still so, and what it did not show is none of its business.
    press(plan, "Change", "otto: state is active")
    plan = plan_of(page, "/remove-user otto")
    with served_hub.database.write() as db:
        db.execute(sa.update(User).where(User.user_name == "otto").values(is_admin=False))
    plan.get_by_role("button", name="Remove", exact=True).click()
    expect(plan.get_by_role("alert")).to_contain_text(re.compile("things have changed", re.IGNORECASE))
    assert user(served_hub, "otto") is not None


def test_an_account_is_made_and_its_secret_seen_once(enter: Enter, served_hub: Hub, served: RunningHub) -> None:
    page = enter()
    say(page, "/create-user ")
    form = page.locator(".hub-form")
    form.get_by_label("User name").fill("eve")
    form.get_by_role("button", name="Continue").click()
    plan = ready(page)
    plan.get_by_role("button", name="Create", exact=True).click()
    secret = plan.locator(".secret code").inner_text()
    assert len(secret) > 15
    page.reload()
    plan = page.locator(".hub-plan")
    expect(plan.get_by_role("status")).to_contain_text("was shown once")
    expect(page.locator(".secret")).to_have_count(0)
    stored = b"".join(file.read_bytes() for file in served.home.glob("*") if file.is_file())
    assert secret.encode() not in stored
    assert b"eve has an account now" in stored

    context = page.context.browser.new_context(base_url=served.url)  # type: ignore[union-attr]
    fresh = context.new_page()
    sign_in(fresh, "eve", secret)
    fresh.wait_for_url("**/password")
    context.close()


def test_somebody_who_waits_is_approved_by_a_button(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    say(page, "/users waiting")
    expect(page.locator(".hub-table")).to_contain_text("awaits approval")
    page.get_by_role("button", name="Approve nina").click()
    press(ready(page), "Change", "nina: state is active")
    assert user(served_hub, "nina").is_active
    plan = plan_of(page, "/reset-password nina")
    press(plan, "Reset password", "was reset")
    expect(plan.locator(".secret code")).to_be_visible()
    plan.get_by_role("button", name="Hide it").click()
    expect(plan.locator(".secret")).to_have_count(0)


def test_removing_somebody_asks_where_their_items_go(enter: Enter, served_hub: Hub) -> None:
    page = enter()
    plan = plan_of(page, "/remove-user carlos")
    remove = plan.get_by_role("button", name="Remove", exact=True)
    expect(remove).to_be_disabled()
    plan.get_by_label("Give them to another person").check()
    expect(remove).to_be_disabled()
    plan.get_by_label("Who gets them?").fill("nobody at all")
    remove.click()
    expect(plan.get_by_role("alert")).to_contain_text("nobody called")
    plan.get_by_label("Who gets them?").fill("chidi")
    press(plan, "Remove", "went to chidi")
    assert user(served_hub, "carlos") is None


def test_an_ordinary_user_has_no_such_command(enter: Enter) -> None:
    page = enter("elena")
    for command in ("/users", "/audit", "/edit-user admin", "/remove-user admin", "/load"):
        say(page, f"{command} ")
        expect(last_answer(page)).to_contain_text("There is no command")
    expect(page.locator(".hub-plan, .hub-form")).to_have_count(0)


# --- affiliations, records, the trail -------------------------------------------------------------


def test_affiliations_are_made_and_renamed(enter: Enter) -> None:
    page = enter()
    say(page, "/affiliations ")
    page.get_by_role("button", name="Create one").click()
    form = page.locator(".hub-form").last
    form.get_by_label("Name").fill("Tide Institute")
    form.get_by_label("Name").press("Enter")
    press(ready(page), "Create", "Tide Institute is an affiliation now")
    say(page, "/affiliations rename")
    form = page.locator(".hub-form").last
    form.get_by_label("Affiliation").select_option("Tide Institute")
    form.get_by_label("New name").fill("Tidal Institute")
    form.get_by_role("button", name="Continue").click()
    press(ready(page), "Rename", "is called Tidal Institute now")


def test_a_file_of_records_is_counted_first_and_then_loaded(enter: Enter, tmp_path: Path) -> None:
    page = enter()
    file = tmp_path / "more.json"
    file.write_text(json.dumps({"affiliation": [{"affil_name": "Moorland"}, {"affil_name": "Bluemesa AI"}]}), "utf-8")
    say(page, "/load ")
    form = page.locator(".hub-form")
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_role("alert")).to_contain_text("One file is needed")
    form.get_by_label("Records file").set_input_files(file)
    form.get_by_role("button", name="Continue").click()
    plan = ready(page)
    expect(plan).to_contain_text("1 added, 1 there already")
    press(plan, "Load", "Loaded 1 of affiliation")


def test_the_trail_is_filtered_and_paged(enter: Enter, served_hub: Hub) -> None:
    root = caller_for(served_hub, "root")
    for _ in range(25):
        people.list_people(root, limit=1)
    page = enter()
    say(page, "/audit ")
    table = page.locator(".hub-table").first
    expect(table.locator(".count")).to_contain_text("1–20 of")
    table.get_by_role("button", name="Next page").click()
    expect(table.locator(".count")).to_contain_text("21–")
    form = page.locator(".hub-form")
    form.get_by_label("From").fill("2000-01-01")
    form.get_by_label("Person").fill("root")
    form.get_by_label("Action").select_option("session.open")
    form.get_by_role("button", name="Show").click()
    expect(page.locator(".hub-table").last).to_contain_text("no rows")  # who signs in is nobody yet
    say(page, "/audit action=session.open outcome=ok")
    rows = page.locator(".hub-table").last.locator("tbody tr")
    expect(rows.first).to_contain_text("session.open")
    say(page, "/audit colour=red")
    expect(last_answer(page)).to_contain_text("no filter")


# --- one's own ------------------------------------------------------------------------------------


def test_one_sees_and_ends_ones_own_sessions(enter: Enter) -> None:
    page, other = enter("farid"), enter("farid", apart=True)
    say(page, "/profile ")
    table = page.locator(".hub-table")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(table).to_contain_text("Chrome on Linux (this one)")
    page.get_by_role("button", name="End Chrome on Linux").click()
    press(ready(page), "End", "The session was ended")
    other.wait_for_url("**/login")
    page.get_by_role("button", name="What I did").click()
    expect(page.locator(".hub-table").last).to_contain_text("session.close")


def test_thumbs_are_kept(enter: Enter, served_hub: Hub) -> None:
    page = enter("freya")
    say(page, "how many models are there?")
    page.locator(ASSISTANT).last.hover()
    page.locator(".positive-feedback-off").last.click()
    page.get_by_role("button", name="Submit feedback").click()
    expect(page.locator(".positive-feedback-on")).to_have_count(1)
    page.reload()
    expect(page.locator(".positive-feedback-on")).to_have_count(1)
    with served_hub.database.read() as db:
        assert list(db.scalars(sa.select(ChatFeedback.value))) == [1]


def edit(page: Page, at: int, text: str) -> None:
    """Edit the message at this place, as the page lets one, and wait for its answer."""
    message = page.locator(USER).nth(at)
    message.hover()
    message.locator(".edit-message").click()
    message.locator("textarea").fill(text)
    message.get_by_role("button", name="Confirm").click()
    expect(page.locator(USER).nth(at)).to_contain_text(text)
    page.wait_for_function(ANSWERED, arg=at)


def test_an_edited_message_is_answered_anew_and_what_came_after_it_goes(enter: Enter, served_hub: Hub) -> None:
    page = enter("hana.sato")
    for question in ("how many models are there?", "which CNNs have more than 20M parameters?", "how many people?"):
        say(page, question)
    edit(page, 1, "which CNNs have more than 100M parameters?")

    def check() -> None:
        expect(page.locator(USER)).to_have_count(2)
        expect(page.locator(f"{TOOL} code")).to_have_count(2)
        expect(page.locator(f"{TOOL} code").last).to_contain_text("100000000")
        expect(page.locator(".hub-table")).to_have_count(2)

    check()
    page.reload()
    page.locator(".hub-table").last.wait_for()
    check()
    say(page, "only those for classification")
    expect(page.locator(f"{TOOL} code").last).to_contain_text("100000000")
    edit(page, 0, "/users ")
    expect(page.locator(USER)).to_have_count(1)
    expect(last_answer(page)).to_contain_text("There is no command")
    expect(page.locator(TOOL)).to_have_count(0)
    with served_hub.database.read() as db:
        texts = list(db.scalars(sa.select(ChatStep.data)))
    assert not any("how many people?" in text for text in texts)


# --- for everybody --------------------------------------------------------------------------------


def test_it_fits_a_telephone(enter: Enter) -> None:
    page = enter(viewport={"width": 390, "height": 844}, color_scheme="dark")
    for command in ("/users ", "/edit-user chidi", "/remove-user chidi", "/audit "):
        say(page, command)
    page.locator(".hub-form").last.wait_for()
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    for box in (element.bounding_box() for element in page.locator(".hub-table, .hub-form, .hub-plan").all()):
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
