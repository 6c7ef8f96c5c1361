"""The store's walls on a database of their own, on the loop the product runs on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from shutil import rmtree

import pytest
import uvloop

from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.history import PostgresHistory
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, Pool, create_database
from collab.store.update_log import PostgresUpdateLog
from tests.integration.store.shelf import empty_tables, place_documents, started_log
from tests.support.postgres import open_folder


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on uvloop, as the product does."""
    del config, item
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def swept(postgres: ConnectionTarget) -> ConnectionTarget:
    """Make one database for all tests that only put rows into it."""

    async def make() -> ConnectionTarget:
        await create_database(postgres, "swept")
        await migrate(postgres.with_database("swept"))
        return postgres.with_database("swept")

    return asyncio.run(make())


@pytest.fixture
async def database(swept: ConnectionTarget) -> ConnectionTarget:
    """Empty the tables; who changes more than rows imports the `database` of `tests.support`."""
    await empty_tables(swept)
    return swept


@pytest.fixture
async def pool(database: ConnectionTarget) -> AsyncIterator[Pool]:
    """Open a pool on the test's database."""
    opened = await Pool.open(database)
    yield opened
    await opened.close()


@pytest.fixture
async def documents(pool: Pool) -> PostgresDocuments:
    """Open the shelf of documents."""
    return PostgresDocuments(pool)


@pytest.fixture
async def history(pool: Pool) -> PostgresHistory:
    """Open the history of documents."""
    return PostgresHistory(pool)


@pytest.fixture
async def key(documents: PostgresDocuments) -> int:
    """Place a document."""
    (placed,) = await place_documents(documents, 1)
    return placed


@pytest.fixture
async def log(database: ConnectionTarget) -> AsyncIterator[PostgresUpdateLog]:
    """Start an update log."""
    async with started_log(database) as started:
        yield started


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that PostgreSQL's user may reach."""
    made = open_folder()
    yield made
    rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def lived_in() -> Iterator[Path]:
    """Make an embedded PostgreSQL with our schema, and stop it: a folder that has seen tests before."""
    made = open_folder()

    async def make() -> None:
        async with EmbeddedPostgres(made) as server:
            await migrate(server.target)

    asyncio.run(make())
    yield made
    rmtree(made)
