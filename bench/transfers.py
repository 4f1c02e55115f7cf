"""Uploads and downloads over HTTP beside a plain copy through the same server program, taken in turns.

Both are served by uvicorn in processes of their own. The hub's upload is checked, hashed and sealed as it streams; its
download is verified and opened as it streams; the plain one writes and sends the bytes as they are.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from hub import artifacts
from hub.home import open_hub
from tests.app.test_files import MODEL, Person
from tests.conftest import settings_for
from tests.mariadb import free_port
from tests.running import PROGRAM, RunningHub

MIB = 1 << 20


@contextmanager
def serve_hub(folder: Path) -> Iterator[Person]:
    """A hub with the demo data, and alice signed in."""
    home = folder / "hub"
    environment = {**os.environ, "HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1"}
    subprocess.run([PROGRAM, "init", "--demo"], env=environment, check=True, capture_output=True)
    running, hub = RunningHub.start(home, {}), open_hub(settings_for(home))
    try:
        yield Person(running, hub, "alice")
    finally:
        hub.close()
        running.stop()


@contextmanager
def serve_plain(folder: Path) -> Iterator[httpx.Client]:
    """The plain server."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.plain:app", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env={**os.environ, "PLAIN_FOLDER": str(folder)})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=600, trust_env=False) as client:
            for _ in range(600):
                with suppress(httpx.TransportError):
                    client.get("/openapi.json")
                    break
                time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(10)


def drain(client: httpx.Client, link: str) -> None:
    """Take all of a download."""
    with client.stream("GET", link) as answer:
        answer.raise_for_status()
        for _ in answer.iter_raw():
            pass


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mib", type=int, default=256)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    portion, size = os.urandom(MIB), asked.mib * MIB
    with tempfile.TemporaryDirectory() as name, serve_hub(Path(name)) as alice, serve_plain(Path(name)) as plain:
        headers, links = {"Content-Length": str(size)}, [""]

        def body() -> Iterator[bytes]:
            return (portion for _ in range(asked.mib))

        def upload() -> None:
            ref = alice.begin(size)
            alice.http.put(f"/api/uploads/{ref}", content=body(), headers=headers, timeout=600).raise_for_status()
            links.append(ref)

        def copy() -> None:
            plain.put("/copy", content=body(), headers=headers).raise_for_status()

        def download() -> None:
            drain(alice.http, links[0])

        acts: dict[str, Callable[[], None]] = {
            "upload, plain": copy,
            "upload, hub": upload,
            "download, plain": lambda: drain(plain, "/copy"),
            "download, hub": download,
        }
        taken: dict[str, list[float]] = {label: [] for label in acts}
        for turn in range(asked.rounds):
            alice.visitor.prove()
            for label, act in acts.items():
                if label == "download, hub":
                    record = {**MODEL, "model_name": f"copy {turn}", "visibility": "private"}
                    links[0] = artifacts.publish_new(alice.caller, links.pop(), "model", record).link
                began = time.perf_counter()
                act()
                taken[label].append(size / (time.perf_counter() - began) / 1e6)
    print(f"| {asked.mib} MiB over HTTP, median of {asked.rounds} rounds taken in turns | MB/s | of the plain copy |")
    print("| --- | ---: | ---: |")
    for label, rates in taken.items():
        rate, bare = statistics.median(rates), statistics.median(taken[f"{label.partition(',')[0]}, plain"])
        print(f"| {label} | {rate:.0f} | {rate / bare:.2f} |")


if __name__ == "__main__":
    main()
