"""The wire's primitives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.crdt.lib0 import (
    check_any,
    check_json,
    quick_var_uint,
    read_bytes,
    read_string,
    read_var_uint,
    utf16_length,
    write_bytes,
    write_string,
    write_var_uint,
)
from collab.errors import InvalidUpdate, UnsupportedContent


@given(st.integers(min_value=0, max_value=2**53 - 1))
def test_numbers_come_back(value: int) -> None:
    """Every number up to 2^53-1 survives writing and both ways of reading."""
    encoded = write_var_uint(value)
    assert read_var_uint(b"x" + encoded + b"y", 1) == (value, 1 + len(encoded))
    assert quick_var_uint(b"x" + encoded + b"y", 1) == (value, 1 + len(encoded))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\xff\xff\xff",
        b"\x80\x00",
        b"\xff\x80\x00",
        b"\xff" * 7 + b"\x10",
        b"\xff" * 7 + b"\x20",
        b"\xff" * 8 + b"\x01",
        b"\xff" * 200_000,
    ],
    ids=lambda data: data[:10].hex() or "empty",
)
def test_numbers_cut_off_padded_or_too_large_are_refused(data: bytes) -> None:
    """A number must end, take its shortest form and fit 53 bits; long ones cost nothing."""
    with pytest.raises(InvalidUpdate):
        read_var_uint(data, 0)
    with pytest.raises((InvalidUpdate, IndexError)):
        quick_var_uint(data, 0)


def test_numbers_beyond_the_wire_cannot_be_written() -> None:
    """A number that no reader would take is the caller's mistake."""
    for value in (-1, 2**53):
        with pytest.raises(ValueError, match="varUint"):
            write_var_uint(value)


@given(st.text())
def test_strings_come_back(value: str) -> None:
    """Every string survives, and its length is counted in UTF-16 units as JavaScript does."""
    encoded = write_string(value)
    read, end = read_string(encoded, 0)
    assert (read, end) == (value, len(encoded))
    assert utf16_length(value.encode()) == len(value.encode("utf-16-le")) // 2


def test_half_a_surrogate_pair_is_written_as_browsers_do() -> None:
    """Browsers' encoders replace lone surrogates by U+FFFD, and so does ours."""
    assert read_string(write_string("a\ud83d"), 0)[0].startswith("a\ufffd")


@pytest.mark.parametrize(
    "data", [b"\x01\xff", b"\x03\xed\xa0\xbd", b"\x02\xc0\x80", b"\x04\xf5\x80\x80\x80", b"\x05abc"]
)
def test_bad_utf8_and_cut_off_strings_are_refused(data: bytes) -> None:
    """Browsers decode strictly and would throw: surrogates, overlong forms, cut-off bytes."""
    with pytest.raises(InvalidUpdate):
        read_string(data, 0)


def test_a_byte_order_mark_is_text() -> None:
    """Browsers keep it, and it counts as one unit."""
    assert read_string(write_bytes(b"\xef\xbb\xbfa"), 0)[0] == "\ufeffa"
    assert utf16_length(b"\xef\xbb\xbfa") == 2


def test_bytes_cannot_be_longer_than_the_message() -> None:
    """A length beyond the bytes at hand is refused before anything is allocated."""
    with pytest.raises(InvalidUpdate):
        read_bytes(write_var_uint(2**40) + b"abc", 0)


@pytest.mark.parametrize(
    "data",
    [
        b"\x7f",
        b"\x7e",
        b"\x79",
        b"\x78",
        b"\x7d\x40",
        b"\x7d\xff\x01",
        b"\x7c1234",
        b"\x7b12345678",
        b"\x77\x02ab",
        b"\x74\x02\xff\xfe",
        b"\x75\x00",
        b"\x76\x00",
        b"\x75\x02\x76\x01\x01a\x75\x01\x7e\x77\x00",
    ],
)
def test_values_end_where_they_should(data: bytes) -> None:
    """Every kind of `any` value is read to its last byte."""
    assert check_any(data + b"rest", 0, 64) == len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x73",
        b"\x80",
        b"\x7d",
        b"\x7d\x80",
        b"\x7d\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x7c123",
        b"\x7b1234567",
        b"\x77\x02a",
        b"\x77\x01\xff",
        b"\x74\x02a",
        b"\x75\x02\x7e",
        b"\x76\x01\x01a",
        b"\x76\x01\x09__proto__\x76\x00",
        b"\x75" + write_var_uint(2**40),
    ],
)
def test_bad_values_are_refused(data: bytes) -> None:
    """Cut-off values, unknown tags, impossible counts and prototype keys do not pass."""
    with pytest.raises(InvalidUpdate):
        check_any(data, 0, 64)


def test_big_integers_are_unsupported() -> None:
    """A BigInt would be a number after compaction, so it is not accepted at all."""
    with pytest.raises(UnsupportedContent):
        check_any(b"\x7a12345678", 0, 64)


@pytest.mark.parametrize("opening", [b"\x75\x01", b"\x76\x01\x01k"])
def test_values_nest_as_deep_as_allowed_and_no_deeper(opening: bytes) -> None:
    """64 arrays or objects inside each other pass, 65 and 30,000 do not."""
    assert check_any(opening * 64 + b"\x7e", 0, 64) == 64 * len(opening) + 1
    for depth in (65, 30_000):
        with pytest.raises(InvalidUpdate):
            check_any(opening * depth + b"\x7e", 0, 64)


@pytest.mark.parametrize(
    "text",
    [b"null", b"true", b'""', b"{}", b"-1.5e3", b'{"a":[1,"\\u00e9[[[["]}', '"é😀"'.encode()],
)
def test_good_json_passes(text: bytes) -> None:
    """What JSON.stringify writes is accepted."""
    check_json(text, 2)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"undefined",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"1e999",
        b"9" * 400,
        b"9" * 5000,
        b"{'a':1}",
        b'{"a":1,}',
        b'"\x01"',
        b"01",
        b'"\xff"',
        b'"\\ud83d"',
        b"\xef\xbb\xbf1",
        b"[[[1]]]",
        b'{"a":{"b":{}}}',
        b"[" * 200_000,
        b'"' + b"\\" * 99_999,
        b"[1" + b",1" * 300_000 + b"]",
    ],
    ids=lambda text: str(text[:16]),
)
def test_bad_json_is_refused(text: bytes) -> None:
    """What browsers would not parse, or not alike, is refused without recursion."""
    with pytest.raises(InvalidUpdate):
        check_json(text, 2)
