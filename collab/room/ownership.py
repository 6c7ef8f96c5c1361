"""Whose Yjs client ids are: so that authorship comes from connections, not from what bytes claim.

A client id belongs to the first authenticated user who used or announced it. A session that announced
an id of its own and sends edits of another carries them: after a crash, or from an offline store; they
keep their author, unless the owner is here with that very client and never had them. Whoever uses an
id without carrying it writes under their own name, whatever the bytes claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from collab.access.gate import Principal
from collab.crdt.update import UpdateInfo
from collab.room.records import Claim

__all__ = ["Attributed", "Ownership"]

_MOST_ANNOUNCED: Final = 10_000
"""Clients that were announced and never wrote, remembered per room."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """Who wrote an update, who brought it if that is somebody else, and what it makes known."""

    author: str
    author_name: str
    carrier: str | None
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class _Session:
    """A connection that announced a client, and that client's clock as it was then."""

    person: str
    client: int
    knows: int


class Ownership:
    """The owners of one document's clients. Decides; `attribute` changes nothing until `settle`."""

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        self._first: dict[int, Claim] = {}
        self._last: dict[int, Claim] = {}
        self._announced: dict[int, Claim] = {}
        self._sessions: dict[str, _Session] = {}
        self.settle(claims)

    def enter(self, connection: str, person: Principal, client: int | None, knows: int) -> None:
        """Take note of a connection that announces a client; `knows` is that client's own clock."""
        self._sessions.pop(connection, None)
        if client is None:
            return
        self._sessions[connection] = _Session(person.id, client, knows)
        if client not in self._first and client not in self._announced:
            if len(self._announced) >= _MOST_ANNOUNCED:
                del self._announced[next(iter(self._announced))]
            self._announced[client] = Claim(client, 0, person.id, person.name)

    def leave(self, connection: str) -> None:
        """Forget a connection. What its client is known to own stays."""
        self._sessions.pop(connection, None)

    def attribute(
        self,
        info: UpdateInfo,
        before: Mapping[int, int],
        sender: Principal,
        connection: str | None,
        inherited: Sequence[Claim] = (),
    ) -> Attributed:
        """Return who wrote the update `info` tells of, given each client's clock before it.

        What it puts back, made by the server itself, keeps the authors it `inherited`.
        """
        if inherited:
            return Attributed(sender.id, sender.name, None, tuple(inherited))
        own = Claim(0, 0, sender.id, sender.name)
        claims: list[Claim] = []
        writers: dict[str, Claim] = {}
        for client, (start, end) in info.clocks.items():
            clock = max(start, before.get(client, 0))
            if clock >= end:
                continue
            known = self._last.get(client)
            so_far = None if known is None else known.author
            for first, writer in self._writers(client, clock, end, own, connection):
                writers[writer.author] = writer
                if writer.author != so_far:
                    since = 0 if so_far is None else first
                    claims.append(Claim(client, since, writer.author, writer.author_name))
                    so_far = writer.author
        if len(writers) == 1 and sender.id not in writers:
            (writer,) = writers.values()
            return Attributed(writer.author, writer.author_name, sender.id, tuple(claims))
        return Attributed(sender.id, sender.name, None, tuple(claims))

    def settle(self, claims: Iterable[Claim]) -> None:
        """Take in what an accepted update made known."""
        for claim in claims:
            first, last = self._first.get(claim.client), self._last.get(claim.client)
            if first is None or claim.first < first.first:
                self._first[claim.client] = claim
            if last is None or claim.first >= last.first:
                self._last[claim.client] = claim
            self._announced.pop(claim.client, None)

    # --- private ---

    def _writers(
        self, client: int, clock: int, end: int, own: Claim, connection: str | None
    ) -> list[tuple[int, Claim]]:
        """Return who wrote `client`'s clocks up to `end`, each with the first clock of theirs."""
        owner = self._first.get(client) or self._announced.get(client)
        session = self._sessions.get(connection) if connection is not None else None
        if owner is None or owner.author == own.author:
            return [(clock, own)]
        if session is None or session.client == client:
            return [(clock, own)]
        known = max(clock, min(end, self._known_to(owner, end)))
        parts = [(clock, owner), (known, own), (end, own)]
        return [one for one, following in pairwise(parts) if one[0] < following[0]]

    def _known_to(self, owner: Claim, end: int) -> int:
        """Return the clock up to which the owner may have written; all, unless they are here."""
        clocks = [
            session.knows
            for session in self._sessions.values()
            if session.client == owner.client and session.person == owner.author
        ]
        return max(clocks, default=end)
