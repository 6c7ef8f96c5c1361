"""The table of API keys in PostgreSQL; of the keys only digests are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from collab.access.actors import OPERATOR
from collab.access.proofs import ApiKey
from collab.errors import NotFound
from collab.sharing.records import Deed, KeyRecord
from collab.store.audit import note_deed
from collab.store.pool import Pool
from collab.store.queries import load_queries
from collab.store.texts import refuse_unstorable

if TYPE_CHECKING:
    from asyncpg import Record

__all__ = ["PostgresKeys"]

_SQL: Final = load_queries("keys")
_USED: Final = timedelta(minutes=1)


class PostgresKeys:
    """API keys: what programs prove themselves with."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, key: str) -> KeyRecord | None:
        """Return the key with that id, if it is in force, and note its use. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(_SQL["find_key"], key)
            if row is None:
                return None
            used = row["used_at"]
            if used is None or datetime.now(UTC) - used > _USED:
                await connection.execute(_SQL["use_key"], key)
        return _record(row)

    async def list(self) -> Sequence[KeyRecord]:
        """Return all keys, oldest first, revoked ones too. Raises `Unavailable`."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(_SQL["list_keys"])
        return [_record(row) for row in rows]

    async def make(self, name: str) -> ApiKey:
        """Return a new key; its text is kept nowhere. Raises `InvalidRequest`, `Unavailable`."""
        refuse_unstorable(name)
        key = ApiKey.new()
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_SQL["make_key"], key.id, name, key.digest)
            said = {"key": key.id, "name": name}
            await note_deed(connection, None, OPERATOR, Deed.KEY_CREATED, said)
        return key

    async def revoke(self, key: str) -> str:
        """Have a key count no more; return its name. Raises `NotFound`, `Unavailable`."""
        async with self._pool.connection() as connection, connection.transaction():
            name: str | None = await connection.fetchval(_SQL["revoke_key"], key)
            if name is None:
                message = f"There is no API key {key} in force; see collab key list."
                raise NotFound(message)
            await note_deed(
                connection, None, OPERATOR, Deed.KEY_REVOKED, {"key": key, "name": name}
            )
        return name


def _record(row: Record) -> KeyRecord:
    return KeyRecord(*row.values())
