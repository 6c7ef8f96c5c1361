"""Connections to PostgreSQL, and the one place that says what "the database is away" means."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

import asyncpg

from collab.errors import StartupError, Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    ProxiedConnection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

__all__ = [
    "ConnectionTarget",
    "Pool",
    "away_as_unavailable",
    "check_server",
    "connect",
    "create_database",
    "is_away",
    "is_reachable",
    "reason_of",
]

_OLDEST_VERSION: Final = 14
_CONNECT_SECONDS: Final = 5.0
_COMMAND_SECONDS: Final = 30.0
_SCHEMES: Final = ("postgres", "postgresql")
_HOST: Final = re.compile(r"(\[[^\[\]]+\]|[^:\[\]]*)(:(?P<port>[0-9]{1,5})?)?")

_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
)
"""What a database does when it is away, starting, stopping, full or a read-only standby."""


@dataclass(frozen=True, slots=True)
class ConnectionTarget:
    """Where a database is: a `postgresql://` URL (the password in it is never logged)."""

    url: str

    def __post_init__(self) -> None:
        """Raise `StartupError` for a URL that cannot be one of PostgreSQL's."""
        if not _is_plausible(self.url):
            message = (
                "DATABASE_URL must look like postgresql://user:password@host:5432/database; "
                "write a # / ? or @ inside the password as %23 %2F %3F or %40."
            )
            raise StartupError(message)

    def __repr__(self) -> str:
        return f"ConnectionTarget({self.public})"

    @property
    def public(self) -> str:
        """The URL as it may be shown: without user and password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{_hosts(parts)}{parts.path}"

    def with_database(self, name: str) -> ConnectionTarget:
        """Return the same server's database `name`."""
        parts = urlsplit(self.url)
        options = f"?{parts.query}" if parts.query else ""
        return ConnectionTarget(f"{parts.scheme}://{parts.netloc}/{name}{options}")


def _is_plausible(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    hosts = [_HOST.fullmatch(host) for host in _hosts(parts).split(",")]
    # What stands behind a password that ends the address early must not pass for an address.
    cut_short = "@" in parts.path + parts.query and "@" not in parts.netloc
    return (
        parts.scheme in _SCHEMES
        and url.isprintable()
        and not parts.fragment
        and not cut_short
        and all(host and int(host["port"] or 1) in range(1, 65_536) for host in hosts)
    )


def _hosts(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def reason_of(error: BaseException) -> str:
    """Return what happened in one line; PostgreSQL's details and hints stay out."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def is_away(error: BaseException) -> bool:
    """Return whether `error` means that the database cannot be asked at the moment."""
    # asyncpg's complaint about a value it cannot encode is an InterfaceError, too, and a ValueError.
    return isinstance(error, _AWAY) and not isinstance(error, ValueError)


@contextmanager
def away_as_unavailable() -> Iterator[None]:
    """Turn every "the database is away" into `Unavailable`; other errors pass."""
    try:
        yield
    except _AWAY as error:
        if not is_away(error):
            raise
        message = "The database cannot be reached at the moment; try again shortly."
        raise Unavailable(message) from error


async def connect(
    target: ConnectionTarget, *, command_seconds: float | None = _COMMAND_SECONDS
) -> Connection:
    """Return a connection of its own to `target`; raises what `is_away` recognises.

    Commands that take longer than `command_seconds` fail; with None they may take for ever.
    """
    return await asyncpg.connect(
        target.url,
        timeout=_CONNECT_SECONDS,
        command_timeout=command_seconds,
        server_settings={"application_name": "collab"},
    )


async def is_reachable(target: ConnectionTarget) -> bool:
    """Return whether `target` accepts a connection and answers."""
    try:
        connection = await connect(target)
    except (*_AWAY, asyncpg.PostgresError):
        return False
    try:
        return bool(await connection.fetchval("SELECT 1") == 1)
    except (*_AWAY, asyncpg.PostgresError):
        return False
    finally:
        connection.terminate()


async def create_database(target: ConnectionTarget, name: str) -> None:
    """Create database `name` on the server of `target` unless it is there."""
    connection = await connect(target.with_database("postgres"))
    try:
        found = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name)
        if found is None:
            await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        # Somebody else was creating it; which of the two it is depends on how close we were.
        pass
    finally:
        await connection.close()


class Pool:
    """Connections shared by everything but the update log, which has its own."""

    def __init__(self, target: ConnectionTarget, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self.target = target
        self._pool = pool

    @classmethod
    async def open(cls, target: ConnectionTarget, *, size: int = 8) -> Pool:
        """Return a pool on `target`. Raises `StartupError` when it cannot be used, with the reason."""
        await check_server(target)
        pool = await asyncpg.create_pool(
            target.url,
            # Opened when asked for: the check above was the first contact, and may be the last.
            min_size=0,
            max_size=size,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "collab"},
        )
        return cls(target, pool)

    async def close(self) -> None:
        """Close every connection, by force if one does not end."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[ProxiedConnection]:
        """Lend a connection. Raises `Unavailable` when the database is away, then or inside."""
        with away_as_unavailable():
            async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
                yield connection


async def check_server(target: ConnectionTarget) -> int:
    """Return the server's major version. Raises `StartupError` if it is away or too old."""
    try:
        connection = await connect(target)
    except (*_AWAY, asyncpg.PostgresError, ValueError, OverflowError) as error:
        message = (
            f"The database at {target.public} cannot be reached ({reason_of(error)}); "
            "check DATABASE_URL and that PostgreSQL runs."
        )
        raise StartupError(message) from None
    try:
        version = connection.get_server_version().major
    finally:
        # Given up after that time by force; there is nothing left that could go wrong.
        with suppress(*_AWAY):
            await connection.close(timeout=_CONNECT_SECONDS)
    if version < _OLDEST_VERSION:
        message = (
            f"The database at {target.public} is PostgreSQL {version}; "
            f"collab needs {_OLDEST_VERSION} or newer."
        )
        raise StartupError(message)
    return version
