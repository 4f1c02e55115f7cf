"""Fixtures every test may use: fresh hubs on SQLite and on a real MariaDB, a running server, a real browser."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import json
import os
import shutil
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import sqlalchemy as sa
import typer.testing

os.environ["HUB_TEST_CHEAP_HASH"] = "1"

from db.tables import User, name_key
from hub import access
from hub.home import Hub, open_hub
from hub.settings import Settings
from tests.hub.files import set_up
from tests.mariadb import MariaDB, find_mariadb
from tests.running import RunningHub, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# PyMySQL and httpx read all certificates of the machine for every connection, encrypted or not: longer than most tests.
ssl.create_default_context = functools.cache(ssl.create_default_context)
# The command line's parser is made of all its functions' annotations, which takes as long as many a command.
typer.testing._get_command = functools.cache(typer.testing._get_command)

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "seeds" / "demo.json"
_CI = bool(os.environ.get("CI"))
_SETTINGS = {name.upper() for name in Settings.model_fields}


hypothesis.settings.register_profile("quick", deadline=None, max_examples=60, derandomize=True)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=5_000)
hypothesis.settings.load_profile("quick")


@pytest.fixture(scope="session")
def soak_factor() -> int:
    """How many times its short length a test marked ``soak`` runs: 1, or 20 under ``make soak``."""
    return 20 if os.environ.get("SOAK") else 1


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine or of a .env file reaches a test."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, as one begun last would hold up the end: those with a browser, then those
    with many tests, of which one on MariaDB takes as long as several others."""
    weight: Counter[Path] = Counter()
    for item in items:
        weight[item.path] += 4 if item.get_closest_marker("mariadb") else 1
        weight[item.path] += 1000 if item.get_closest_marker("browser") else 0
    items.sort(key=lambda item: -weight[item.path])


def missing(what: str) -> None:
    """Skip a test for want of a program, except in CI, where nothing may be left out."""
    if _CI:
        pytest.fail(f"CI leaves nothing out, and {what} is not on this machine")
    pytest.skip(f"{what} is not on this machine")


def settings_for(home: Path, **more: Any) -> Settings:
    """Settings for a hub under this folder, from these values alone."""
    return Settings(_env_file=None, hub_home=home, **more)


def caller_for(hub: Hub, name: str) -> access.Caller:
    """The caller for the person of this name."""
    with hub.database.read() as db:
        user_id = db.scalar(sa.select(User.user_id).where(User.name_key == name_key(name)))
        assert user_id is not None, f"nobody is called {name}"
        return access.person(hub, db, user_id)


# --- one for all workers --------------------------------------------------------------------------


def _shared_folder(factory: pytest.TempPathFactory) -> Path:
    base = factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Only one worker at a time is inside."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> MariaDB:
    """A MariaDB of the tests' own, on its own port and data folder, started by whichever worker needs it first."""
    if find_mariadb() is None:
        missing("MariaDB")
    folder = _shared_folder(tmp_path_factory)
    with _alone(folder, "mariadb"):
        return MariaDB.start_or_join(folder / "mariadb")


def pytest_sessionfinish(session: pytest.Session) -> None:
    factory = getattr(session.config, "_tmp_path_factory", None)
    if factory is not None and not hasattr(session.config, "workerinput"):
        MariaDB.stop(factory.getbasetemp() / "mariadb")


# --- hubs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a hub just set up, made once, as migrations take long; copy it, never change it."""
    home = tmp_path_factory.mktemp("empty") / "hub"
    open_hub(settings_for(home)).close()
    return home


