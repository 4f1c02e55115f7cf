"""People in browsers: each signs in once for a file of tests, and what the tests do with the chat's page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as StillWaiting

PATIENCE = 40_000
"""Milliseconds: a machine of two cores runs another browser beside this one."""
DEMO_PASSWORD = "admin"
USER, ASSISTANT, TOOL = (f'[data-step-type="{kind}"]' for kind in ("user_message", "assistant_message", "tool"))
ANSWERED = """(before) => {
  const kinds = [...document.querySelectorAll("[data-step-type]")].map((step) => step.dataset.stepType);
  const asked = kinds.filter((kind) => kind === "user_message").length;
  const answered = kinds.lastIndexOf("assistant_message") > kinds.lastIndexOf("user_message");
  return asked > before && answered && !document.querySelector("#stop-button");
}"""
_SENT = """(before) => document.querySelectorAll('[data-step-type="user_message"]').length > before"""
_SETTLED = """() => location.pathname !== "/" || innerWidth < 768"""
"""The first turn of a chat moves to an address of its own, where there is a sidebar, and draws everything anew."""
_COUNT_SOCKETS = """
  window.sockets = [];
  window.WebSocket = class extends WebSocket {
    constructor(...all) { super(...all); window.sockets.push(this); }
  };
"""
_DESKTOP = {"width": 1280, "height": 720}


class People:
    """The people at one hub. Each keeps one browser with one page, so signing in and loading the page's program
    happens once; what they ask other hosts for is kept in ``strayed``, what their pages do against their
    Content-Security-Policy in ``refused``."""

    def __init__(self, browser: Browser, url: str, host: str) -> None:
        self.strayed: set[str] = set()
        self.refused: list[str] = []
        self._browser = browser
        self._host = host
        self._hosts = {url}
        self._url = url
        self._pages: dict[str, Page] = {}
        self._apart: list[BrowserContext] = []

    def enter(
        self,
        name: str = "",
        *,
        url: str = "",
        apart: bool = False,
        viewport: dict[str, int] | None = None,
        color_scheme: str = "light",
        watch: Callable[[Page], None] = lambda page: None,
    ) -> Page:
        """A person's page with a new chat, the host's when nobody is named. ``apart``: in another browser, signed in
        anew, until the end of the test; so it is at the ``url`` of another hub. ``watch`` sees a new page before
        it loads anything."""
        name, stays = name or self._host, not (apart or url)
        page = self._pages.get(name) if stays else None
        if page is None:
            page = self._open(url or self._url, stays=stays)
            self._dress(page, viewport, color_scheme)
            watch(page)
            sign_in(page, name, DEMO_PASSWORD)
            if stays:
                self._pages[name] = page
        else:
            self._dress(page, viewport, color_scheme)
            page.evaluate("localStorage.clear()")
            page.goto("/")
        page.wait_for_selector(".hub-home")
        return page

    def _open(self, url: str, *, stays: bool) -> Page:
        self._hosts.add(url)
        context = self._browser.new_context(base_url=url)
        if not stays:
            self._apart.append(context)
        context.on("request", lambda request: self._note(request.url))
        context.on("console", lambda said: self.refused.append(said.text) if "Security Policy" in said.text else None)
        context.add_init_script(_COUNT_SOCKETS)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    def _dress(self, page: Page, viewport: dict[str, int] | None, color_scheme: Any) -> None:
        page.set_viewport_size(viewport or _DESKTOP)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=color_scheme)

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https") and not url.startswith(tuple(self._hosts)):
            self.strayed.add(url)

    def tidy(self) -> None:
        """Close what one test opened beside the pages that stay."""
        while self._apart:
            self._apart.pop().close()
        for page in self._pages.values():
            for other in page.context.pages:
                if other is not page:
                    other.close()

    def close(self) -> None:
        """Close every browser."""
        self.tidy()
        for page in self._pages.values():
            page.context.close()


def sign_in(page: Page, name: str, password: str) -> None:
    """Fill in the sign-in page and send it."""
    page.goto("/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")


def say(page: Page, text: str) -> None:
    """Type a message and wait until the turn is over."""
    before = page.locator(USER).count()
    send(page, text)
    page.wait_for_function(ANSWERED, arg=before)
    page.wait_for_function(_SETTLED)


def send(page: Page, text: str) -> None:
    """Type a message and wait until the page has taken it."""
    before = page.locator(USER).count()
    for patience in (4000, 4000, 20000):  # while a turn is being closed none is taken, and a page drawn anew is empty
        page.locator("#chat-input").fill(text)
        with suppress(StillWaiting):
            page.locator("#chat-submit:not([disabled])").wait_for(timeout=patience)
            break
    page.locator("#chat-input").press("Enter")
    with suppress(StillWaiting):
        page.wait_for_function(_SENT, arg=before, timeout=3000)
        return
    page.locator("#chat-input").press("Enter")
    page.wait_for_function(_SENT, arg=before)


def last_answer(page: Page) -> Locator:
    return page.locator(ASSISTANT).last


def last_table(page: Page) -> list[list[str]]:
    """The rows of the table in the last answer, as they are shown."""
    table = last_answer(page).locator(".hub-table")
    table.locator("tbody tr").first.wait_for()
    rows: list[list[str]] = table.locator("tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    return rows


def number(text: str) -> int:
    return int(text.replace(",", ""))


_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_RUN = """async (within) => {
  const found = await axe.run(within || document, {resultTypes: ["violations"]});
  return found.violations.filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html.slice(0, 160)).join(" | ")}`);
}"""


def violations(page: Page, within: str = "") -> list[str]:
    """What axe-core calls serious or critical on the page, or in the elements of a selector."""
    page.evaluate(_AXE)
    found: list[str] = page.evaluate(_RUN, within)
    return found


# --- forms and plans ------------------------------------------------------------------------------


def form_of(page: Page, text: str) -> Locator:
    """The form that a command comes to."""
    say(page, text)
    return page.locator(".hub-form").last


def plan_of(page: Page, text: str) -> Locator:
    """The plan that a command comes to, its buttons ready."""
    say(page, text)
    return ready(page)


def ready(page: Page, count: int | None = None) -> Locator:
    """The last plan (of so many), its buttons ready."""
    plans = page.locator(".hub-plan")
    if count is not None:
        expect(plans).to_have_count(count)
    expect(plans.last.get_by_role("button", name="Cancel")).to_be_enabled()
    return plans.last


def press(plan: Locator, button: str, said: str) -> None:
    """Press a plan's button and wait for what it says."""
    plan.get_by_role("button", name=button, exact=True).click()
    expect(plan.get_by_role("status")).to_contain_text(said)
