"""A turn of the chat over its websocket, beside an echo bot of the same Chainlit: what the hub adds.

Both are served by processes of their own and asked in turn. A turn lasts from sending the question until the server
says that it is over; the hub's holds the session check, the agent's loop, the SQL, the table and the history.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.app.wire import Chat, Visitor
from tests.mariadb import free_port
from tests.running import PROGRAM, RunningHub

QUESTION = "which CNNs have more than 20M parameters?"
MOST = 40.0  # milliseconds that the hub may add at p50
ECHO = Path(__file__).with_name("echo.py")


@contextmanager
def serve_hub(folder: Path) -> Iterator[Visitor]:
    """A hub with the demo data, and alice signed in."""
    home = folder / "hub"
    environment = {**os.environ, "HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1"}
    subprocess.run([PROGRAM, "init", "--demo"], env=environment, check=True, capture_output=True)
    running = RunningHub.start(home, {})
    try:
        with Visitor(running.url) as visitor:
            visitor.sign_in("alice")
            yield visitor
    finally:
        running.stop()


@contextmanager
def serve_echo(folder: Path) -> Iterator[Visitor]:
    """The echo bot."""
    port = free_port()
    command = [sys.executable, "-m", "chainlit", "run", str(ECHO), "--headless", "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, "CHAINLIT_APP_ROOT": str(folder)}, cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2):
                break
            time.sleep(0.1)
        with Visitor(url) as visitor:
            yield visitor
    finally:
        process.terminate()
        process.wait(10)


def open_chat(visitor: Visitor) -> Chat:
    """A chat that has said all it says unasked."""
    chat = visitor.chat()
    chat.hear("task_end")
    time.sleep(1)
    return chat


def take_turn(chat: Chat, text: str) -> float:
    """Milliseconds from the question to the end of the turn."""
    began = time.perf_counter()
    chat.say(text)
    chat.hear("task_start")
    chat.hear("task_end")
    return (time.perf_counter() - began) * 1000


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=200)
    turns = options.parse_args().turns
    with tempfile.TemporaryDirectory() as name, serve_hub(Path(name)) as hub, serve_echo(Path(name)) as echo:
        chats = {"echo bot": open_chat(echo), "hub": open_chat(hub)}
        times: dict[str, list[float]] = {label: [] for label in chats}
        for turn in range(turns + 20):
            for label, chat in chats.items():
                took = take_turn(chat, QUESTION)
                if turn >= 20:
                    times[label].append(took)
                time.sleep(0.02)
    print(f"| a chat turn, {turns} each in turn | p50 ms | p95 ms |\n|---|---:|---:|")
    for label, found in times.items():
        print(f"| {label} | {statistics.median(found):.1f} | {statistics.quantiles(found, n=20)[-1]:.1f} |")
    added = statistics.median(times["hub"]) - statistics.median(times["echo bot"])
    print(f"\nThe hub adds {added:.1f} ms at p50; {MOST:.0f} ms are allowed.")
    return 0 if added <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
