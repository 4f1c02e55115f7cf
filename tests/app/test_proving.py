"""Cookies without the key, as a thief has them, and proofs that nobody notices: over the wire and in a real browser."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.app.wire import Chat, Visitor
from tests.running import RunningHub

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HTML = {"Accept": "text/html"}
LIFE = 8.0  # seconds that a proof is good for here
CONTENT = (
    *("/user", "/project/settings", "/files/model/1/latest", "/api/uploads/x"),
    *(f"/project/thread/{uuid.uuid4()}", f"/chat-elements/{uuid.uuid4()}"),
)


@pytest.fixture(scope="module")
def short_hub(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[RunningHub]:
    """A running hub whose proofs run out in seconds, with all its tests' waiting done side by side."""
    home = tmp_path_factory.mktemp("short") / "hub"
    shutil.copytree(demo_home, home)
    running = RunningHub.start(home, {"PROOF_MINUTES": str(LIFE / 60)})
    yield running
    running.stop()


@pytest.fixture
def visitor(short_hub: RunningHub) -> Iterator[Visitor]:
    with Visitor(short_hub.url) as opened:
        yield opened


def asked_to_prove(url: str, cookie: str, **headers: str) -> bool:
    """Whether nothing that holds content opens with these cookies, and a program is told what to do about it."""
    carried = {"Cookie": cookie, **headers}
    answers = [httpx.get(url + path, headers=carried) for path in CONTENT]
    answers.append(
        httpx.post(f"{url}/project/threads", headers=carried, json={"pagination": {"first": 1}, "filter": {}})
    )
    answers.append(httpx.post(f"{url}/project/action", headers=carried, json={}))
    answers.append(httpx.get(f"{url}/ws/socket.io/?EIO=4&transport=polling", headers=carried))
    asks = [a.status_code == 401 and a.headers.get("WWW-Authenticate", "").startswith("Proof ") for a in answers]
    page = httpx.get(f"{url}/thread/x", headers={**carried, **HTML})
    asks.append(page.status_code == 303 and page.headers["location"] == "/prove?next=/thread/x")
    try:
        Visitor(url).websocket(cookie).close()
        asks.append(False)
    except InvalidStatus as refused:
        asks.append(refused.response.status_code == 403)
    assert len(set(asks)) == 1, asks
    return asks[0]


# --- over the wire --------------------------------------------------------------------------------


def test_a_session_without_a_key_is_good_for_binding_one_and_for_leaving(visitor: Visitor) -> None:
    visitor.sign_in("alice", prove=False)
    assert asked_to_prove(visitor.url, visitor.cookie)
    assert visitor.http.get("/password", headers=HTML).headers["location"] == "/prove?next=/password"
    assert "/public/prove.js" in visitor.http.get("/prove").text
    answer = visitor.prove()
    assert answer.json() == {"seconds": LIFE}
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert not asked_to_prove(visitor.url, visitor.cookie)
    assert visitor.http.post("/logout").status_code == 200
    assert len(visitor.http.cookies) == 0


def test_who_holds_the_cookies_alone_binds_no_key_and_answers_nothing(visitor: Visitor) -> None:
    visitor.sign_in("alice")
    with Visitor(visitor.url) as thief:
        thief.http.cookies = httpx.Cookies(visitor.http.cookies)
        for _ in range(3):
            assert thief.prove().status_code == 403
        answer = visitor.key.answer(visitor.http.post("/session/challenge").json())
        assert visitor.http.post("/session/proof", json=answer).status_code == 200
        assert thief.http.post("/session/proof", json=answer).status_code == 403  # overheard, and sent again
        assert visitor.http.post("/session/proof", json=answer).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"nonce": 1}', b'{"nonce": null}', b"\xff\xfe", b"[" * 9000]
)
def test_what_is_no_proof_is_told_so(visitor: Visitor, body: bytes) -> None:
    visitor.sign_in("alice")
    answer = visitor.http.post("/session/proof", content=body)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_stolen_cookies_are_good_for_minutes_while_the_browser_goes_on(visitor: Visitor) -> None:
    visitor.sign_in("alice")
    stolen = visitor.cookie
    assert not asked_to_prove(visitor.url, stolen)
    tapped = Chat(Visitor(visitor.url).websocket(stolen))  # the thief's own connection, which answers nothing
    visitor.prove()
    chat = visitor.chat()
    chat.listen(LIFE + 1.5)
    chat.say("how many models are there?")  # the browser's own connection was asked, answered, and stayed
    chat.hear("task_start")
    chat.hear("task_end")
    assert asked_to_prove(visitor.url, stolen)
    assert not any("signed-out" in frame for frame in tapped.rest(5))  # closed; the page would connect anew
    visitor.prove()
    assert not asked_to_prove(visitor.url, visitor.cookie)


