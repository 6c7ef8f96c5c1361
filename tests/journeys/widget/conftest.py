"""One Chromium, one host's site and two servers for all of these tests: each has documents of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from collab.store.pool import ConnectionTarget, connect
from tests.support.browser import running_browser
from tests.support.host import Host
from tests.support.server import RunningServer
from tests.support.tokens import SECRET
from tests.support.widget import Site

_TEMPLATE: Final = "collab_template"


@asynccontextmanager
async def _running(
    postgres: ConnectionTarget, name: str, log: Path, *arguments: str, **environment: str
) -> AsyncIterator[RunningServer]:
    """Run a server on a database of its own, called `name`."""
    admin = await connect(postgres.with_database("postgres"))
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}"')
    database = ("--database-url", postgres.with_database(name).url)
    server = RunningServer((*database, *arguments), log=log, environment=environment)
    await server.start()
    yield server
    await server.ensure_ended()
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Start a Chromium that blocks the cookies of other sites, as they all will."""
    async with running_browser("--test-third-party-cookie-phaseout") as chromium:
        yield chromium


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the files of the host's site."""
    return tmp_path_factory.mktemp("site")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host(folder: Path) -> AsyncIterator[Host]:
    """Start the host's site."""
    async with Host(folder) as host:
        yield host


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(
    browser: Browser,
    host: Host,
    folder: Path,
    postgres: ConnectionTarget,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Site]:
    """Start a server that takes everybody who comes from the host's pages."""
    log = tmp_path_factory.mktemp("widget") / "open.log"
    async with _running(postgres, "widget", log, COLLAB_ALLOWED_ORIGINS=host.origin) as server:
        yield Site(browser, host, server, folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(
    browser: Browser,
    host: Host,
    folder: Path,
    postgres: ConnectionTarget,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Site]:
    """Start a server that asks everybody from the host's pages for a token."""
    log = tmp_path_factory.mktemp("widget") / "guarded.log"
    environment = {"COLLAB_ALLOWED_ORIGINS": host.origin, "COLLAB_JWT_SECRET": SECRET}
    name = "widget_guarded"
    async with _running(postgres, name, log, "--auth", "jwt", **environment) as server:
        yield Site(browser, host, server, folder)
