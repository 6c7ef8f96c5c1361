"""The frames of the Hocuspocus protocol: an address, a type, a body.

The address is the document's name, or with session awareness `name NUL session`; what is sent back
bears exactly the address received. Only ping and pong have none: they are one byte.
Source: https://github.com/ueberdosis/hocuspocus (packages/common, packages/server).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from collab.crdt.lib0 import read_string, read_var_uint, write_bytes, write_string, write_var_uint
from collab.errors import InvalidUpdate
from collab.gateway.sync import expect_end, write_sync

__all__ = [
    "PING",
    "PONG",
    "READ_ONLY",
    "READ_WRITE",
    "TOKEN_WANTED",
    "Kind",
    "awareness",
    "closed",
    "denied",
    "document_of",
    "granted",
    "read_head",
    "read_text",
    "read_token",
    "stateless",
    "status",
    "sync",
]


class Kind(IntEnum):
    """The type of a frame."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    STATELESS = 5
    CLOSE = 7
    STATUS = 8


PING: Final = b"\x09"
PONG: Final = b"\x0a"
READ_ONLY: Final = "readonly"
READ_WRITE: Final = "read-write"
TOKEN_WANTED: Final = bytes((Kind.AUTH, 0))
"""Asks the client for its token, perhaps a newer one; only version 4 answers."""


def read_head(message: bytes) -> tuple[str, int, int]:
    """Return a frame's address and type, and where its body starts. Raises `InvalidUpdate`."""
    address, position = read_string(message, 0)
    kind, position = read_var_uint(message, position)
    return address, kind, position


def document_of(address: str) -> str:
    """Return the document an address names, without the session."""
    return address.partition("\0")[0]


def read_token(message: bytes, position: int) -> tuple[str, str]:
    """Return the token and the client's version (none before 4) of an auth frame's body.

    Raises `InvalidUpdate`.
    """
    kind, position = read_var_uint(message, position)
    if kind != 0:
        text = "Only a server sends the results of an authentication."
        raise InvalidUpdate(text)
    token, position = read_string(message, position)
    version = ""
    if position < len(message):
        version, position = read_string(message, position)
    expect_end(message, position)
    return token, version


def read_text(message: bytes, position: int) -> str:
    """Return a body that is one string. Raises `InvalidUpdate`."""
    text, position = read_string(message, position)
    expect_end(message, position)
    return text


# --- bodies, each with its type ---


def sync(kind: int, payload: bytes) -> bytes:
    """Return a sync message."""
    return bytes((Kind.SYNC,)) + write_sync(kind, payload)


def awareness(states: bytes) -> bytes:
    """Return an awareness update."""
    return bytes((Kind.AWARENESS,)) + write_bytes(states)


def granted(scope: str) -> bytes:
    """Return that the client is in, with `READ_WRITE` or `READ_ONLY`."""
    return bytes((Kind.AUTH, 2)) + write_string(scope)


def denied(reason: str) -> bytes:
    """Return that the client is not let in; it may try again on the same socket."""
    return bytes((Kind.AUTH, 1)) + write_string(reason)


def stateless(text: str) -> bytes:
    """Return a message of the application's own."""
    return bytes((Kind.STATELESS,)) + write_string(text)


def closed(reason: str) -> bytes:
    """Return that the document is closed for this client; its socket stays."""
    return bytes((Kind.CLOSE,)) + write_string(reason)


def status(*, is_kept: bool) -> bytes:
    """Return that one of the client's edits is committed, or refused."""
    return bytes((Kind.STATUS,)) + write_var_uint(int(is_kept))