def test_where_one_may_be_sent_on_to(visitor: Visitor) -> None:
    visitor.sign_in("alice")
    for target, kept in (
        ("/thread/x", True),
        ("/password", True),
        ("/project/thread/x?y=1", True),
        ("//evil.example", False),
        ("https://evil.example", False),
        ("/\\evil.example", False),
        ("/logout", False),
        ("/prove", False),
        ('/"><script>', False),
    ):
        shown = visitor.http.get("/prove", params={"next": target}).text
        assert f'data-next="{target if kept else "/"}"' in shown, target


# --- in a browser -----------------------------------------------------------------------------------


class Tab:
    """A page of a browser, with what went wrong in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda said: self.problems.append(said.text) if "Policy" in said.text else None)

    def sign_in(self, url: str, name: str = "alice") -> None:
        self.page.goto(f"{url}/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", "admin")
        self.page.click("button[type=submit]")

    def say(self, text: str) -> None:
        """Type a message and wait until its turn is over."""
        before = self.page.locator('[data-step-type="user_message"]').count()
        self.page.fill("#chat-input", text)
        self.page.press("#chat-input", "Enter")
        self.page.wait_for_function(ANSWERED, arg=before)

    def keys(self) -> Any:
        return self.page.evaluate(READ_KEYS)


ANSWERED = """(before) => {
  const kinds = [...document.querySelectorAll("[data-step-type]")].map((step) => step.dataset.stepType);
  const asked = kinds.filter((kind) => kind === "user_message").length;
  return asked > before && kinds.at(-1) !== "user_message" && !document.querySelector("#stop-button");
}"""
READ_KEYS = """async () => {
  const db = await new Promise((resolve) => {
    const opening = indexedDB.open('hub');
    opening.onsuccess = () => resolve(opening.result);
  });
  const pairs = await new Promise((resolve) => {
    const reading = db.transaction('keys').objectStore('keys').getAll();
    reading.onsuccess = () => resolve(reading.result);
  });
  const given = await Promise.allSettled(
    pairs.flatMap(({ privateKey }) => ['pkcs8', 'jwk', 'raw'].map((form) => crypto.subtle.exportKey(form, privateKey))),
  );
  return { count: pairs.length, given: given.filter(({ status }) => status === 'fulfilled').length };
}"""
LIST_CONVERSATIONS = """async () => {
  const body = JSON.stringify({ pagination: { first: 1 }, filter: {} });
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch('/project/threads', { method: 'POST', headers, body })).status;
}"""
COUNT_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...all) { super(...all); window.sockets.push(this); }
  };
"""


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Open a tab in a browser of its own, or beside another."""
    contexts: list[BrowserContext] = []

    def open_one(beside: Tab | None = None, script: str = "", **options: Any) -> Tab:
        context = beside.page.context if beside else browser.new_context(**options)
        if beside is None:
            contexts.append(context)
            context.add_init_script(COUNT_SOCKETS + script)
        return Tab(context)

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_nobody_notices_the_proofs(short_hub: RunningHub, open_tab: Callable[..., Tab]) -> None:
    """Two tabs of one browser over several lives of a proof, then asleep for longer than one."""
    tab = open_tab()
    tab.sign_in(short_hub.url)
    tab.page.wait_for_selector(".hub-home")
    other = open_tab(beside=tab)
    other.page.goto(short_hub.url)
    other.page.wait_for_selector(".hub-home")
    assert tab.keys() == {"count": 1, "given": 0}
    proofs: list[int] = []
    tab.page.context.on("response", lambda got: proofs.append(got.status) if "/session/proof" in got.url else None)
    tab.page.wait_for_timeout(LIFE * 1.25 * 1000)
    for each in (tab, other):
        each.say("how many models are there?")
        assert each.page.evaluate("window.sockets.filter((socket) => socket.readyState === 1).length") == 1
        assert each.page.evaluate("window.sockets.length") == 1  # the connection that was there stayed
    assert len(proofs) >= 2
    assert set(proofs) == {200}

    sleeper = tab.page.context.new_cdp_session(tab.page)
    sleeper.send("Debugger.enable")
    sleeper.send("Debugger.pause")
    other.page.wait_for_timeout((LIFE + 1) * 1000)
    sleeper.send("Debugger.disable")
    tab.page.wait_for_function("window.sockets.length > 1 && window.sockets.at(-1).readyState === 1")
    tab.say("how many datasets are there?")
    assert tab.page.url.startswith(f"{short_hub.url}/thread/")
    assert tab.problems == other.problems == []


@pytest.mark.browser
def test_what_comes_too_late_is_asked_for_and_sent_again(short_hub: RunningHub, open_tab: Callable[..., Tab]) -> None:
    """When the last proof has run out: the next request is answered all the same, and an old address leads there."""
    tab = open_tab()
    tab.sign_in(short_hub.url)
    tab.page.wait_for_selector(".hub-home")
    run_out = re.compile("_proof$")
    tab.page.context.clear_cookies(name=run_out)
    status = tab.page.evaluate(LIST_CONVERSATIONS)
    assert status == 200

    tab.page.context.clear_cookies(name=run_out)
    tab.page.goto(f"{short_hub.url}/?x=1")
    tab.page.wait_for_selector("#chat-input")
    assert tab.page.url == f"{short_hub.url}/?x=1"

    tab.page.evaluate("indexedDB.deleteDatabase('hub')")
    tab.page.goto(f"{short_hub.url}/prove")
    tab.page.get_by_role("alert").get_by_text("no longer has the key").wait_for()
    tab.page.get_by_role("button", name="Sign in again").click()
    tab.page.get_by_label("User name").wait_for()
    assert tab.problems == []


WITHOUT = {
    "begins with https://": "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });",
    "private window": "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };",
}


@pytest.mark.browser
@pytest.mark.parametrize("advice", WITHOUT)
def test_a_browser_that_keeps_no_key_is_told_before_the_password(
    short_hub: RunningHub, open_tab: Callable[..., Tab], advice: str
) -> None:
    tab = open_tab(script=WITHOUT[advice])
    for path in ("/register", "/login"):
        tab.page.goto(short_hub.url + path)
        tab.page.locator("#no-keys").get_by_text(advice).wait_for()
        assert tab.page.locator("#no-keys span:visible").count() == 1
    tab.sign_in(short_hub.url)
    tab.page.wait_for_url("**/prove?next=/")
    tab.page.locator("#no-keys").get_by_text(advice).wait_for()
    assert tab.page.locator("#wait, #failed, #lost").and_(tab.page.locator(":visible")).count() == 0


@pytest.mark.browser
def test_with_scripts_off_the_page_says_what_is_missing(short_hub: RunningHub, open_tab: Callable[..., Tab]) -> None:
    tab = open_tab(java_script_enabled=False)
    tab.page.goto(f"{short_hub.url}/login")
    assert "Scripts are switched off" in tab.page.locator("noscript").first.inner_html()
