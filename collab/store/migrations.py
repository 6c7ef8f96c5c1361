"""Brings the database's schema to where this program expects it, once, however many start at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import asyncpg
from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from collab.errors import StartupError
from collab.store.pool import ConnectionTarget, check_server, connect, reason_of

__all__ = ["current_revision", "head_revision", "migrate"]

_LOCK: Final = 0x636F6C6C6162
"""The advisory lock that lets one starter migrate at a time ("collab" in ASCII)."""


def _scripts() -> Path:
    """Return the migrations: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "alembic"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    return config


def head_revision() -> str:
    """Return the newest revision this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


async def current_revision(target: ConnectionTarget) -> str | None:
    """Return the revision the database is at; None for an empty one."""
    engine = _engine(target)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


async def migrate(target: ConnectionTarget) -> None:
    """Upgrade the schema to `head_revision`; others who start meanwhile wait.

    Raises `StartupError` when the database is away, too old, or newer than this program.
    """
    await check_server(target)
    engine = _engine(target)
    try:
        async with engine.connect() as guard, engine.connect() as connection:
            # Polled: a waiter blocked in pg_advisory_lock holds a snapshot, and an index built
            # concurrently by the one who has the lock would wait for that for ever.
            attempt = text("SELECT pg_try_advisory_lock(:key)")
            while not (await guard.execute(attempt, {"key": _LOCK})).scalar():
                await guard.rollback()
                await asyncio.sleep(0.1)
            await guard.commit()
            await connection.run_sync(_upgrade)
            await connection.commit()
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        # SQLAlchemy wraps what goes wrong in a statement, not what goes wrong in connecting.
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = reason_of((cause and cause.__cause__) or cause or error)
        message = f"The schema of {target.public} cannot be upgraded: {reason}."
        raise StartupError(message) from error
    finally:
        # Ends the guard's session, and with it the lock.
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    found = _revision(connection)
    connection.rollback()
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        message = (
            f"The database is at schema revision {found}, which this version of collab does not "
            "know; start the newer version that made it."
        )
        raise StartupError(message)
    config.attributes["connection"] = connection
    upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _engine(target: ConnectionTarget) -> AsyncEngine:
    # asyncpg reads the URL itself: SQLAlchemy would stumble over libpq's sslmode and the like.
    # A migration that goes over a large table takes as long as it takes.
    return create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        async_creator=lambda: connect(target, command_seconds=None),
    )
