"""Sharing in real browsers: invited, accepted, downloaded, taken back; after that nothing of it opens any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub import artifacts, keys, staging
from hub.home import Hub
from secure.container import CHUNK
from tests.browsing import last_answer, plan_of, press, ready, say, violations
from tests.conftest import caller_for
from tests.hub.files import MODEL
from tests.proving import enter as enter_hub

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]
SIZE = 64 * CHUNK

_READ = """async (link) => {
  const answer = await fetch(link, { headers: { Range: "bytes=0-" } })
  const reader = answer.body.getReader()
  let size = (await reader.read()).value.length
  window.goOn = async () => {
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return ["whole", size]
        size += value.length
      }
    } catch { return ["cut", size] }
  }
  return answer.status
}"""


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    def put_in(hub: Hub) -> None:
        keys.give_demo_keys(hub, [caller_for(hub, name).user_id or 0 for name in ("alice", "carlos")])
        alice = enter_hub(hub, "alice", "admin")
        staged = staging.stage(alice, (bytes(CHUNK) for _ in range(64)), "zap.bin")
        record = {**MODEL, "model_name": "Zap Net", "visibility": "private"}
        artifacts.publish_new(alice, staged.ref, "model", record)

    return put_in


def test_shared_accepted_downloaded_and_taken_back(enter: Enter) -> None:
    alice, carlos = enter("alice"), enter("carlos")
    say(carlos, "/show Zap Net")
    expect(last_answer(carlos)).to_contain_text("There is no model or dataset called")
    say(alice, "/share Zap Net")
    expect(alice.locator(".hub-listing")).to_contain_text("Nobody but you.")
    form = alice.locator(".hub-form")
    form.locator("[data-field='people']").get_by_label("carlos").check()
    form.locator("[data-field='note']").fill("have a look")
    form.get_by_role("button", name="Continue").click()
    press(ready(alice), "Invite", "carlos is invited to Zap Net")

    carlos.goto("/")
    carlos.get_by_role("button", name="An invitation waits for you").click()
    inbox = carlos.locator(".hub-listing")
    expect(inbox).to_contain_text("alice/Zap Net")
    expect(inbox).to_contain_text("have a look")
    assert violations(carlos, ".hub-listing") == []
    inbox.get_by_role("button", name="Accept").click()
    press(ready(carlos), "Accept", "You may see it and download its files: alice/Zap Net.")
    say(carlos, "/show Zap Net")
    link = carlos.locator(".hub-card").last.get_by_role("link", name="Download")
    with carlos.expect_download() as coming:
        link.click()
    assert coming.value.path().stat().st_size == SIZE

    address = link.get_attribute("href")
    assert carlos.evaluate(_READ, address) == 206, "a range that is running when access is taken back"
    say(alice, "who has access to Zap Net?")
    expect(last_answer(alice)).to_contain_text("carlos: may see it and download its files")
    plan = plan_of(alice, "take Zap Net back from carlos")
    expect(plan).to_contain_text("Nothing recalls what was downloaded before.")
    press(plan, "Take back", "carlos has no access to Zap Net any more")

    came_to, size = carlos.evaluate("() => window.goOn()")
    assert came_to == "cut"
    assert size < SIZE
    assert carlos.evaluate("async (link) => (await fetch(link)).status", address) == 404, "the next request"
    say(carlos, "/download Zap Net")
    expect(last_answer(carlos)).to_contain_text("There is no model or dataset called")
    carlos.reload()
    say(carlos, "/show Zap Net")
    expect(last_answer(carlos)).to_contain_text("There is no model or dataset called")
    say(carlos, "/invitations")
    expect(carlos.locator(".hub-listing").last).to_contain_text("Nobody waits for your answer.")
    say(alice, "/revoke Zap Net")
    expect(alice.locator(".hub-listing").last).to_contain_text("Nobody but you.")
