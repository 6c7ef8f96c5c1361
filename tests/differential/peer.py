"""Sessions of real Yjs, and a small server that merges them as a room does."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from collab.crdt.compaction import compact, merge
from collab.crdt.deletions import Deletions
from collab.crdt.parking import Parking
from collab.crdt.replica import Engine, open_replica, refuse_unsupported
from collab.crdt.state_vector import decode_state_vector
from collab.crdt.update import UpdateInfo, inspect_update
from tests.support.node import NodeChild

__all__ = ["SeamServer", "Session", "delivery", "encoded", "play"]


def encoded(updates: Iterable[bytes]) -> list[str]:
    """Return `updates` in the base64 the Node program reads."""
    return [base64.b64encode(update).decode() for update in updates]


@dataclass(frozen=True)
class Session:
    """What a session of real Yjs people produced."""

    seed: int
    updates: list[tuple[int, bytes]]
    """(author, update) in the order they were made."""
    state: bytes
    """The document of one of them half-way through."""
    vector: dict[int, int]


def play(node: NodeChild, seed: int, steps: int) -> Session:
    """Let `node` play the session of `seed`."""
    played: Any = node.ask({"do": "session", "seed": seed, "steps": steps})
    updates = [(author, base64.b64decode(update)) for author, update in played["updates"]]
    checkpoint = played["checkpoint"]
    return Session(
        seed,
        updates,
        base64.b64decode(checkpoint["state"]),
        decode_state_vector(base64.b64decode(checkpoint["vector"])),
    )


def delivery(session: Session, dice: random.Random) -> list[bytes]:
    """Return the session's updates as a bad network delivers them: late, doubled, out of order."""
    queues: dict[int, list[bytes]] = {}
    for author, update in session.updates:
        queues.setdefault(author, []).append(update)
    delivered: list[bytes] = []
    offline: dict[int, int] = {}
    while queues:
        author = dice.choice(list(queues))
        if offline.get(author, 0) > 0:
            offline[author] -= 1
            continue
        if dice.random() < 0.05:
            offline[author] = dice.randrange(10)
        queue = queues[author]
        delivered.append(queue.pop(1 if len(queue) > 1 and dice.random() < 0.1 else 0))
        if dice.random() < 0.05:
            delivered.append(dice.choice(delivered))
        if not queue:
            del queues[author]
    return delivered


class SeamServer:
    """The merge seam as a room uses it, without people."""

    def __init__(self, engine: Engine, state: bytes | None = None) -> None:
        """Open with `state`, a compacted document, as after a cold restart."""
        self.engine = engine
        loaded = [] if state is None else [(state, inspect_update(state))]
        self.replica = open_replica(engine, loaded)
        self.deletions = Deletions()
        self.parking = Parking(max_updates=1_000, max_bytes=2**22)
        self.log: list[bytes] = [] if state is None else [state]
        for _, info in loaded:
            self.deletions.add(info.deletions)

    def receive(self, update: bytes) -> None:
        """Merge `update` or park it, then whatever waited for it."""
        info = inspect_update(update)
        refuse_unsupported(self.engine, info)
        if not info.is_news(self.replica.state_vector(), self.deletions):
            return
        if not info.is_ready(self.replica.state_vector()):
            self.parking.park(update, info)
            return
        self._merge(update, info)
        while released := self.parking.release(self.replica.state_vector()):
            for waiting, waiting_info in released:
                self._merge(waiting, waiting_info)

    def restarted(self) -> SeamServer:
        """Return the server that opens what this one stores when it closes."""
        fresh = SeamServer(self.engine, compact([self.replica.state()]))
        for update in self.parking.items():
            fresh.receive(update)
        return fresh

    def answers(self, session: Session) -> Sequence[Sequence[bytes]]:
        """Return every way the server tells its content; all must say the same."""
        state = self.replica.state()
        return (
            [state],
            [compact([state])],
            [merge(self.log)],
            [session.state, self.replica.diff(session.vector)],
        )

    def _merge(self, update: bytes, info: UpdateInfo) -> None:
        self.replica.apply(update, info)
        self.deletions.add(info.deletions)
        self.log.append(update)
