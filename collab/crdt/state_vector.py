"""State vectors: the next expected clock of every client, as Yjs exchanges them."""

from __future__ import annotations

from collections.abc import Mapping

from collab.crdt.lib0 import read_var_uint, write_var_uint
from collab.errors import InvalidUpdate
from collab.limits import MAX_CLOCK

__all__ = ["decode_state_vector", "encode_state_vector"]


def decode_state_vector(data: bytes) -> dict[int, int]:
    """Return the clocks in `data`, by client; an empty vector is the one byte 0.

    Raises `InvalidUpdate` for anything malformed, a client named twice, or clocks out of bounds.
    """
    count, position = read_var_uint(data, 0)
    if count > (len(data) - position) // 2:
        message = "The state vector promises more entries than it has bytes; send it whole."
        raise InvalidUpdate(message)
    vector: dict[int, int] = {}
    for _ in range(count):
        client, position = read_var_uint(data, position)
        clock, position = read_var_uint(data, position)
        if client in vector or clock > MAX_CLOCK:
            message = "The state vector names a client twice or a clock beyond 2^31-1."
            raise InvalidUpdate(message)
        vector[client] = clock
    if position != len(data):
        message = "The state vector has bytes after its end; send nothing but the vector."
        raise InvalidUpdate(message)
    return vector


def encode_state_vector(vector: Mapping[int, int]) -> bytes:
    """Return `vector` as bytes, higher client ids first as Yjs writes them, zero clocks left out."""
    known = sorted(((client, clock) for client, clock in vector.items() if clock), reverse=True)
    parts = [write_var_uint(len(known))]
    for client, clock in known:
        parts.append(write_var_uint(client))
        parts.append(write_var_uint(clock))
    return b"".join(parts)
