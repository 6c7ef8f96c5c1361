"""Who is here and where their cursors are: awareness states, each owned by the connection that brought it.

Presence is never stored. A state belongs to one connection; echoes of other people's states, which
stock clients send on every change, are ignored without a word.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collab.crdt.awareness import AwarenessEntry, encode_awareness

__all__ = ["Presence"]

_REMEMBERED_DEPARTURES: Final = 1_000


@dataclass(slots=True)
class _State:
    clock: int
    state: str
    connection: str
    person: str


class Presence:
    """The awareness states of one room (y-protocols awareness, the server's side of it)."""

    __slots__ = ("_departed", "_owned", "_per_connection", "_states")

    def __init__(self, *, clients_per_connection: int) -> None:
        self._states: dict[int, _State] = {}
        self._owned: dict[str, set[int]] = {}
        # A departed client's last clock: late echoes of it must not bring a ghost back.
        self._departed: OrderedDict[int, int] = OrderedDict()
        self._per_connection = clients_per_connection

    def __len__(self) -> int:
        return len(self._states)

    def receive(self, connection: str, person: str, entries: Iterable[AwarenessEntry]) -> list[int]:
        """Take in what `connection` of `person` says; return the client ids that changed."""
        return [e.client for e in entries if self._accept(connection, person, e)]

    def leave(self, connection: str) -> list[int]:
        """Forget the states of a vanished connection; return their client ids."""
        clients = sorted(self._owned.pop(connection, ()))
        for client in clients:
            self._depart(client, self._states.pop(client).clock)
        return clients

    def encode(self, clients: Sequence[int]) -> bytes:
        """Return one awareness update with the present (or departed) states of `clients`."""
        return encode_awareness([self._entry(client) for client in clients])

    def encode_all(self) -> bytes:
        """Return one awareness update with everybody present: what a newcomer gets."""
        return self.encode(list(self._states))

    def states(self, connection: str) -> list[tuple[int, str]]:
        """Return (client id, state as JSON) of what `connection` shows."""
        return [(c, self._states[c].state) for c in sorted(self._owned.get(connection, ()))]

    def _entry(self, client: int) -> AwarenessEntry:
        known = self._states.get(client)
        if known is None:
            return AwarenessEntry(client, self._departed.get(client, 0), None)
        return AwarenessEntry(client, known.clock, known.state)

    def _accept(self, connection: str, person: str, entry: AwarenessEntry) -> bool:
        known = self._states.get(entry.client)
        if known is None:
            return self._arrive(connection, person, entry)
        if known.connection != connection and known.person != person:
            return False
        if entry.state is None:
            if known.connection != connection or entry.clock < known.clock:
                return False
            self._owned[connection].discard(entry.client)
            del self._states[entry.client]
            self._depart(entry.client, entry.clock)
            return True
        if entry.clock <= known.clock:
            return False
        if known.connection != connection:
            # The same person's client came back before its dead connection was noticed.
            self._owned[known.connection].discard(entry.client)
            self._owned.setdefault(connection, set()).add(entry.client)
        self._states[entry.client] = _State(entry.clock, entry.state, connection, person)
        return True

    def _arrive(self, connection: str, person: str, entry: AwarenessEntry) -> bool:
        owned = self._owned.setdefault(connection, set())
        if (
            entry.state is None
            or entry.clock <= self._departed.get(entry.client, -1)
            or len(owned) >= self._per_connection
        ):
            return False
        self._departed.pop(entry.client, None)
        owned.add(entry.client)
        self._states[entry.client] = _State(entry.clock, entry.state, connection, person)
        return True

    def _depart(self, client: int, clock: int) -> None:
        self._departed[client] = clock
        self._departed.move_to_end(client)
        while len(self._departed) > _REMEMBERED_DEPARTURES:
            self._departed.popitem(last=False)
