"""A fingerprint of what a document says, down to the last nested value."""

from __future__ import annotations

import hashlib

from collab.crdt.structs import Kind, TypeName
from collab.crdt.weave import Item, Strand, Weave

__all__ = ["digest_of"]


def digest_of(state: bytes) -> bytes:
    """Return 32 bytes that are equal for two states that say the same, however they came to."""
    roots = sorted((name, _said(strand)) for name, strand in Weave(state).roots.items())
    shown = [(name, said) for name, said in roots if said != _NOTHING]
    return hashlib.sha256(repr(shown).encode(errors="surrogatepass")).digest()


_NOTHING = "([], [])"


def _said(strand: Strand) -> str:
    """Return what a shared type holds, as text: its list in order, then its keys."""
    parts: list[tuple[str, object]] = []
    marks: dict[str, object] = {}
    for item in strand.visible():
        if item.kind is Kind.FORMAT and isinstance(item.content, tuple):
            key, value = item.content
            marks = {name: mark for name, mark in marks.items() if name != key}
            if value is not None:
                marks[str(key)] = value
            continue
        shape = repr(sorted((name, _ordered(mark)) for name, mark in marks.items()))
        if item.kind is Kind.STRING and parts and parts[-1][0] == shape:
            parts[-1] = (shape, str(parts[-1][1]) + item.text)
        elif item.kind is Kind.STRING:
            parts.append((shape, item.text))
        else:
            parts += [(f"{item.kind.name} {shape}", value) for value in _values(item)]
    keys = sorted((key, _values(item)[-1:]) for key, item in strand.values())
    return repr((parts, keys))


def _values(item: Item) -> list[str]:
    """Return what `item` holds, value by value: how they were put together says nothing."""
    if item.strand is not None:
        content = item.content
        kind = (content.ref, content.name) if isinstance(content, TypeName) else ()
        return [f"{kind} {_said(item.strand)}"]
    held = item.content if isinstance(item.content, list) else [item.content]
    return [repr(_ordered(value)) for value in held]


def _ordered(value: object) -> object:
    """Return `value` with the keys of its objects in order, and whole numbers as such."""
    if isinstance(value, dict):
        return sorted((str(key), _ordered(item)) for key, item in value.items())
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
