"""Several people at once in browsers of their own: nobody gets anything of another's, on the page or beneath it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, Response, expect

from hub import catalog
from hub.home import Hub
from tests.browsing import ANSWERED, TOOL, USER, People, last_answer, press, ready
from tests.conftest import caller_for
from tests.running import RunningHub

pytestmark = pytest.mark.browser

# None is an admin, and each has a private model; its name is a word that no other page, answer or frame may carry.
WORDS = {
    "alice": "abelia", "bob.tanaka": "bergenia", "chidi": "clivia", "lucas": "deutzia", "elena": "eremurus",
    "farid": "fatsia", "freya": "gunnera", "ingrid": "hoya", "kofi": "jovellana", "nadia": "kerria",
}  # fmt: skip
LONG = 90_000
SIZES = {name: 1_000_003 + 1000 * number for number, name in enumerate(WORDS)}
_ELEMENT = re.compile(r'"id":"([\w-]+)","threadId":"([\w-]+)","type":')
_CONTENT = ("/project/", "/chat-elements/", "/ws/", "/user")


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """A private model for each person."""

    def put(hub: Hub) -> None:
        for name, word in WORDS.items():
            record = {"media_type": "text", "arch_name": "rnn", "train_name": "rl", "visibility": "private"}
            catalog.create_model(caller_for(hub, name), {**record, "model_name": word, "param_num": SIZES[name]})

    return put


@dataclass
class Person:
    """Somebody at a browser, and all that the hub has sent there."""

    name: str
    page: Page
    sent: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    @property
    def word(self) -> str:
        return WORDS[self.name]

    def received(self) -> str:
        """What came over the websocket and HTTP until now, and what the page shows."""
        for response in self.responses:
            with suppress(Error):  # what a page let go of when it was left
                self.sent.append(response.text())
        self.responses.clear()
        return "\n".join((*self.sent, self.page.content()))


def bring(people: People, name: str) -> Person:
    """Let somebody in whose browser is listened to from the beginning."""
    sent: list[str] = []
    responses: list[Response] = []

    def watch(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(str(frame))))
        page.on("response", lambda got: responses.append(got) if any(part in got.url for part in _CONTENT) else None)

    return Person(name, people.enter(name, watch=watch), sent, responses)


def ask_at_once(crowd: Sequence[Person], text: Callable[[Person], str]) -> None:
    """Everybody types, then everybody sends, then everybody waits for the end of their turn."""
    before = {person.name: person.page.locator(USER).count() for person in crowd}
    for person in crowd:
        person.page.locator("#chat-input").fill(text(person))
    for person in crowd:
        person.page.locator("#chat-submit:not([disabled])").wait_for()
    for person in crowd:
        person.page.locator("#chat-input").press("Enter")
    for person in crowd:
        person.page.wait_for_function(ANSWERED, arg=before[person.name])


def press_at_once(crowd: Sequence[Person], button: Callable[[Person], Locator]) -> None:
    for person in crowd:
        button(person).click()


def spend_a_round(crowd: Sequence[Person], number: int) -> None:
    """One round of what people do: a question, a chart, a form and its plan, a file."""
    ask_at_once(crowd, lambda person: f"which models have exactly {SIZES[person.name]} parameters?")
    for person in crowd:
        expect(last_answer(person.page).locator(".hub-table tbody tr")).to_have_count(1)
        expect(last_answer(person.page).locator(".hub-table")).to_contain_text(person.word)
        expect(person.page.locator(f"{TOOL} code").last).to_contain_text(str(SIZES[person.name]))

    # The same words from everybody: what they come to is each one's own.
    ask_at_once(
        crowd, lambda _: "/sql SELECT model_name, param_num FROM model WHERE param_num BETWEEN 1000003 AND 1009999"
    )
    charts = {person.name: person.page.locator(".hub-chart").count() for person in crowd}
    press_at_once(crowd, lambda person: last_answer(person.page).get_by_role("button", name="Chart", exact=True))
    for person in crowd:
        expect(person.page.locator(".hub-chart")).to_have_count(charts[person.name] + 1)
        expect(person.page.locator(".hub-chart").last.locator(".xtick")).to_have_text([person.word])

    ask_at_once(crowd, lambda person: f"/edit {person.word}")
    for person in crowd:
        form = person.page.locator(".hub-form").last
        expect(form.locator("[data-field=model_name]")).to_have_value(person.word)
        form.locator("[data-field=description]").fill(f"round {number} of {person.word}")
    press_at_once(crowd, lambda person: person.page.locator(".hub-form").last.get_by_role("button", name="Continue"))
    for person in crowd:
        expect(ready(person.page, number + 1)).to_contain_text(f"round {number} of {person.word}")
    for person in crowd:
        press(person.page.locator(".hub-plan").last, "Change", f"{person.word} is changed.")

    ask_at_once(crowd, lambda _: "/export csv")
    for person in crowd:
        with person.page.expect_download() as download:
            last_answer(person.page).get_by_role("button", name="Download result.csv").click()
        text = Path(download.value.path()).read_text("utf-8")
        assert [word for word in WORDS.values() if word in text] == [person.word]


def check_apart(crowd: Sequence[Person]) -> set[str]:
    """Everybody has received their own word and nobody else's; the addresses of what is kept for them."""
    addresses: dict[str, set[str]] = {}
    for person in crowd:
        received = person.received()
        assert person.word in received
        assert {word for word in WORDS.values() if word in received} == {person.word}
        thread = person.page.url.rpartition("/")[2]
        elements = {element for element, at in _ELEMENT.findall(received) if at == thread}
        assert len(elements) > 5
        mine = addresses[person.name] = {f"/project/thread/{thread}"}
        mine |= {f"/project/thread/{thread}/element/{element}" for element in elements}
        mine |= {f"/chat-elements/{element}" for element in elements}
        assert person.word in person.page.request.get(f"/project/thread/{thread}").text()
    for person, other in permutations(crowd, 2):
        assert not addresses[person.name] & addresses[other.name]
        for address in addresses[other.name]:
            answer = person.page.request.get(address)
            assert answer.status >= 400, address
            assert other.word not in answer.text()
    return set().union(*addresses.values())


@pytest.mark.soak
def test_nobody_gets_anything_of_anothers(
    people: People,
    served: RunningHub,
    served_hub: Hub,
    soak_factor: int,
    record_property: Callable[[str, object], None],
) -> None:
    count, rounds = (2, 1) if soak_factor == 1 else (10, 5)
    crowd = [bring(people, name) for name in list(WORDS)[:count]]
    if soak_factor > 1:  # ten pages that draw at once on the cores they share are slow, which is not what is asked here
        expect.set_options(timeout=LONG)
        for person in crowd:
            person.page.set_default_timeout(LONG)
    for number in range(rounds):
        spend_a_round(crowd, number)
        if number == rounds // 2:
            for person in crowd:
                person.page.reload()
            for person in crowd:
                expect(person.page.locator(".hub-plan")).to_have_count(number + 1)
    tried = check_apart(crowd)

    threads = {person.page.url.rpartition("/")[2] for person in crowd}
    assert len(threads) == count
    for person in crowd:
        card = catalog.show_item(caller_for(served_hub, person.name), person.word)
        assert card.record["description"] == f"round {rounds - 1} of {person.word}"
    kept = list((served.home / "chat" / ".files").glob("*"))
    for folder in kept:
        found = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
        assert len([word for word in WORDS.values() if word.encode() in found]) <= 1, folder
    record_property("people", count)
    record_property("turns", count * rounds * 4)
    record_property("others' addresses tried", len(tried) * (count - 1))
