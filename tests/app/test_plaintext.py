"""Nothing of a file is on disk in the clear: not under the hub's home, nor in its temporary folder, nor unlinked."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub import sessions
from hub.access import Caller
from hub.home import Hub, open_hub
from hub.publishing import publish_upload
from tests.app.wire import Visitor
from tests.conftest import settings_for
from tests.running import PROGRAM, RunningHub

MIB = 1 << 20
SIZE = 64 * MIB
MARK = b"-IN-THE-CLEAR-"
ROW = b"%07d,abc" + MARK + b"xyz\n"
TYPE = "multipart/form-data; boundary=xYzZY"


def table() -> Iterator[bytes]:
    """64 MiB of a table with a mark in each row, a MiB at a time."""
    rows = MIB // len(ROW % 0)
    for start in range(0, SIZE // MIB * rows, rows):
        yield (b"number,word\n" if start == 0 else b"") + b"".join(
            ROW % number for number in range(start, start + rows)
        )


class Disk:
    """What the hub's processes have on disk, looked at over and over while something goes on."""

    def __init__(self, home: Path, scratch: Path) -> None:
        self.home, self.scratch = home, scratch
        self.processes: list[int] = []
        self.looks = self.largest = 0
        self.found: set[str] = set()
        self._clean: dict[Path, tuple[int, int]] = {}  # file → when it was written last, and its size, as it was read

    def look(self) -> None:
        """Read every file of the hub, and those that its processes have open but that have no name any more."""
        self.looks += 1
        for folder in (self.home, self.scratch):
            for path in folder.rglob("*"):
                if not path.is_symlink():
                    self._read(path)
        for process in self.processes:
            with suppress(OSError):
                for path in Path(f"/proc/{process}/fd").iterdir():
                    with suppress(OSError):
                        if path.readlink().name.endswith("(deleted)"):
                            self._read(path)

    def _read(self, path: Path) -> None:
        with suppress(OSError):  # gone meanwhile
            stands = path.stat()
            if path.is_file() and self._clean.get(path) != (stands.st_mtime_ns, stands.st_size):
                raw = path.read_bytes()
                self.largest = max(self.largest, len(raw))
                if MARK in raw:
                    self.found.add(str(path))
                else:
                    self._clean[path] = stands.st_mtime_ns, stands.st_size

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look all the while, and once more at the end; what was seen is checked."""
        done, before = threading.Event(), self.looks

        def watch() -> None:
            while not done.wait(0.01):
                self.look()

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()
        self.look()
        assert self.found == set()
        assert self.looks > before + 2


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Disk:
    folder = tmp_path_factory.mktemp("disk")
    shutil.copytree(demo_home, folder / "hub")
    (folder / "scratch").mkdir()
    return Disk(folder / "hub", folder / "scratch")


@pytest.fixture(scope="module")
def served(disk: Disk) -> Iterator[RunningHub]:
    running = RunningHub.start(disk.home, {"TMPDIR": str(disk.scratch)})
    disk.processes.append(running.process.pid)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def alice(served: RunningHub) -> Iterator[Visitor]:
    with Visitor(served.url) as visitor:
        visitor.sign_in("alice")
        visitor.http.timeout = httpx.Timeout(120)
        yield visitor


@pytest.fixture(scope="module")
def hub(served: RunningHub) -> Iterator[Hub]:
    opened = open_hub(settings_for(served.home))
    yield opened
    opened.close()


def caller_of(hub: Hub, visitor: Visitor) -> Caller:
    token = next(one.value for one in visitor.http.cookies.jar if one.name == f"hub_{hub.hub_id}")
    return sessions.open_session(hub, sessions.session_name(token or ""), token or "")


def attached(alice: Visitor, file_id: str, chat: Any) -> dict[str, Any]:
    """The form that a message with this file comes to, once it was looked into."""
    chat.say("", [file_id])
    while (heard := chat.hear("element", 60))["name"] != "Form":
        pass
    return dict(heard)


def test_a_file_that_comes_with_a_message(disk: Disk, served: RunningHub, alice: Visitor) -> None:
    def body() -> Iterator[bytes]:
        yield b'--xYzZY\r\nContent-Disposition: form-data; name="file"; filename="chat.csv"\r\n'
        yield b"Content-Type: text/csv\r\n\r\n"
        yield from table()
        yield b"\r\n--xYzZY--\r\n"

    chat = alice.chat()
    with disk.watched():
        path = f"/project/file?session_id={chat.id}"
        answer = alice.http.post(path, content=body(), headers={"Content-Type": TYPE})
        assert answer.status_code == 200, answer.text
        form = attached(alice, answer.json()["id"], chat)
        assert form["props"]["title"] == "Publish chat.csv"
        assert "2 columns" in str(form["props"]), "it was read"
        size = sum(len(piece) for piece in alice.http.get(f"/project/file/{answer.json()['id']}").iter_bytes())
        assert size > SIZE * 0.99
    assert disk.largest > SIZE, "the sealed file was among what was looked at"
    chat.socket.close()


def test_a_file_by_put_its_preview_and_its_download(
    disk: Disk, alice: Visitor, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk.scratch))  # it is published by this process
    plain = b"".join(table())
    with disk.watched():
        ref = alice.http.post("/api/uploads", json={"name": "put.csv", "size": len(plain)}).json()["id"]
        for at in range(0, len(plain), 8 * MIB):
            part = plain[at : at + 8 * MIB]
            announced = {"Content-Range": f"bytes {at}-{at + len(part) - 1}/{len(plain)}"}
            alice.http.put(f"/api/uploads/{ref}", content=part, headers=announced).raise_for_status()
        record = {"ds_name": "Put", "media": "text", "task": ["classification"], "visibility": "private"}
        made = publish_upload(caller_of(hub, alice), ref, "dataset", record)
        assert alice.http.get(made.link).content == plain
        assert alice.http.get(made.link, headers={"Range": "bytes=1000-5000000"}).status_code == 206
        chat = alice.chat()
        chat.say("/preview Put")
        while (heard := chat.hear("element", 60))["name"] != "FileView":
            pass
        assert MARK.decode() in str(heard["props"]), "the preview is shown"
    chat.socket.close()


def test_a_file_from_the_shell_and_back_and_sealed_anew(disk: Disk, tmp_path: Path) -> None:
    """Only the file that is uploaded, and the one that is downloaded, are in the clear: where the person has them."""
    outside = tmp_path / "shell.csv"
    outside.write_bytes(b"".join(table()))
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    clean |= {"HUB_HOME": str(disk.home), "HUB_TEST_CHEAP_HASH": "1", "TMPDIR": str(disk.scratch)}

    def run(*words: str) -> str:
        process = subprocess.Popen(
            [PROGRAM, *words, "--as", "alice"], env={**clean, "HUB_PASSWORD": "admin"}, cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        disk.processes.append(process.pid)
        said, wrong = process.communicate()
        assert process.returncode == 0, wrong
        return said

    with disk.watched():
        run("upload", str(outside), "--kind", "dataset", "--name", "Shell", "--media", "text", "--private")
        run("download", "Shell", "-o", "back.csv")
        assert "1 file is sealed" in run("rekey", "Shell")
    assert (tmp_path / "back.csv").read_bytes() == outside.read_bytes()


def test_the_watch_sees_what_is_in_the_clear(disk: Disk) -> None:
    named, unnamed = disk.scratch / "left", disk.scratch / "gone"

    def found(act: Callable[[], object]) -> set[str]:
        seen = Disk(disk.home, disk.scratch)
        seen.processes.append(os.getpid())
        act()
        seen.look()
        return seen.found

    assert found(lambda: named.write_bytes(b"x" * 5_000_000 + MARK)) == {str(named)}
    named.unlink()
    with unnamed.open("w+b") as file:
        file.write(MARK)
        file.flush()
        unnamed.unlink()
        assert found(lambda: None) == {f"/proc/{os.getpid()}/fd/{file.fileno()}"}
