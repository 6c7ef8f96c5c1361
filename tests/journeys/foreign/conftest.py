"""Servers that a whole module of journeys shares, and the clients that go to them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from collab.store.pool import ConnectionTarget, connect
from tests.support.foreign import Company, company
from tests.support.server import RunningServer
from tests.support.tokens import SECRET

_numbers = count(1)


@asynccontextmanager
async def _serving(
    postgres: ConnectionTarget, folder: Path, *arguments: str, **environment: str
) -> AsyncIterator[RunningServer]:
    name = f"foreign_{next(_numbers)}"
    admin = await connect(postgres.with_database("postgres"))
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE collab_template')
    database = ("--database-url", postgres.with_database(name).url)
    server = RunningServer(
        (*database, *arguments), log=folder / f"{name}.log", environment=environment
    )
    try:
        await server.start()
        yield server
    finally:
        await server.ensure_ended()
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    postgres: ConnectionTarget, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """Start a server that everyone may enter; each test has a document of its own."""
    async with _serving(postgres, tmp_path_factory.mktemp("house")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(
    postgres: ConnectionTarget, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningServer]:
    """Start a server that asks for signed tokens."""
    folder = tmp_path_factory.mktemp("guarded")
    secret = {"COLLAB_JWT_SECRET": SECRET}
    async with _serving(postgres, folder, "--auth", "jwt", **secret) as server:
        yield server


@pytest.fixture
def document(request: pytest.FixtureRequest) -> str:
    """Name a document after the test."""
    return re.sub(r"[^a-z0-9.]+", "-", request.node.name.lower()).strip("-")


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(request: pytest.FixtureRequest) -> AsyncIterator[Company]:
    """Let clients in; at the end none of them may have complained of the server.

    But for what a module says in `TOLERATES`: how such complaints begin.
    """
    async with company(tolerates=getattr(request.module, "TOLERATES", ())) as visitors:
        yield visitors
