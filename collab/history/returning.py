"""What an earlier restore or revert has put back already, and need not be put back again.

A deletion stays in the log for ever, also after somebody undid it: the words came back as copies. A copy
is known by its place, right before what it is a copy of, and by saying the same; who typed the same
words there again has done no less.
"""

from __future__ import annotations

from collections.abc import Iterator

from collab.crdt.deletions import Deletions
from collab.crdt.structs import Id
from collab.crdt.weave import Item, Weave

__all__ = ["back_already"]


def back_already(raw: bytes, taken: Deletions) -> Deletions:
    """Return what of `taken`, which was deleted, shows again as copies in the document `raw`.

    `raw` is a state that still holds what was deleted.
    """
    weave = Weave(raw)
    copies: dict[Id, list[Item]] = {}
    for item in weave.items():
        if not item.deleted and item.right_origin is not None:
            copies.setdefault(item.right_origin, []).append(item)
    back = Deletions()
    for item in weave.items():
        if item.deleted and taken.has(item.client, item.clock):
            candidates = copies.get((item.client, item.clock), ())
            if any(_says_the_same(copy, item) for copy in candidates):
                for part in _with_all_in_it(item):
                    back.add({part.client: ((part.clock, part.clock + part.length),)})
    return back


def _says_the_same(copy: Item, original: Item) -> bool:
    if original.text:
        return copy.text.startswith(original.text)
    return copy.kind is original.kind and copy.content == original.content


def _with_all_in_it(item: Item) -> Iterator[Item]:
    waiting = [item]
    while waiting:
        here = waiting.pop()
        yield here
        if here.strand is not None:
            waiting += [*here.strand, *here.strand.keys.values()]
