"""State vectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.lib0 import write_var_uint
from collab.crdt.state_vector import decode_state_vector, encode_state_vector
from collab.errors import InvalidUpdate


@given(st.dictionaries(st.integers(0, 2**53 - 1), st.integers(1, 2**31 - 1)))
def test_vectors_come_back(vector: dict[int, int]) -> None:
    """Every vector survives writing and reading."""
    assert decode_state_vector(encode_state_vector(vector)) == vector


def test_vectors_look_as_yjs_writes_them() -> None:
    """Higher clients first; the empty vector is one zero; zero clocks are not mentioned."""
    assert encode_state_vector({}) == b"\x00"
    assert encode_state_vector({3: 1, 300: 2, 7: 0}) == bytes.fromhex("02ac02020301")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x01\x03",
        b"\x01\x03\x01\x00",
        b"\x02\x03\x01\x03\x02",
        b"\x01\x03" + write_var_uint(2**31),
        write_var_uint(2**32 - 1) + b"\x01" * 100,
        b"\xff" * 8,
    ],
)
def test_bad_vectors_are_refused(data: bytes) -> None:
    """Cut-off, overlong, repeated, out of bounds: each is an error, and none is slow or big."""
    with pytest.raises(InvalidUpdate):
        decode_state_vector(data)
