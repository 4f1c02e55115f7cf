"""The sign-in, register and change-password pages: as forms, and in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from hub import people
from hub.home import open_hub
from tests.app.wire import Visitor
from tests.conftest import caller_for, settings_for
from tests.running import RunningHub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HTML = {"Accept": "text/html"}
SENTENCE = "seven quiet lamps over water"
Start = Callable[..., RunningHub]


@pytest.fixture
def visitor(running_hub: RunningHub) -> Iterator[Visitor]:
    with Visitor(running_hub.url) as opened:
        yield opened


def register(visitor: Visitor, name: str, password: str = SENTENCE, again: str = SENTENCE) -> httpx.Response:
    form = {"name": name, "affiliation": "Lamp Works", "password": password, "again": again}
    answer = visitor.http.post("/register", data=form, headers=HTML)
    if answer.status_code == 303 and "registered" not in answer.headers["location"]:
        visitor.prove()
    return answer


def test_right_and_wrong(visitor: Visitor) -> None:
    wrong = visitor.sign_in("admin", "wrong")
    unknown = visitor.sign_in("no <b>such</b> person", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert "Wrong name or password" in wrong.text
    assert "Wrong name or password" in unknown.text
    assert "<b>such" not in unknown.text
    assert "set-cookie" not in wrong.headers
    right = visitor.sign_in("admin")
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert visitor.http.get("/", headers=HTML).status_code == 200
    assert visitor.http.get("/login", headers=HTML).headers["location"] == "/"


def test_signing_in_leads_back_to_where_one_was_going(visitor: Visitor) -> None:
    there = "/thread/0b8f3c1e-1111-4111-8111-111111111111"
    assert visitor.http.get(there, headers=HTML).headers["location"] == f"/login?next={there}"
    form = {"name": "admin", "password": "admin"}
    assert visitor.http.post("/login", data={**form, "next": there}).headers["location"] == there
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        visitor.http.cookies.clear()
        assert visitor.http.post("/login", data={**form, "next": elsewhere}).headers["location"] == "/"


def test_too_many_tries_are_told_to_wait(start_hub: Start) -> None:
    with Visitor(start_hub().url) as guesser:
        statuses = [guesser.sign_in("admin", f"guess {number}").status_code for number in range(6)]
        assert statuses == [401] * 5 + [429]
        answer = guesser.sign_in("admin")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert "Too many tries" in answer.text


def test_a_newcomer_registers_and_is_signed_in(visitor: Visitor) -> None:
    assert register(visitor, "lamplighter").headers["location"] == "/"
    assert visitor.http.get("/user").json()["display_name"] == "lamplighter"


@pytest.mark.parametrize(
    ("name", "password", "again", "problem"),
    [
        ("newcomer-1", "tiny one", "tiny one", "12 characters"),
        ("newcomer-2", SENTENCE, "another quiet lamp", "differ"),
        ("admin", SENTENCE, SENTENCE, ""),
        ("", SENTENCE, SENTENCE, ""),
    ],
)
def test_what_cannot_be_registered(visitor: Visitor, name: str, password: str, again: str, problem: str) -> None:
    answer = register(visitor, name, password, again)
    assert answer.status_code in (400, 409)
    assert problem in answer.text
    assert 'role="alert"' in answer.text
    assert password not in answer.text
    assert "set-cookie" not in answer.headers


def test_registering_follows_the_rule(start_hub: Start) -> None:
    with Visitor(start_hub(REGISTRATION="closed").url) as visitor:
        assert "/register" not in visitor.http.get("/login").text
        assert register(visitor, "lamplighter").status_code == 403
    with Visitor(start_hub(REGISTRATION="approval").url) as visitor:
        answer = register(visitor, "lamplighter")
        assert "approves" in visitor.http.get(answer.headers["location"]).text
        assert "approval" in visitor.sign_in("lamplighter", SENTENCE).text
        assert visitor.sign_in("lamplighter", "wrong").status_code == 401


def test_the_demo_hint_is_shown_while_it_is_true(start_hub: Start) -> None:
    running = start_hub()
    with Visitor(running.url) as visitor:
        assert "demo data" in visitor.http.get("/login").text
        hub = open_hub(settings_for(running.home))
        people.change_password(caller_for(hub, "admin"), "admin", SENTENCE)
        hub.database.close()
        assert "<code>admin</code> with" not in visitor.http.get("/login").text


def test_a_one_time_secret_leads_to_a_password_of_ones_own_and_nowhere_else(running_hub: RunningHub) -> None:
    hub = open_hub(settings_for(running_hub.home))
    secret = people.create_person(caller_for(hub, "admin"), "newly made").secret
    hub.database.close()
    with Visitor(running_hub.url) as visitor:
        assert visitor.sign_in("newly made", secret).headers["location"] == "/password"
        assert visitor.http.get("/", headers=HTML).headers["location"] == "/password"
        assert visitor.http.get("/user").status_code == 403
        assert visitor.poll().status_code == 403
        assert "One-time password" in visitor.http.get("/password").text

        def change(current: str, password: str, again: str = "") -> httpx.Response:
            form = {"current": current, "password": password, "again": again or password}
            return visitor.http.post("/password", data=form, headers=HTML)

        assert change("wrong", SENTENCE).status_code == 401
        assert change(secret, "short").status_code == 400
        assert change(secret, SENTENCE, "something else entirely").status_code == 400
        assert change(secret, SENTENCE).headers["location"] == "/"
        assert visitor.http.get("/user").json()["display_name"] == "newly made"


def test_changing_the_password_signs_other_browsers_out(running_hub: RunningHub) -> None:
    with Visitor(running_hub.url) as here, Visitor(running_hub.url) as there:
        register(here, "two browsers")
        there.sign_in("two browsers", SENTENCE)
        form = {"current": SENTENCE, "password": f"{SENTENCE}!", "again": f"{SENTENCE}!"}
        assert here.http.post("/password", data=form).status_code == 303
        assert here.http.get("/user").status_code == 200
        assert there.http.get("/user").status_code == 401
        assert "your password was changed" in there.http.get("/login").text


def test_a_stolen_session_is_no_place_to_guess_the_password(running_hub: RunningHub) -> None:
    with Visitor(running_hub.url) as visitor:
        register(visitor, "guessed at")
        form = {"current": "guess", "password": f"{SENTENCE}!", "again": f"{SENTENCE}!"}
        statuses = [visitor.http.post("/password", data=form).status_code for _ in range(6)]
        assert statuses == [401] * 5 + [429]
        assert visitor.http.post("/password", data={**form, "current": SENTENCE}).status_code == 429


# --- in a browser -----------------------------------------------------------------------------------


@pytest.fixture
def open_page(browser: Browser) -> Callable[..., Page]:
    """Open a page in a browser of its own, with what it asks for in ``page.asked``, its errors in ``page.problems``."""

    def open_one(**options: object) -> Page:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        page = context.new_page()
        page.asked, page.problems = [], []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
        page.on("console", lambda said: page.problems.append(said.text) if "Policy" in said.text else None)  # type: ignore[attr-defined]
        context.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
        return page

    return open_one


def sign_in(page: Page, url: str, name: str, password: str = "admin") -> None:
    page.goto(url)
    page.wait_for_url("**/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def wait_for_chat(page: Page) -> None:
    page.wait_for_selector("#chat-input", timeout=60_000)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_signing_in_and_out_in_a_browser(
    running_hub: RunningHub, open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    sign_in(page, running_hub.url, "admin", "wrong")
    page.get_by_role("alert").get_by_text("Wrong name or password").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sign_in(page, running_hub.url, "admin")
    wait_for_chat(page)
    assert page.evaluate("document.documentElement.className").split()[-1] == scheme
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = page.locator("#user-nav-button")
    box = button.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
    button.click()
    page.get_by_role("menuitem").click()
    page.get_by_label("User name").wait_for()
    outside = [url for url in page.asked if not url.startswith((running_hub.url, "data:", "blob:"))]  # type: ignore[attr-defined]
    assert outside == []
    assert len(page.asked) > 10  # type: ignore[attr-defined]
    assert page.problems == []  # type: ignore[attr-defined]


def test_registering_is_throttled(start_hub: Start) -> None:
    with Visitor(start_hub().url) as visitor:
        statuses = [register(visitor, f"bot {number}", "tiny one", "tiny one").status_code for number in range(21)]
        assert set(statuses[:20]) == {400}
        assert statuses[20] == 429


@pytest.mark.browser
def test_registering_in_a_browser_by_keyboard(running_hub: RunningHub, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(running_hub.url)
    page.get_by_role("link", name="Register").click()
    assert page.evaluate("document.activeElement.id") == "name"
    for text in ("keyboard only", "Lamp Works", SENTENCE, SENTENCE):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_chat(page)


@pytest.mark.browser
def test_signing_out_in_one_tab_takes_the_other_along(running_hub: RunningHub, open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, running_hub.url, "admin")
    wait_for_chat(page)
    other = page.context.new_page()
    other.goto(running_hub.url)
    wait_for_chat(other)
    other.wait_for_timeout(500)
    page.locator("#user-nav-button").click()
    page.get_by_role("menuitem").click()
    other.get_by_label("User name").wait_for(timeout=10_000)


@pytest.mark.browser
def test_a_deactivated_person_is_shown_the_door(start_hub: Start, open_page: Callable[..., Page]) -> None:
    running = start_hub()
    with Visitor(running.url) as visitor:
        register(visitor, "short stay")
    page = open_page()
    sign_in(page, running.url, "short stay", SENTENCE)
    wait_for_chat(page)
    page.wait_for_timeout(500)
    hub = open_hub(settings_for(running.home))
    people.edit_person(caller_for(hub, "admin"), "short stay", is_active=False)
    hub.database.close()
    page.get_by_text("You were signed out").wait_for(timeout=60_000)
