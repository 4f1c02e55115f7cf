"""Attachments: the form read as a stream, sealed at once, given back to who attached it and to nobody else."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attach import FormFile
from hub.errors import Invalid
from hub.home import Hub, open_hub
from tests.app.wire import Chat, Visitor
from tests.conftest import settings_for
from tests.running import RunningHub

TYPE = "multipart/form-data; boundary=xYzZY"
CSV = b"name,age\nada,36\n"


def form(content: bytes, name: bytes = b"a.csv", more: bytes = b"") -> bytes:
    head = b'--xYzZY\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n'
    return head + b"Content-Type: text/csv\r\n\r\n" + content + b"\r\n" + more + b"--xYzZY--\r\n"


# --- the form -------------------------------------------------------------------------------------


@given(st.binary(max_size=300), st.lists(st.integers(1, 60), max_size=40))
def test_a_file_comes_out_as_it_went_in_however_it_is_cut(content: bytes, cuts: list[int]) -> None:
    body, found, read = form(content, "ä b.csv".encode()), b"", FormFile(TYPE)
    for size in [*cuts, len(body)]:
        found += read.feed(body[:size])
        body = body[size:]
    assert (found, read.file_name, read.whole) == (content, "ä b.csv", True)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/json", b"{}", "multipart"),
        ("multipart/form-data", b"", "multipart"),
        (f"multipart/form-data; boundary={'x' * 500}", b"", "not whole"),
        (TYPE, b"nothing of the kind", "not whole"),
        (TYPE, b'--xYzZY\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--xYzZY--', "no file"),
        (TYPE, form(b"x", more=form(b"y")[: -len(b"--xYzZY--\r\n")]), "one file"),
        (TYPE, b"--xYzZY\r\nA: " + b"b" * 100_000, "not whole"),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(kind: str, body: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        FormFile(kind).feed(body)


def test_a_form_that_ends_early_is_not_whole() -> None:
    read = FormFile(TYPE)
    read.feed(form(b"abc")[:-12])
    assert not read.whole


def test_a_quote_in_a_name_comes_through() -> None:
    read = FormFile(TYPE)
    read.feed(form(b"", b"a %22b%22.csv"))
    assert read.file_name == 'a "b".csv'


# --- over HTTP ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alice(running_hub: RunningHub) -> Iterator[Visitor]:
    with Visitor(running_hub.url) as visitor:
        visitor.sign_in("alice")
        visitor.http.timeout = httpx.Timeout(120)
        yield visitor


@pytest.fixture(scope="module")
def chat(alice: Visitor) -> Chat:
    return alice.chat()


@pytest.fixture
def hub(running_hub: RunningHub) -> Iterator[Hub]:
    opened = open_hub(settings_for(running_hub.home))
    yield opened
    opened.close()


def attach(visitor: Visitor, chat_id: str, content: Any, name: str = "people.csv") -> httpx.Response:
    files = {"file": (name, content, "text/csv")}
    return visitor.http.post(f"/project/file?session_id={chat_id}", files=files)


def blobs(hub: Hub) -> set[str]:
    return {blob_id for blob_id, _ in hub.storage.blob_ids()}


def plain_anywhere(running: RunningHub, word: bytes) -> list[str]:
    files = (path for path in running.home.rglob("*") if path.is_file() and not path.is_symlink())
    return [str(path) for path in files if word in path.read_bytes()]


def test_an_attachment_is_sealed_and_comes_back_to_who_sent_it(
    running_hub: RunningHub, alice: Visitor, chat: Chat
) -> None:
    word = uuid.uuid4().hex.encode()
    answer = attach(alice, chat.id, b"name\n" + word + b"\n")
    assert answer.status_code == 200, answer.text
    assert plain_anywhere(running_hub, word) == []
    path = f"/project/file/{answer.json()['id']}?session_id={chat.id}"
    back = alice.http.get(path)
    assert back.content == b"name\n" + word + b"\n"
    assert back.headers["content-disposition"].startswith("attachment")
    with Visitor(running_hub.url) as bob:
        bob.sign_in("bob.tanaka")
        assert bob.http.get(path).status_code == 404
        assert attach(bob, chat.id, CSV).status_code == 404
        assert attach(bob, "", CSV).status_code == 404
    assert httpx.post(f"{running_hub.url}/project/file?session_id={chat.id}", files={"file": CSV}).status_code == 401


def test_a_message_with_a_file_alone_is_answered_with_the_form(alice: Visitor, chat: Chat) -> None:
    file_id = attach(alice, chat.id, CSV).json()["id"]
    chat.say("", [file_id])
    heard = [chat.hear("element")]
    while heard[-1]["name"] != "Form":
        heard.append(chat.hear("element"))
    assert ("people.csv", file_id) in [(each["name"], each["id"]) for each in heard]
    sent = heard[-1]
    assert sent["props"]["title"] == "Publish people.csv"
    assert "dataset.media" in [field["name"] for field in sent["props"]["fields"]]


@pytest.mark.parametrize("name", ["notes.exe", "notes", "people.csv.exe"])
def test_files_of_other_endings_are_not_taken(alice: Visitor, chat: Chat, hub: Hub, name: str) -> None:
    before = blobs(hub)
    answer = attach(alice, chat.id, CSV, name)
    assert answer.status_code == 400
    assert "not taken" in answer.json()["detail"]
    assert blobs(hub) == before


def test_what_breaks_off_leaves_nothing(running_hub: RunningHub, alice: Visitor, chat: Chat, hub: Hub) -> None:
    before = blobs(hub)

    def body() -> Iterator[bytes]:
        yield form(b"x" * 3_000_000)[:-20]
        raise ConnectionError

    headers = {"Content-Type": TYPE, "Cookie": alice.cookie}
    with pytest.raises(ConnectionError):
        httpx.post(f"{running_hub.url}/project/file?session_id={chat.id}", content=body(), headers=headers)
    deadline = time.monotonic() + 20
    while blobs(hub) != before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert blobs(hub) == before


def test_a_large_file_takes_no_more_memory_than_a_small_one(
    running_hub: RunningHub, alice: Visitor, chat: Chat
) -> None:
    size, block = 64, os.urandom(1 << 20)

    def body() -> Iterator[bytes]:
        yield form(b"")[: -len(b"\r\n--xYzZY--\r\n")]
        for _ in range(size):
            yield block
        yield b"\r\n--xYzZY--\r\n"

    attach(alice, chat.id, CSV)  # what is loaded once is loaded
    before, most, done = resident(running_hub), 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.02):
            most = max(most, resident(running_hub))

    watching = threading.Thread(target=watch)
    watching.start()
    answer = alice.http.post(f"/project/file?session_id={chat.id}", content=body(), headers={"Content-Type": TYPE})
    done.set()
    watching.join()
    assert answer.status_code == 200, answer.text
    assert most - before < 48 * 1024, f"{(most - before) // 1024} MiB more"
    digest, left = 0, size
    with alice.http.stream("GET", f"/project/file/{answer.json()['id']}") as back:
        for piece in back.iter_bytes(1 << 20):
            digest += piece == block
            left -= 1
    assert (digest, left) == (size, 0)


def resident(running: RunningHub) -> int:
    """KiB of memory that the server's process holds."""
    lines = Path(f"/proc/{running.process.pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
