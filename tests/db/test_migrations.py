"""The migrations give exactly the tables of the metadata, on each backend."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from db.engine import Database, sqlite_url
from db.migrations import config, current, newest, upgrade
from db.tables import Table
from hub.home import Hub


def test_migrations_equal_the_metadata(any_hub: Hub) -> None:
    with any_hub.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Table.metadata) == []


def test_checks_and_keys_are_there(any_hub: Hub) -> None:
    """What Alembic does not compare: CHECK constraints, foreign keys' ON DELETE, collations."""
    inspector = sa.inspect(any_hub.database.engine)
    for table in Table.metadata.tables.values():
        wanted = {one.name for one in table.constraints if isinstance(one, sa.CheckConstraint)}
        found = {one["name"] for one in inspector.get_check_constraints(table.name)}
        assert wanted <= found, table.name
        keys = {
            (tuple(one["constrained_columns"]), one["referred_table"], one["options"].get("ondelete", "RESTRICT"))
            for one in inspector.get_foreign_keys(table.name)
        }
        assert keys == {
            (tuple(column.name for column in one.columns), one.referred_table.name, one.ondelete or "RESTRICT")
            for one in table.foreign_key_constraints
        }, table.name


@pytest.mark.mariadb
def test_every_text_is_compared_by_its_bytes(mariadb_hub: Hub) -> None:
    with mariadb_hub.database.read() as db:
        collations = set(
            db.scalars(
                sa.text(
                    "SELECT DISTINCT collation_name FROM information_schema.columns "
                    "WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name <> 'alembic_version'"
                )
            )
        )
    assert collations == {"utf8mb4_bin"}


def test_the_newest_is_alembics_head(tmp_path: Path) -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [newest()]
    database = Database(sqlite_url(tmp_path / "x.db"))
    assert current(database.engine) is None
    upgrade(database.engine)
    assert current(database.engine) == newest()
    upgrade(database.engine)
    database.close()


def test_going_back_leaves_nothing(tmp_path: Path) -> None:
    from alembic import command

    database = Database(sqlite_url(tmp_path / "x.db"))
    upgrade(database.engine)
    made = config()
    with database.engine.connect().execution_options(writes=True) as connection, connection.begin():
        made.attributes["connection"] = connection
        command.downgrade(made, "base")
    assert set(sa.inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.close()
