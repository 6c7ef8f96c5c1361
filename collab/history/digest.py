"""A fingerprint of what a document says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import is_dataclass

from collab.crdt.tree import Root, read_roots

__all__ = ["digest_of"]


def digest_of(state: bytes) -> bytes:
    """Return 32 bytes that are equal for two states that say the same, however they came to.

    Raises `EngineFailure`.
    """
    said = {name: root for name, root in read_roots(state).items() if root.value}
    return hashlib.sha256(repr(_ordered(said)).encode(errors="surrogatepass")).digest()


def _ordered(value: object) -> object:
    if isinstance(value, Root):
        return value.kind.value, _ordered(value.value)
    if is_dataclass(value):
        slots: tuple[str, ...] = getattr(value, "__slots__", ())
        return [_ordered(getattr(value, name)) for name in slots]
    if isinstance(value, Mapping):
        return sorted((str(key), _ordered(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return value
