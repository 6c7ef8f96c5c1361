"""Who is here and where their cursors are: awareness states, each owned by the connection that brought it.

Presence is never stored. A state belongs to one connection; echoes of other people's states, which
stock clients send on every change, are ignored without a word.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from collab.access.gate import is_guest, is_link_guest
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

    __slots__ = ("_answered", "_departed", "_most", "_owned", "_states")

    def __init__(self, *, clients_per_connection: int) -> None:
        self._states: dict[int, _State] = {}
        self._owned: dict[str, set[int]] = {}
        self._answered: set[str] = set()
        # A departed client's last clock: late echoes of it must not bring a ghost back.
        self._departed: OrderedDict[int, int] = OrderedDict()
        self._most = clients_per_connection

    def __len__(self) -> int:
        return len(self._states)

    def receive(
        self, connection: str, person: str, entries: Iterable[AwarenessEntry]
    ) -> tuple[list[int], list[int]]:
        """Take in what `connection` of `person` says; return the client ids that changed.

        Those of the second list changed for the speaker, too: it came back at a clock at which all
        others were told that it is gone, so its state counts as one newer.
        """
        changed: list[int] = []
        returned: list[int] = []
        for entry in entries:
            if self._returns(connection, entry.client, entry.clock) and entry.state is not None:
                newer = AwarenessEntry(entry.client, entry.clock + 1, entry.state)
                returned += [entry.client] if self._accept(connection, person, newer) else []
            elif self._accept(connection, person, entry):
                changed.append(entry.client)
        return changed, returned

    def answered(self, connection: str) -> None:
        """Take note that `connection` answered us: its first words, which are its own, are over."""
        self._answered.add(connection)

    def expects(self, connection: str, person: str, client: int, clock: int, gone: bool) -> bool:  # noqa: FBT001 - as awareness entries say it
        """Return whether such an entry would change anything.

        Later on an entry at a known clock is an echo. A connection's first words are its own: a
        client that came back says them again, at the clock where it was cut off.
        """
        known = self._states.get(client)
        if known is None:
            is_new = clock > self._departed.get(client, -1)
            is_new = is_new or self._returns(connection, client, clock)
            return not gone and is_new and len(self._owned.get(connection, ())) < self._most
        if known.connection == connection:
            return clock > known.clock or (gone and clock == known.clock)
        if gone or not (known.person == person or _is_anybody(known.person, person)):
            return False
        return clock > known.clock or (clock == known.clock and connection not in self._answered)

    def leave(self, connection: str) -> list[int]:
        """Forget the states of a vanished connection; return their client ids."""
        self._answered.discard(connection)
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

    def _returns(self, connection: str, client: int, clock: int) -> bool:
        is_gone = client not in self._states and self._departed.get(client) == clock
        return is_gone and connection not in self._answered

    def _accept(self, connection: str, person: str, entry: AwarenessEntry) -> bool:
        if not self.expects(connection, person, entry.client, entry.clock, entry.state is None):
            return False
        known = self._states.get(entry.client)
        if entry.state is None:
            self._owned[connection].discard(entry.client)
            del self._states[entry.client]
            self._depart(entry.client, entry.clock)
            return True
        if known is not None and known.connection != connection:
            # Its client came back before the dead connection was noticed.
            self._owned[known.connection].discard(entry.client)
        self._departed.pop(entry.client, None)
        self._owned.setdefault(connection, set()).add(entry.client)
        self._states[entry.client] = _State(entry.clock, entry.state, connection, person)
        return True

    def _depart(self, client: int, clock: int) -> None:
        self._departed[client] = clock
        self._departed.move_to_end(client)
        while len(self._departed) > _REMEMBERED_DEPARTURES:
            self._departed.popitem(last=False)


def _is_anybody(*people: str) -> bool:
    """Return whether all are guests of a server without tokens: stock ones have a new id each time.

    A guest with a share link is one whom nobody else can be, beside people with less rights.
    """
    return all(is_guest(person) and not is_link_guest(person) for person in people)
