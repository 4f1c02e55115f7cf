"""Run by Alembic: migrations go over the connection that ``db.migrations.upgrade`` hands in."""

from __future__ import annotations

from alembic import context

from db.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
