"""The lock everybody takes first who writes to what belongs to a document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from collab.errors import NotFound
from collab.store.pool import Pool
from collab.store.queries import load_queries

if TYPE_CHECKING:
    from collab.store.pool import ProxiedConnection

__all__ = ["locked_document"]

_LOCK: Final = load_queries("update_log")["lock_documents"]


@asynccontextmanager
async def locked_document(pool: Pool, document: int) -> AsyncIterator[ProxiedConnection]:
    """Lend a connection in a transaction that holds the lock on the row of the document.

    It is the lock an append takes, and always the first: nobody waits in a circle, and every later
    statement sees what those before us committed. Raises `NotFound`, `Unavailable`.
    """
    async with (
        pool.connection() as connection,
        connection.transaction(isolation="read_committed"),
    ):
        if not await connection.fetch(_LOCK, [document]):
            message = "The document does not exist any more."
            raise NotFound(message)
        yield connection
