"""What all tests share: the `--long` option, a database, and servers to start and kill."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from collab.store.pool import ConnectionTarget
from tests.support.postgres import database, postgres
from tests.support.server import RunningServer

__all__ = ["database", "postgres"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`: run the random tests in full (minutes) instead of a slice (seconds)."""
    parser.addoption("--long", action="store_true", help="run the random tests in full (minutes)")


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    """Whether the random tests run in full."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture
async def make_server(
    database: ConnectionTarget, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[RunningServer]]]:
    """Start `collab serve` on the test's own database with further arguments and environment."""
    servers: list[RunningServer] = []

    async def make(*arguments: str, **environment: str) -> RunningServer:
        server = RunningServer(
            ("--database-url", database.url, *arguments),
            log=tmp_path / f"server-{len(servers)}.log",
            environment=environment,
        )
        servers.append(server)
        await server.start()
        return server

    yield make
    for server in servers:
        await server.ensure_ended()


@pytest.fixture
async def server(make_server: Callable[..., Awaitable[RunningServer]]) -> RunningServer:
    """Start a running server with its own empty database."""
    return await make_server()
