"""Whether the database can serve us now."""

from __future__ import annotations

import asyncpg

from collab.errors import Unavailable
from collab.store.migrations import head_revision
from collab.store.pool import Pool

__all__ = ["check_ready"]


async def check_ready(pool: Pool) -> None:
    """Return if the database answers and its schema is the one we know. Raises `Unavailable`."""
    async with pool.connection() as connection:
        try:
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            found = None
    if found != head_revision():
        message = f"The schema is at {found}, expected {head_revision()}; run collab migrate."
        raise Unavailable(message)
