"""What kind of shared type each root of a document is.

A root's kind stands nowhere in an update; its content shows it. `inspect_update` sees only what names
the root itself, and where that has been deleted the rest must be asked, neighbour by neighbour.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from collab.crdt.structs import Id, Kind, Struct, TypeName, read_structs
from collab.crdt.update import RootKind, inspect_update

__all__ = ["root_kinds"]

_SHOWN = {
    Kind.STRING: RootKind.TEXT,
    Kind.FORMAT: RootKind.TEXT,
    Kind.EMBED: RootKind.TEXT,
    Kind.ANY: RootKind.ARRAY,
    Kind.JSON: RootKind.ARRAY,
    Kind.BINARY: RootKind.ARRAY,
    Kind.DOC: RootKind.ARRAY,
}
_FIRST_XML = 3


def root_kinds(state: bytes) -> Mapping[str, RootKind]:
    """Return the kind of every root of `state`, a whole document; `UNKNOWN` for an empty one."""
    kinds = dict(inspect_update(state).roots)
    unknown = {name for name, kind in kinds.items() if kind is RootKind.UNKNOWN}
    if unknown:
        places = _Places(read_structs(state))
        for one in places.structs:
            kind = _shown(one)
            root = places.root_of(one) if kind is not None else None
            if kind is not None and root in unknown:
                kinds[root] = kind
                unknown.discard(root)
                if not unknown:
                    break
    return kinds


def _shown(one: Struct) -> RootKind | None:
    if isinstance(one.content, TypeName):
        return RootKind.XML if one.content.ref >= _FIRST_XML else RootKind.ARRAY
    return _SHOWN.get(one.kind)


class _Places:
    """Finds the root a struct stands in: its own word, or that of those it was put beside."""

    def __init__(self, structs: list[Struct]) -> None:
        self.structs = structs
        self._of: dict[int, tuple[list[int], list[Struct]]] = {}
        for one in structs:
            starts, own = self._of.setdefault(one.client, ([], []))
            starts.append(one.clock)
            own.append(one)
        self._roots: dict[Id, str | None] = {}

    def root_of(self, one: Struct) -> str | None:
        """Return the name of the root that `one` stands in directly; None for what is deeper."""
        passed: list[Id] = []
        here: Struct | None = one
        root: str | None = None
        while here is not None:
            place = (here.client, here.clock)
            if place in self._roots:
                root = self._roots[place]
                break
            passed.append(place)
            if here.parent is not None:
                root = here.parent if isinstance(here.parent, str) and here.key is None else None
                break
            here = self._find(here.origin or here.right)
        for place in passed:
            self._roots[place] = root
        return root

    def _find(self, place: Id | None) -> Struct | None:
        starts, own = self._of.get(place[0], ([], [])) if place is not None else ([], [])
        index = bisect_right(starts, place[1]) - 1 if place is not None else -1
        return own[index] if index >= 0 else None
