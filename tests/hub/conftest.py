"""Fixtures of the SQL guard's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.query_world import World, open_world
from tests.mariadb import MariaDB


@pytest.fixture(scope="module", params=["sqlite", pytest.param("mariadb", marks=pytest.mark.mariadb)])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A small catalogue with canaries, on each backend in turn; tests of a module share it and never change it."""
    seconds = getattr(request.module, "QUERY_SECONDS", 10)
    home = tmp_path_factory.mktemp("world") / "hub"
    if request.param == "sqlite":
        with open_world(home, seconds=seconds) as opened:
            yield opened
        return
    server: MariaDB = request.getfixturevalue("mariadb_server")
    with server.fresh_database() as where, open_world(home, seconds=seconds, **where) as opened:
        yield opened