@pytest.fixture
def hub(tmp_path: Path, empty_home: Path) -> Iterator[Hub]:
    """A fresh, empty hub on SQLite."""
    shutil.copytree(empty_home, tmp_path / "hub")
    opened = open_hub(settings_for(tmp_path / "hub"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def people_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a hub with the people of ``tests.hub.files`` and keys, made once; copy it, never change it."""
    home = tmp_path_factory.mktemp("people") / "hub"
    opened = open_hub(settings_for(home))
    set_up(opened)
    opened.close()
    return home


@pytest.fixture
def people_hub(tmp_path: Path, people_home: Path) -> Iterator[Hub]:
    """A fresh hub with the people of ``tests.hub.files`` and keys, on SQLite."""
    shutil.copytree(people_home, tmp_path / "hub")
    opened = open_hub(settings_for(tmp_path / "hub"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def empty_mariadb(tmp_path_factory: pytest.TempPathFactory, mariadb_server: MariaDB) -> tuple[Path, str]:
    """A folder of a hub just set up on MariaDB and SQL that makes its database, as ``empty_home``."""
    home = tmp_path_factory.mktemp("empty-mariadb") / "hub"
    with mariadb_server.fresh_database() as where:
        open_hub(settings_for(home, **where)).close()
        return home, mariadb_server.script_of(where["target_db"])


@pytest.fixture
def mariadb_hub(tmp_path: Path, mariadb_server: MariaDB, empty_mariadb: tuple[Path, str]) -> Iterator[Hub]:
    """A fresh, empty hub on MariaDB."""
    home, script = empty_mariadb
    shutil.copytree(home, tmp_path / "hub")
    with mariadb_server.fresh_database(script) as where:
        opened = open_hub(settings_for(tmp_path / "hub", **where))
        yield opened
        opened.close()


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def any_hub(request: pytest.FixtureRequest) -> Hub:
    """A fresh, empty hub, on each backend in turn."""
    name = "hub" if request.param == "sqlite" else "mariadb_hub"
    opened: Hub = request.getfixturevalue(name)
    return opened


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a hub with the demo data, made once; copy it, never change it."""
    folder = _shared_folder(tmp_path_factory)
    home = folder / "demo-home"
    with _alone(folder, "demo-home"):
        if not (home / "ready").exists():
            from hub import keys, records

            opened = open_hub(settings_for(home))
            keys.set_up_keys(opened, home / "recovery-key.pem")
            records.load_records(access.system(opened), json.loads(DEMO.read_text("utf-8")), source="demo.json")
            opened.close()
            (home / "ready").touch()
    return home


@pytest.fixture
def demo_hub(tmp_path: Path, demo_home: Path) -> Iterator[Hub]:
    """A hub of the test's own with the demo data, on SQLite."""
    shutil.copytree(demo_home, tmp_path / "hub")
    opened = open_hub(settings_for(tmp_path / "hub"))
    yield opened
    opened.close()


# --- a running server and a browser -----------------------------------------------------------------


@pytest.fixture
def start_hub(tmp_path: Path, demo_home: Path) -> Iterator[Callable[..., RunningHub]]:
    """Start ``openmodelhub serve`` on a copy of the demo hub (or the folder given) and a free port."""
    started: list[RunningHub] = []

    def start(home: Path | None = None, **env: str) -> RunningHub:
        if home is None:
            home = tmp_path / f"serving-{len(started)}"
            shutil.copytree(demo_home, home)
        running = RunningHub.start(home, env)
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="module")
def running_hub(tmp_path_factory: pytest.TempPathFactory, demo_home: Path) -> Iterator[RunningHub]:
    """One running server with the demo data for all tests of a module."""
    home = tmp_path_factory.mktemp("serving") / "hub"
    shutil.copytree(demo_home, home)
    running = RunningHub.start(home, {})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def _chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """A headless Chromium, and the event loop of what drives it."""
    from playwright.sync_api import sync_playwright

    program = find_browser()
    if program is None:
        missing("Chromium")
    flags = (
        "--no-sandbox --headless=new --disable-gpu --disable-background-networking "
        "--disable-component-update --disable-sync --no-first-run --disable-quic"
    )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags.split())
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield opened, loop
        asyncio._set_running_loop(loop)
        opened.close()


@pytest.fixture(scope="module")
def browser(_chromium: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The worker's headless Chromium, with no page open. Its event loop counts as running only for a module that has
    this, so that tests of other modules may run loops of their own."""
    opened, loop = _chromium
    asyncio._set_running_loop(loop)
    yield opened
    for context in opened.contexts:
        context.close()
    asyncio._set_running_loop(None)
