"""The history of the tables; ``upgrade`` brings a database to the newest revision."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def config() -> Config:
    """Alembic's configuration for this folder, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    return made


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to this revision; nothing happens when it is there already."""
    made = config()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.upgrade(made, revision)
