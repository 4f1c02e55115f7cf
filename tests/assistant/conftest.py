"""A scripted endpoint, and hubs that ask it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.home import Hub, open_hub
from tests.conftest import settings_for
from tests.endpoint import Endpoint, serve_endpoint

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
