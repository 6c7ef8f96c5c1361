"""Alembic's entry: runs the migrations on the connection `collab.store.migrations` hands it."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from alembic import context


def run(connection: Connection) -> None:
    """Run every migration in a transaction of its own, so that a failure keeps what went before."""
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
