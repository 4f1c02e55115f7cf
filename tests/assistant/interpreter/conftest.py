"""A hub with the demo data and callers, shared by the interpreter's tests, which only read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.access import Caller
from hub.home import open_hub
from tests.conftest import caller_for, settings_for


@pytest.fixture(scope="module")
def alice(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A person who is no admin, on a copy of the demo hub that the module's tests leave as it is."""
    home = tmp_path_factory.mktemp("reading") / "hub"
    shutil.copytree(demo_home, home)
    hub = open_hub(settings_for(home))
    yield caller_for(hub, "alice")
    hub.close()
