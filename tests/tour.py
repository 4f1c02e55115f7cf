"""Takes the pictures of docs/tour.md: every command's flow on the demo data, in light, dark and on a telephone.

    python -m tests.tour [WORD]      those with this word in their name; all without it

Each picture is what a person sees after these messages; look at them before they are kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browsing import People, say
from tests.hub.inspecting.files import safetensors_file
from tests.running import PROGRAM, RunningHub, find_browser

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WIDE, TELEPHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ROWS = b"city,year,visitors\n" + b"".join(b"City %d,%d,%d\n" % (at, 2000 + at % 25, at * 917) for at in range(400))
RECORDS = {
    "affiliation": [{"affil_name": "Moorland Institute"}, {"affil_name": "Bluemesa AI"}],
    "dataset": [{"ds_name": "moor-birds", "media": "audio", "ds_size": 5200, "task": ["classification"]}],
}
Act = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of what ``who`` sees after these messages, and after what is done with the last of them."""

    name: str
    says: tuple[str, ...]
    who: str = "alice"
    then: Act = lambda _page: None
    dark: bool = False
    telephone: bool = False


def press(name: str, *, first: bool = False) -> Act:
    """Press a button of this name, and see what comes of it."""

    def act(page: Page) -> None:
        buttons = page.locator("[data-step-type], #side-view-content").get_by_role("button", name=name, exact=True)
        (buttons.first if first else buttons.last).click()

    return act


def attach(name: str, content: bytes, text: str = "") -> Act:
    """Send a file with these words."""

    def act(page: Page) -> None:
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        with page.expect_response(lambda answer: "/project/file" in answer.url and answer.request.method == "POST"):
            page.locator("#upload-button-input").set_input_files(files=[file])  # type: ignore[list-item]
        page.locator("#chat-input").fill(text)
        page.locator("#chat-submit").click()
        page.locator(".hub-form, .hub-plan, .hub-file").last.wait_for()

    return act


def fill(form: str, values: dict[str, str], button: str) -> Act:
    """Fill in the last form: its texts and choices by name, its boxes by label, then press its button."""

    def act(page: Page) -> None:
        last = page.locator(".hub-form").last
        for name, value in values.items():
            field = last.locator(f"[data-field='{form}{name}']")
            if field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(value)
            elif field.evaluate("(one) => one.tagName") in ("INPUT", "TEXTAREA"):
                field.fill(value)
            else:
                field.get_by_label(value, exact=True).check()
        last.get_by_role("button", name=button, exact=True).click()

    return act


def both(*acts: Act) -> Act:
    """One after the other."""

    def act(page: Page) -> None:
        for one in acts:
            one(page)
            page.wait_for_timeout(1200)

    return act


NET = {"arch_name": "rnn", "media_type": "text", "train_name": "rl", "task": "regression", "access": "private"}
CITIES = {"media": "text", "task": "regression", "access": "public"}
LETTER = {"people": "carlos", "note": "have a look"}
CNNS = "which CNNs have more than 20M parameters?"

