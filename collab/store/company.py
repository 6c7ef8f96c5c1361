"""Who is at work on a database: servers share it, an import needs it for itself.

A server knows what it has loaded. If another process wrote to a document it has open, it would not see
that, and its next snapshot would leave it out for good. So each server holds a shared advisory lock
on a connection of its own, and an import takes the same lock for itself alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import asyncpg

from collab.errors import StartupError, Unavailable
from collab.store.pool import ConnectionTarget, away_as_unavailable, check_server, connect

if TYPE_CHECKING:
    from asyncpg import Connection

__all__ = ["Tenancy", "alone"]

_log = logging.getLogger(__name__)

_KEY: Final = 0x636F6C6C61625F31
"""The advisory lock of a database's tenants ("collab_1" in ASCII)."""
_PATIENCE: Final = 2.0
"""Seconds given to a server that has just been stopped or killed to let go."""
_RETURN: Final = 0.7
"""Seconds within which a server that lost its connection has taken its place again."""
_PAUSE: Final = 0.1
_RETRY: Final = 0.2


class Tenancy:
    """A server's place in its database, from `start` to `close`; taken again after every outage."""

    def __init__(self, target: ConnectionTarget, *, probe: float = 30.0) -> None:
        """`probe`: how often, in seconds, the connection is asked whether it still is one."""
        self._target = target
        self._probe = probe
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once the place is ours; waits for an import that is under way."""
        taken = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(taken))
        await taken.wait()

    async def close(self) -> None:
        """Leave."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _keep(self, taken: asyncio.Event) -> None:
        while True:
            try:
                await self._hold(taken)
            except (Unavailable, asyncpg.PostgresError) as error:
                _log.info("place lost", extra={"action": "wait", "reason": str(error)})
            await asyncio.sleep(_RETRY)

    async def _hold(self, taken: asyncio.Event) -> None:
        """Hold the lock until the connection ends. Raises `Unavailable`."""
        with away_as_unavailable():
            connection = await connect(self._target)
            try:
                if not await _try(connection, "pg_try_advisory_lock_shared", _PATIENCE):
                    _log.warning(
                        "an import works on the database; waiting for it", extra={"action": "wait"}
                    )
                    while not await _try(connection, "pg_try_advisory_lock_shared", self._probe):
                        pass
                taken.set()
                lost = asyncio.Event()
                connection.add_termination_listener(lambda _: lost.set())
                while not lost.is_set():
                    # A connection that is lost without a word is noticed by asking.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(lost.wait(), self._probe)
                    await connection.execute("SELECT 1")
            finally:
                connection.terminate()


@asynccontextmanager
async def alone(target: ConnectionTarget) -> AsyncIterator[None]:
    """Keep servers from the database of `target` meanwhile. Raises `StartupError` if one is there."""
    await check_server(target)
    try:
        with away_as_unavailable():
            connection = await connect(target)
    except Unavailable as error:
        raise StartupError(str(error)) from None
    try:
        is_ours = await _try(connection, "pg_try_advisory_lock", _PATIENCE)
        if is_ours:
            # A server that lost its connection a moment ago takes its place again meanwhile.
            await connection.execute("SELECT pg_advisory_unlock($1)", _KEY)
            await asyncio.sleep(_RETURN)
            is_ours = await _try(connection, "pg_try_advisory_lock", 0)
        if not is_ours:
            message = (
                f"A collab server works on the database at {target.public}, and would not see what is"
                " imported under it; stop it, import, and start it again."
            )
            raise StartupError(message)
        yield
    finally:
        connection.terminate()


async def _try(connection: Connection, function: str, seconds: float) -> bool:
    # Polled: a waiter blocked in the lock would hold a snapshot all the while.
    deadline = asyncio.get_running_loop().time() + seconds
    while not await connection.fetchval(f"SELECT {function}($1)", _KEY):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(_PAUSE)
    return True
