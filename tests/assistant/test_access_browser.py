"""axe-core finds nothing serious on the hub's own pages, nor in what it shows in the chat, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from hub import plans
from hub.home import Hub
from hub.publishing import publish_upload
from hub.staging import stage
from hub.trash import PLAN_DELETE
from tests.browsing import DEMO_PASSWORD, say, violations
from tests.hub.inspecting.files import safetensors_file
from tests.proving import enter as sign_in
from tests.running import RunningHub

pytestmark = pytest.mark.browser

Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def hub_env() -> dict[str, str]:
    """Who registers waits for approval."""
    return {"REGISTRATION": "approval"}


@pytest.fixture(scope="module")
def host() -> str:
    """Who may see everything there is."""
    return "admin"


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """Files with what the hub read in them, and something in the trash."""

    def put(hub: Hub) -> None:
        admin = sign_in(hub, "admin", DEMO_PASSWORD)
        model = {
            "model_name": "Tiny",
            "media_type": "text",
            "arch_name": "rnn",
            "train_name": "rl",
            "task": ["detection"],
        }
        publish_upload(admin, stage(admin, [safetensors_file()], "tiny.safetensors").ref, "model", model)
        data = {"ds_name": "Folk", "media": "text", "task": ["classification"]}
        publish_upload(admin, stage(admin, [b"name,age\nada,36\ngrace,85\n"], "folk.csv").ref, "dataset", data)
        gone = publish_upload(
            admin, stage(admin, [b"a,b\n1,2\n"], "old.csv").ref, "dataset", {**data, "ds_name": "Old"}
        )
        plans.confirm(admin, PLAN_DELETE["dataset"](admin, [gone.item_id]).plan_id)

    return put


SHOWN = (
    (".hub-table", "which CNNs have more than 20M parameters?"),
    (".hub-chart", "chart them by media type"),
    (".hub-card", "/show Tiny"),
    (".hub-form", "/edit Tiny"),
    (".hub-plan", "/edit Tiny visibility=private"),
    (".hub-versions", "/versions Tiny"),
    (".hub-file", "/preview Folk"),
    (".hub-lineage", "/lineage imagenet-1k"),
    (".hub-form", "/find models"),
    (".hub-form", "/register "),
    (".hub-form", "/create-user "),
    (".hub-form", "/edit-user chidi"),
    (".hub-table", "/users "),
    (".hub-plan", "/remove-user chidi"),
    (".hub-form", "/audit "),
    (".hub-drop", "/upload "),
    (".hub-trash", "/trash "),
    (".message-content p", "/profile "),
)
"""What the chat shows, and what brings it."""


def test_nobody_is_kept_out_of_the_pages(browser: Browser, served: RunningHub) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(base_url=served.url, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        for path in ("/login", "/register", "/nowhere"):
            page.goto(path)
            assert violations(page) == [], (path, scheme)
        context.close()


def test_nobody_is_kept_out_of_the_chat(enter: Enter) -> None:
    page = enter()
    found = violations(page, ".hub-home")
    for shown, command in SHOWN:
        say(page, command)
        page.locator(shown).last.wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.reload()
        expect(page.locator(".hub-form")).to_have_count(sum(shown == ".hub-form" for shown, _ in SHOWN))
        page.locator(".hub-table").first.get_by_role("button", name="resnet152", exact=True).click()
        page.locator("#side-view-content .hub-card").wait_for()
        page.wait_for_timeout(300)  # until what fades in is there
        found += [f"{scheme}: {said}" for said in violations(page, ", ".join({shown for shown, _ in SHOWN}))]
    page.goto("/password")
    found += violations(page)
    assert found == []
