"""People who write through rooms into a real database, at times of the test's choosing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from collab.access.gate import Grant
from collab.history.retention import RetentionPolicy
from collab.history.service import History
from collab.library.content import ContentFormat, read_content
from collab.limits import Limits
from collab.store.pool import ConnectionTarget, connect
from tests.support.paper import PaperHouse
from tests.support.people import Person, grant

__all__ = ["DOCUMENT", "House"]

DOCUMENT = "paper"


@dataclass(slots=True)
class House:
    """One document and the people who write in it."""

    rooms: PaperHouse
    history: History
    target: ConnectionTarget
    people: dict[str, Person] = field(default_factory=dict)
    sequence: int = 0

    @classmethod
    async def open(cls, target: ConnectionTarget, stack: AsyncExitStack) -> Self:
        rooms = await PaperHouse.open(target, stack)
        policy = RetentionPolicy(keystrokes=timedelta(days=30), stretches=timedelta(days=365))
        history = History.over(rooms.store, rooms.directory, Limits(), policy)
        stack.push_async_callback(history.close)
        return cls(rooms, history, target)

    @property
    def key(self) -> int:
        """The document's key in the database."""
        return self.rooms.key

    def grant(self, name: str = "ann") -> Grant:
        return grant(name, document=DOCUMENT)

    async def send(self, name: str, update: bytes) -> int:
        """Have `name` send `update`; return its sequence once it is durable."""
        room = await self.rooms.directory.open(self.grant(name))
        self.rooms.key = room.document.key
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        room.receive(self.grant(name), None, update, done.set_result)
        result = await done
        assert isinstance(result, int), result
        for other in self.people.values():
            other.hear(update)
        self.sequence = result
        return result

    def person(self, name: str) -> Person:
        """Return the replica of `name`, which has heard everything."""
        if name not in self.people:
            person = self.people[name] = Person(len(self.people) + 1)
            for other in self.people.values():
                person.hear(other.state)
        return self.people[name]

    async def type(self, name: str, words: str) -> int:
        """Have `name` type `words` at the end, an update a letter; return the last sequence."""
        for letter in words:
            await self.send(name, self.person(name).type(letter))
        return self.sequence

    async def delete(self, name: str, start: int, end: int) -> int:
        return await self.send(name, self.person(name).delete(start, end))

    async def age(self, *, days: float, first: int = 1, last: int = 2**62) -> None:
        """Make rows and versions of the sequences older than they are."""
        connection = await connect(self.target)
        past = timedelta(days=days)
        for table in ("updates", "versions"):
            await connection.execute(
                f"UPDATE {table} SET at = at - $1::interval WHERE sequence BETWEEN $2 AND $3",
                past,
                first,
                last,
            )
        await connection.close()

    async def compact(self) -> int:
        """Do all that is due of forgetting; return in how many steps."""
        steps = 0
        while await self.history.retention.step(datetime.now(UTC)):
            steps += 1
            assert steps < 1_000, "it never ends"
        return steps

    async def reads(self, named: str) -> str:
        """Return the text at a moment."""
        moment = await self.history.moments.find(DOCUMENT, named)
        return str(read_content(moment.state, ContentFormat.TEXT))

    async def close_room(self) -> None:
        """Have the room forgotten, as after its grace period."""
        await self.rooms.directory.drain()
        self.rooms.directory._unload(DOCUMENT)
        assert self.rooms.directory.find(DOCUMENT) is None

    async def holds(self, needle: str) -> list[str]:
        """Return each table and column in which `needle` stands, as text or as bytes."""
        connection = await connect(self.target)
        columns = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        found = []
        for table, column in columns:
            rows = await connection.fetch(f'SELECT "{column}" AS value FROM "{table}"')
            if any(needle.encode() in _bytes(row["value"]) for row in rows):
                found.append(f"{table}.{column}")
        await connection.close()
        return found


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, list):
        return b"".join(_bytes(item) for item in value)
    return str(value).encode()
