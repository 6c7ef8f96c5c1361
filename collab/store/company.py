"""Whether anybody else of us is at work on a database."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import asyncpg

from collab.errors import StartupError, Unavailable
from collab.store.pool import ConnectionTarget, away_as_unavailable, check_server, connect
from collab.store.queries import load_queries

__all__ = ["refuse_company"]

_OTHERS: Final = load_queries("company")["others"]
_PATIENCE: Final = 20
_PAUSE: Final = 0.1
"""A command that has just ended is seen for a moment longer: some two seconds are given to it."""


async def refuse_company(target: ConnectionTarget) -> None:
    """Return if no other collab is connected to the database of `target`.

    Call it before any other connection of ours is open. Raises `StartupError`.
    """
    await check_server(target)
    try:
        with away_as_unavailable():
            connection = await connect(target)
            try:
                for _ in range(_PATIENCE):
                    if not await connection.fetchval(_OTHERS):
                        return
                    await asyncio.sleep(_PAUSE)
            finally:
                with suppress(OSError, TimeoutError, asyncpg.PostgresError):
                    await connection.close(timeout=_PAUSE)
    except Unavailable as error:
        raise StartupError(str(error)) from None
    message = (
        f"A collab server works on the database at {target.public}, and would not see what is"
        " imported under it; stop it, import, and start it again."
    )
    raise StartupError(message)
