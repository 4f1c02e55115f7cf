"""Sharing in real browsers: invited, accepted, downloaded, taken back; after that nothing of it opens any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from hub import artifacts, invitations, keys, sharing, staging
from hub.access import Caller
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
        let_in(hub, alice, "Zap Deep", 200)
        let_in(hub, alice, "Zap Far", 1)

    def let_in(hub: Hub, alice: Caller, name: str, chunks: int) -> None:
        """A private model of alice's that carlos may open."""
        staged = staging.stage(alice, (bytes(CHUNK) for _ in range(chunks)), "zap.bin")
        record = {**MODEL, "model_name": name, "visibility": "private"}
        made = artifacts.publish_new(alice, staged.ref, "model", record)
        sent = sharing.invite(alice, "model", made.item_id, "carlos")
        invitations.accept(enter_hub(hub, "carlos", "admin"), sent.invitation_id)

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


def test_sealed_anew_after_a_revoke(enter: Enter, served_hub: Hub) -> None:
    stored = served_hub.settings.hub_home / "artifacts"
    alice = enter("alice")
    press(plan_of(alice, "/revoke Zap Deep from carlos"), "Take back", "carlos has no access to Zap Deep any more")
    before = {path.name for path in stored.rglob("*") if path.stat().st_size > 100 * CHUNK}
    offer = last_answer(alice)
    expect(offer).to_contain_text("The files of Zap Deep are still sealed under the keys from before:")
    offer.get_by_role("button", name="Seal them anew").click()
    expect(alice.locator(".hub-plan")).to_have_count(2)
    plan = ready(alice, 2)
    expect(plan).to_contain_text("209,715,200 bytes, under its present key")
    plan.get_by_role("button", name="Seal anew").click()
    expect(plan.get_by_role("progressbar")).to_be_visible()
    expect(plan.get_by_role("status")).to_contain_text("It goes on without this page.")
    assert violations(alice, ".hub-plan") == []
    done = "Zap Deep: 1 file is sealed under a fresh key. The keys from before open nothing that is stored."
    expect(plan.get_by_role("status")).to_contain_text(done)
    after = {path.name for path in stored.rglob("*") if path.stat().st_size > 100 * CHUNK}
    assert (len(before), len(after), before & after) == (1, 1, set())
    alice.reload()
    expect(alice.locator(".hub-plan").last.get_by_role("status")).to_contain_text(done)
    say(alice, "/show Zap Deep")
    with alice.expect_download() as coming:
        alice.locator(".hub-card").last.get_by_role("link", name="Download").click()
    assert coming.value.path().stat().st_size == 200 * CHUNK
    plan = plan_of(alice, "please give it fresh keys")
    expect(plan.get_by_role("button", name="Seal anew")).to_be_enabled()


def test_a_page_whose_connection_comes_back_after_a_revoke_opens_nothing(enter: Enter) -> None:
    alice, carlos = enter("alice"), enter("carlos")
    say(carlos, "/show Zap Far")
    address = carlos.locator(".hub-card").last.get_by_role("link", name="Download").get_attribute("href")
    connections = carlos.evaluate("() => window.sockets.length")
    carlos.context.set_offline(True)
    carlos.wait_for_function("() => window.sockets.every((one) => one.readyState > 1)")
    press(plan_of(alice, "/revoke Zap Far from carlos"), "Take back", "carlos has no access to Zap Far any more")
    carlos.context.set_offline(False)
    carlos.wait_for_function(
        "(before) => window.sockets.slice(before).some((one) => one.readyState === 1)", arg=connections
    )
    say(carlos, "/show Zap Far")
    expect(last_answer(carlos)).to_contain_text("There is no model or dataset called")
    say(carlos, "/download Zap Far")
    expect(last_answer(carlos)).to_contain_text("There is no model or dataset called")
    assert carlos.evaluate("async (link) => (await fetch(link)).status", address) == 404
