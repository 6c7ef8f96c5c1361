"""A real PostgreSQL for the tests: one server a session, a fresh migrated database a test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from collab.store.embedded import EmbeddedPostgres
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, connect, create_database

__all__ = ["HASTY", "database", "open_folder", "postgres"]

HASTY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Settings for a server whose data nobody will miss."""

_TEMPLATE: Final = "collab_template"
_numbers = count(1)


def open_folder() -> Path:
    """Return a new folder that PostgreSQL's user may reach (pytest's own are private to root)."""
    folder = Path(tempfile.mkdtemp(prefix="collab-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[ConnectionTarget]:
    """Start a PostgreSQL server with a migrated template database."""
    folder = open_folder()
    server = EmbeddedPostgres(folder, settings=HASTY)

    async def start() -> ConnectionTarget:
        target = await server.start()
        template = target.with_database(_TEMPLATE)
        await create_database(target, _TEMPLATE)
        await migrate(template)
        return target

    # A loop of its own: the server outlives the loop of any test.
    with asyncio.Runner() as runner:
        yield runner.run(start())
        runner.run(server.stop())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def database(postgres: ConnectionTarget) -> AsyncIterator[ConnectionTarget]:
    """Create a fresh database with the newest schema."""
    name = f"test_{next(_numbers)}"
    admin = await connect(postgres.with_database("postgres"))
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}"')
    yield postgres.with_database(name)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
