"""A scripted endpoint and hubs that ask it; for files of browser tests, a served hub and people signed in to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hub.home import Hub, open_hub
from tests.conftest import settings_for
from tests.endpoint import Endpoint, serve_endpoint
from tests.running import RunningHub

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browsing import People

KEY = "sk-a-key-that-must-never-show-0123456789"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A scripted OpenAI-compatible endpoint."""
    with serve_endpoint() as served:
        yield served


@pytest.fixture
def open_demo(tmp_path: Path, demo_home: Path) -> Iterator[Callable[..., Hub]]:
    """Open a hub of the demo data with these settings."""
    opened: list[Hub] = []

    def open_with(**settings: Any) -> Hub:
        home = tmp_path / f"demo-{len(opened)}"
        shutil.copytree(demo_home, home)
        opened.append(open_hub(settings_for(home, **settings)))
        return opened[-1]

    yield open_with
    for hub in opened:
        hub.close()


@pytest.fixture
def talking_hub(open_demo: Callable[..., Hub], endpoint: Endpoint) -> Callable[..., Hub]:
    """Open a demo hub whose language model is the scripted endpoint."""

    def open_with(**settings: Any) -> Hub:
        known = {"base_url": endpoint.url, "api_key": KEY, "model_name": "scripted", "interpreter": "off"}
        return open_demo(**{**known, **settings})

    return open_with


# --- a file's own hub, served, and people in browsers ------------------------------------------------


@pytest.fixture(scope="module")
def furnish() -> Callable[[Hub], None]:
    """What is put into the served hub before anybody comes; a file of tests may have its own."""
    return lambda hub: None


@pytest.fixture(scope="module")
def hub_env() -> dict[str, str]:
    """The settings of the served hub, as environment variables; a file of tests may have its own."""
    return {}


@pytest.fixture(scope="module")
def host() -> str:
    """Who comes when a test names nobody; a file of tests may have another."""
    return "alice"


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
    demo_home: Path,
    furnish: Callable[[Hub], None],
    hub_env: dict[str, str],
) -> Iterator[RunningHub]:
    """A running hub with the demo data, furnished."""
    home = tmp_path_factory.mktemp("served") / "hub"
    shutil.copytree(demo_home, home)
    hub = open_hub(settings_for(home, **{name.lower(): value for name, value in hub_env.items()}))
    furnish(hub)
    hub.close()
    running = RunningHub.start(home, hub_env)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def served_hub(served: RunningHub) -> Iterator[Hub]:
    """The served hub in this process, to look behind what the page says."""
    opened = open_hub(settings_for(served.home))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def people(browser: Browser, served: RunningHub, host: str) -> Iterator[People]:
    """The people at the served hub; their browsers stay open for the whole file."""
    from playwright.sync_api import expect

    from tests.browsing import PATIENCE, People

    expect.set_options(timeout=PATIENCE)
    here = People(browser, served.url, host)
    yield here
    here.close()


@pytest.fixture
def enter(people: People) -> Iterator[Callable[..., Any]]:
    """Let a person in, see ``People.enter``; whatever their browser did, it asked no other host for anything and
    did nothing against its page's policy."""
    yield people.enter
    people.tidy()
    assert not people.strayed
    assert people.refused == []