PICTURES = (
    Picture("home", ()),
    Picture("ask", (CNNS,)),
    Picture("ask-390", (CNNS,), dark=True, telephone=True),
    Picture("charts", (CNNS, "chart them by media type")),
    Picture("charts-insight-dark", ("/insights parameters fine-tuned transformers",), "admin", dark=True),
    Picture("charts-390", ("heat map of models by media type and task",), telephone=True),
    Picture("sql-dark", ("/sql SELECT model_name, param_num FROM model ORDER BY param_num DESC",), dark=True),
    Picture("models", ("/models bert",)),
    Picture("export-390", (CNNS, "/export csv"), dark=True, telephone=True),
    Picture("help-dark", ("/help ",), dark=True),
    Picture("find", ("/find models",)),
    Picture("find-390", ("/find datasets",), telephone=True, dark=True),
    Picture("found", ("/find models media_type = text, param_num > 1000000000",)),
    Picture("register", ("/register ",)),
    Picture("register-390", ("/register dataset",), telephone=True),
    Picture("edit-dark", ("/edit resnet18",), "bob.tanaka", dark=True),
    Picture("edit-plan", ("/edit resnet18 visibility=private",), "bob.tanaka"),
    Picture("edit-words-390", ("set the media type of my models to audio",), "bob.tanaka", telephone=True, dark=True),
    Picture("show", ("/show resnet18",), "bob.tanaka"),
    Picture("lineage-dark", ("/lineage resnet50",), dark=True),
    Picture("lineage-390", ("/lineage imagenet-1k",), telephone=True),
    Picture("delete-dark", ("/delete resnet34",), "bob.tanaka", press("Delete"), dark=True),
    Picture("trash", ("/trash ",), "bob.tanaka"),
    Picture("restore-390", ("/restore resnet34",), "bob.tanaka", telephone=True),
    Picture("upload-dark", ("/upload Tide Net",), dark=True),
    Picture("publish", (), then=attach("tide-net.safetensors", safetensors_file())),
    Picture("published-dark", (), then=both(attach("tide-net.safetensors", safetensors_file()),
            fill("model.", NET, "Publish")), dark=True),
    Picture("file-asked", (), then=attach("cities.csv", ROWS, "how many rows and columns are there?")),
    Picture("preview-390", (), then=both(attach("cities.csv", ROWS), fill("dataset.", CITIES, "Publish"),
            press("Preview")), telephone=True),
    Picture("versions-dark", ("/versions tide-net",), dark=True),
    Picture("download", ("give me the file of tide-net",)),
    Picture("share", ("/share tide-net",), then=both(fill("", LETTER, "Continue"), press("Invite"))),
    Picture("invitations-390", ("/invitations ",), "carlos", telephone=True, dark=True),
    Picture("accepted", ("/invitations ",), "carlos", both(press("Accept: alice/tide-net"), press("Accept"))),
    Picture("access-dark", ("who has access to tide-net?",), dark=True),
    Picture("revoke", ("take tide-net back from carlos",), then=press("Take back")),
    Picture("rekey-390", ("/rekey tide-net",), then=press("Seal anew"), telephone=True),
    Picture("users", ("/users stmere",), "admin", press("alice", first=True)),
    Picture("users-390", ("/users ",), "admin", telephone=True, dark=True),
    Picture("create-user-dark", ("/create-user mira",), "admin", dark=True),
    Picture("edit-user", ("/edit-user chidi",), "admin"),
    Picture("edit-user-words-dark", ("make chidi an admin",), "admin", dark=True),
    Picture("reset-password-390", ("/reset-password chidi",), "admin", press("Reset password"), telephone=True),
    Picture("remove-user-dark", ("/remove-user carlos",), "admin", dark=True),
    Picture("grant", ("/grant chidi",), "admin"),
    Picture("affiliations-390", ("/affiliations ",), "admin", telephone=True),
    Picture("load", (), "admin", attach("moor.json", json.dumps(RECORDS).encode())),
    Picture("export-all-dark", ("/export all",), "admin", dark=True),
    Picture("audit-dark", ("/audit ",), "admin", dark=True),
    Picture("audit-390", ("/audit person=admin outcome=ok",), "admin", telephone=True),
    Picture("profile", ("/profile ",), "admin"),
    Picture("profile-activity-390", ("/profile activity",), "admin", telephone=True, dark=True),
)  # fmt: skip


def take(people: People, picture: Picture) -> None:
    """Take one picture of a new chat."""
    size = TELEPHONE if picture.telephone else WIDE
    page = people.enter(picture.who, viewport=size, color_scheme="dark" if picture.dark else "light")
    for text in picture.says:
        say(page, text)
    page.wait_for_timeout(800)
    picture.then(page)
    page.wait_for_timeout(1500)
    answers = page.locator('[data-step-type="assistant_message"]')
    if answers.count():
        box = answers.last.bounding_box()
        if box is not None and box["height"] > size["height"] - 300:
            answers.last.evaluate("(one) => one.scrollIntoView({block: 'start'})")
        else:
            answers.last.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / f"tour-{picture.name}.png")


def main(word: str = "") -> None:
    """Take the pictures whose names have this word in them."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        home = Path(scratch) / "hub"
        env = {"HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1"}
        subprocess.run([PROGRAM, "init", "--demo"], check=True, env={**os.environ, **env}, cwd=scratch)
        served = RunningHub.start(home, {})
        browser = playwright.chromium.launch(executable_path=find_browser())
        try:
            people = People(browser, served.url, "alice")
            for picture in PICTURES:
                if word in picture.name:
                    take(people, picture)
            people.close()
        finally:
            browser.close()
            served.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
