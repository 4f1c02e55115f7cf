"""A real ``openmodelhub serve`` process for tests, and the browser to look at it with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.mariadb import free_port

PROGRAM = Path(sys.executable).with_name("openmodelhub")


def find_browser() -> str | None:
    """A Chromium or Chrome on this machine, or None; ``BROWSER_PATH`` names one that stands elsewhere."""
    named = os.environ.get("BROWSER_PATH")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return str(mac) if mac.exists() else None


@dataclass(slots=True)
class RunningHub:
    """A server process on a loopback port."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, home: Path, env: dict[str, str], *, seconds: float = 60) -> RunningHub:
        """Serve this folder and wait until it answers."""
        port = free_port()
        clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        clean |= {"HUB_HOME": str(home), "HUB_TEST_CHEAP_HASH": "1", "PYTHONUNBUFFERED": "1", **env}
        log = home.parent / f"serve-{port}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [PROGRAM, "serve", "--port", str(port)], env=clean, stdout=out, stderr=out, cwd=home
            )
        running = cls(f"http://127.0.0.1:{port}", home, process, log)
        deadline = time.monotonic() + seconds
        while not running._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                running.stop()
                raise RuntimeError(f"the hub did not start:\n{log.read_text()[-4000:]}")
            time.sleep(0.1)
        return running

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End the process, kindly at first."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
