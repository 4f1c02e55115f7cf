"""The history of the tables; ``upgrade`` brings a database to the newest revision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
_LOCK = "openmodelhub upgrade"


def config() -> Config:
    """Alembic's configuration for this folder, without an ini file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(HERE))
    return made


def newest() -> str:
    """The newest revision there is, by the numbers that the files' names begin with."""
    return max(file.name.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*_*.py"))


def current(engine: sa.Engine) -> str | None:
    """The revision a database is at; None when it has no tables yet."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return revision


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to this revision; nothing happens when it is there already. One process at a time does it."""
    if revision == "head" and current(engine) == newest():
        return
    from alembic import command  # takes longer to import than the rest of a start, and is seldom needed

    made = config()
    with engine.connect().execution_options(writes=True) as connection:
        # SQLite's writer lock keeps others out; elsewhere each CREATE TABLE commits by itself, so a lock by name does.
        by_name = connection.dialect.name != "sqlite"
        if by_name:
            connection.execute(sa.text("SELECT GET_LOCK(:name, 300)"), {"name": _LOCK})
            connection.commit()
        try:
            with connection.begin():
                made.attributes["connection"] = connection
                command.upgrade(made, revision)
        finally:
            if by_name:
                connection.execute(sa.text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})
                connection.commit()
