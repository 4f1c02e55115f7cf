"""Files in a real browser: attached, dropped, published, asked about, shown and downloaded again."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, Request, Route, expect
from playwright.sync_api import TimeoutError as StillWaiting

from db.tables import StagedFile
from hub.home import Hub
from tests.browsing import last_answer, press, ready, say
from tests.hub.inspecting.files import safetensors_file

pytestmark = pytest.mark.browser

ROWS = b"name,age\n" + b"".join(b"person %d,%d\n" % (number, number % 90) for number in range(500))
_TURN_OVER = """(before) =>
  document.querySelectorAll('[data-step-type="user_message"]').length > before &&
  !document.querySelector("#stop-button")
"""


_CHOOSE = """(input) => {
  const chosen = new DataTransfer()
  chosen.items.add(new File(["x"], "a.exe"))
  input.files = chosen.files
  input.dispatchEvent(new Event("change", {bubbles: true}))
}"""

Enter = Callable[..., Page]


def _is_upload(request: Request) -> bool:
    return "/project/file" in request.url and request.method == "POST"


def attach(page: Page, name: str, content: bytes, text: str = "") -> None:
    """Attach a file, send it with these words, and wait until the turn is over."""
    before = page.locator('[data-step-type="user_message"]').count()
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    for patience in (5000, 5000, 20000):  # while a turn is being closed, no file is taken
        try:
            with page.expect_request(_is_upload, timeout=patience) as asked:
                page.locator("#upload-button-input").set_input_files(files=[file])  # type: ignore[list-item]
            break
        except StillWaiting:
            if patience == 20000:
                raise
    answer = asked.value.response()
    assert answer is not None
    assert answer.status == 200
    page.locator("#chat-input").fill(text)
    page.locator("#chat-submit").click()
    page.wait_for_function(_TURN_OVER, arg=before)


def count_uploads(hub: Hub) -> int:
    with hub.database.read() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(StagedFile)) or 0


def downloaded(page: Page, link: Locator) -> bytes:
    with page.expect_download() as coming:
        link.click()
    return Path(coming.value.path()).read_bytes()


def test_a_model_is_attached_published_and_downloaded(enter: Enter) -> None:
    page = enter()
    content = safetensors_file()
    attach(page, "tiny net.safetensors", content)
    form = page.locator(".hub-form")
    expect(form).to_contain_text("It has 44 parameters.")
    form.get_by_role("button", name="Publish", exact=True).click()
    expect(form.get_by_role("alert").first).to_have_text("This is needed.")
    form.locator("[data-field='model.arch_name']").select_option("rnn")
    form.locator("[data-field='model.media_type']").select_option("text")
    form.locator("[data-field='model.train_name']").select_option("rl")
    form.locator("[data-field='model.task']").get_by_label("regression").check()
    form.locator("[data-field='model.access']").select_option("private")
    form.get_by_role("button", name="Publish", exact=True).click()
    card = page.locator(".hub-card")
    expect(card).to_contain_text("tiny net")
    expect(card).to_contain_text("private")
    expect(form.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    card.locator("summary").click()
    expect(card.get_by_role("region", name="Tensors")).to_contain_text("embed.weight")
    assert downloaded(page, card.get_by_role("link", name="Download")) == content
    page.context.clear_cookies(name=re.compile("_proof$"))  # run out while the page lay open
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 3_600_000 }")
    assert downloaded(page, card.get_by_role("link", name="Download")) == content
    page.reload()
    assert downloaded(page, page.locator(".hub-card").get_by_role("link", name="Download")) == content
    other = enter("bob.tanaka")
    say(other, "/download tiny net")
    expect(last_answer(other)).to_contain_text("There is no model or dataset called")


def test_a_table_is_asked_about_published_and_previewed(enter: Enter) -> None:
    page = enter(viewport={"width": 390, "height": 844}, color_scheme="dark")
    attach(page, "folk.csv", ROWS, "how many rows are there?")
    expect(last_answer(page)).to_contain_text("It has 500 rows.")
    expect(page.locator(".hub-file")).to_contain_text("person 3")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    page.locator(".hub-file").get_by_role("button", name="Publish it").click()
    form = page.locator(".hub-form")
    form.locator("[data-field='dataset.media']").select_option("text")
    form.locator("[data-field='dataset.task']").get_by_label("regression").check()
    form.locator("[data-field='dataset.access']").select_option("public")
    form.get_by_role("button", name="Publish", exact=True).click()
    card = page.locator(".hub-card")
    card.get_by_role("button", name="Preview").click()
    preview = page.locator(".hub-file").last
    expect(preview.get_by_role("region", name="Columns of folk.csv")).to_contain_text("int64")
    assert page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    other = enter("bob.tanaka")
    say(other, "/datasets folk")
    row = other.locator(".hub-table tbody tr").first
    row.hover()
    assert downloaded(other, row.get_by_role("button", name="Download folk")) == ROWS


def test_dangerous_and_discarded_files_are_gone(enter: Enter) -> None:
    page = enter()
    attach(page, "bad.pt", b"cos\nsystem\n(S'true'\ntR.")
    expect(page.locator("[data-step-type]").last).to_contain_text("would call os.system")
    attach(page, "folk two.csv", ROWS)
    form = page.locator(".hub-form")
    link = page.locator("a.inline-file[download='folk two.csv']").get_attribute("href")
    assert link is not None
    assert page.request.get(link).body() == ROWS
    form.get_by_role("button", name="Discard the file").click()
    expect(form.get_by_role("status")).to_have_text("The file is discarded.")
    assert page.request.get(link).status == 404


def test_records_that_come_with_a_message_are_loaded_by_their_plan(enter: Enter) -> None:
    records = {"affiliation": [{"affil_name": name} for name in ("Moorland", "Bluemesa AI")]}
    content = json.dumps(records).encode()
    page = enter("admin")
    attach(page, "more.json", content, "what is in there?")
    plan = ready(page)
    expect(plan).to_contain_text("Load more.json")
    expect(plan).to_contain_text("1 added, 1 there already: Bluemesa AI")
    press(plan, "Load", "Loaded 1 of affiliation")
    attach(page, "more.json", content, "/load")
    expect(page.locator("[data-step-type]").last).to_contain_text("There is nothing to load from more.json")
    other = enter("bob.tanaka")
    attach(other, "more.json", content)
    expect(other.locator("[data-step-type]").last).to_contain_text("You may not load records")
    expect(other.locator(".hub-plan")).to_have_count(0)


def test_a_large_file_is_dropped_paused_and_resumed(enter: Enter, tmp_path: Path) -> None:
    page = enter()
    say(page, "/upload Big Net")
    drop = page.locator(".hub-drop")
    file = tmp_path / "big.bin"
    file.write_bytes(b"\xff" + os.urandom(40 << 20))
    held: list[Route] = []
    page.route("**/api/uploads/*", lambda route: held.append(route) if route.request.method == "PUT" and not held
               else route.continue_())  # fmt: skip
    drop.locator("input[type=file]").set_input_files(file)
    expect(drop.get_by_role("progressbar")).to_be_visible()
    drop.get_by_role("button", name="Pause").click()
    expect(drop.get_by_role("status")).to_contain_text("Stopped at")
    page.unroute("**/api/uploads/*")
    drop.get_by_role("button", name="Go on").click()
    form = page.locator(".hub-form")
    expect(form.locator("[data-field='model.model_name']")).to_have_value("Big Net", timeout=60_000)
    expect(drop.get_by_role("status")).to_contain_text("Uploaded")
    for name, value in (("arch_name", "cnn"), ("media_type", "image"), ("train_name", "rl"), ("access", "private")):
        form.locator(f"[data-field='model.{name}']").select_option(value)
    form.locator("[data-field='model.task']").get_by_label("detection").check()
    form.get_by_role("button", name="Publish", exact=True).click()
    card = page.locator(".hub-card")
    assert downloaded(page, card.get_by_role("link", name="Download")) == file.read_bytes()
    card.get_by_role("button", name="Versions").click()
    expect(page.locator(".hub-versions")).to_contain_text("Version 1: big.bin")


@pytest.mark.parametrize("held", ["POST", "PUT"])
def test_a_drop_that_is_cancelled_leaves_nothing(enter: Enter, served_hub: Hub, tmp_path: Path, held: str) -> None:
    page = enter()
    say(page, "/upload ")
    drop = page.locator(".hub-drop")
    drop.locator("input[type=file]").set_input_files(files=[{"name": "a.exe", "mimeType": "", "buffer": b"x"}])  # type: ignore[list-item]
    expect(drop.get_by_role("alert")).to_contain_text("not taken")
    file = tmp_path / "big.csv"
    file.write_bytes(ROWS * 3000)
    routes: list[Route] = []
    uploads = re.compile(r"/api/uploads\b")
    page.route(uploads, lambda route: routes.append(route) if route.request.method == held else route.continue_())
    before = count_uploads(served_hub)
    with page.expect_request(lambda request: request.method == held):
        drop.locator("input[type=file]").set_input_files(file)
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        drop.get_by_role("button", name="Cancel").click()
        if held == "POST":  # the hub answers only after the person has left
            routes[0].continue_()
    assert gone.value.status == 204
    expect(drop.get_by_text("Drop a model or a dataset here")).to_be_visible()
    page.unroute(uploads)
    assert count_uploads(served_hub) == before


def test_a_file_is_taken_that_was_chosen_while_the_chat_was_drawn_anew(enter: Enter) -> None:
    page = enter()
    say(page, "/upload ")
    drop = page.locator(".hub-drop")
    say(page, "hello")
    former = drop.locator("input[type=file]").element_handle()
    page.locator("#new-chat-button").first.click()
    page.wait_for_selector(".hub-home")
    page.get_by_role("link", name="/upload").first.click()
    drop.wait_for()
    assert not former.evaluate("(input) => input.isConnected")
    former.evaluate(_CHOOSE)
    expect(drop.get_by_role("alert")).to_contain_text("not taken")
