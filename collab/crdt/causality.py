"""Whether the structs of an update can be merged in some order at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush

from collab.errors import InvalidUpdate

__all__ = ["refuse_circles"]

Reference = tuple[int, int, int]
"""Clock of a struct, another client, and the clock it needs that client to have reached."""


def refuse_circles(
    clocks: Mapping[int, tuple[int, int]], references: Mapping[int, Sequence[Reference]]
) -> None:
    """Raise `InvalidUpdate` when structs wait for each other: no client could ever merge them.

    `clocks` are the client blocks (first clock, exclusive end), `references` what each client's
    structs need of others, in order. Merges in thought as Yjs does, each client as far as it gets;
    one that is stuck is woken when the other gets there.
    """
    within = {
        client: [ref for ref in listed if _is_within(ref, clocks)]
        for client, listed in references.items()
    }
    if not any(within.values()):
        return
    reached = {client: first for client, (first, _) in clocks.items()}
    position = dict.fromkeys(within, 0)
    waiting: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    todo = list(clocks)
    while todo:
        client = todo.pop()
        listed, index = within.get(client, []), position.get(client, 0)
        while index < len(listed) and reached[listed[index][1]] >= listed[index][2]:
            index += 1
        position[client] = index
        if index < len(listed):
            clock, other, need = listed[index]
            heappush(waiting[other], (need, client))
        else:
            clock = clocks[client][1]
        reached[client] = clock
        stuck = waiting[client]
        while stuck and stuck[0][0] <= clock:
            todo.append(heappop(stuck)[1])
    if any(waiting.values()):
        message = "Structs depend on each other in a circle; encode the update with Yjs."
        raise InvalidUpdate(message)


def _is_within(reference: Reference, clocks: Mapping[int, tuple[int, int]]) -> bool:
    """Return whether the update itself brings what `reference` needs."""
    block = clocks.get(reference[1])
    return block is not None and block[0] < reference[2] <= block[1]
