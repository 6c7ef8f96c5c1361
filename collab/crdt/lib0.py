"""lib0, the wire's primitives: bounded readers that raise `InvalidUpdate`, and their writers.

Readers are functions `(data, position) -> (value, next position)`: no reader object, no allocation
that the bytes at hand do not pay for, no recursion. Stricter than lib0 itself where no writer is
known to differ: numbers take their shortest form, so every value has one encoding.
Source: https://github.com/dmonad/lib0 (encoding.js, decoding.js).
"""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from collab.errors import InvalidUpdate, UnsupportedContent

__all__ = [
    "check_any",
    "check_json",
    "pair_clocks",
    "quick_var_uint",
    "read_bytes",
    "read_string",
    "read_var_uint",
    "skip_string",
    "utf16_length",
    "write_bytes",
    "write_string",
    "write_var_uint",
]

_MAX_SAFE_INTEGER: Final = 2**53 - 1
_LONGEST_VAR_UINT: Final = 8
_JSON_ITEMS: Final = 250_000
"""Commas and brackets in one JSON value; parsing costs up to about 100 bytes of memory for each."""
_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_JSON_WORDS: Final = frozenset((b"null", b"true", b"false", b'""', b"{}"))
_LONE_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_FOUR_BYTE_LEADS: Final = bytes(range(0xF0, 0x100))

ENDS_EARLY: Final = "The bytes end before the value they promise; send the whole message."


def _refuse(reason: str) -> NoReturn:
    raise InvalidUpdate(reason)


# --- numbers ---


def read_var_uint(data: bytes, position: int) -> tuple[int, int]:
    """Return the unsigned number at `position` (up to 2^53-1) and where it ends.

    Raises `InvalidUpdate` when it is cut off, too large or not in its shortest form.
    """
    chunk = data[position : position + _LONGEST_VAR_UINT]
    value = shift = 0
    for size, byte in enumerate(chunk, 1):
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > _MAX_SAFE_INTEGER or (byte == 0 and size > 1):
                break
            return value, position + size
        shift += 7
    if len(chunk) < _LONGEST_VAR_UINT and (not chunk or chunk[-1] >= 0x80):
        _refuse(ENDS_EARLY)
    _refuse("A number is larger than 2^53-1 or padded; encode it as lib0 does.")


def quick_var_uint(data: bytes, position: int) -> tuple[int, int]:
    """Return what `read_var_uint` does, faster for small numbers.

    Raises `IndexError` as well as `InvalidUpdate` when the number is cut off.
    """
    first = data[position]
    if first < 0x80:
        return first, position + 1
    second = data[position + 1]
    if 0 < second < 0x80:
        return first - 0x80 + (second << 7), position + 2
    third = data[position + 2]
    if 0 < third < 0x80 <= second:
        return first - 0x4080 + (second << 7) + (third << 14), position + 3
    return read_var_uint(data, position)


def write_var_uint(value: int) -> bytes:
    """Return `value` as a varUint. Raises `ValueError` outside 0 to 2^53-1."""
    if not 0 <= value <= _MAX_SAFE_INTEGER:
        message = f"{value} does not fit a varUint"
        raise ValueError(message)
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(0x80 | (value & 0x7F))
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _skip_var_int(data: bytes, position: int) -> int:
    """Return where the signed number at `position` ends (first byte: 0x80 more, 0x40 minus)."""
    if position >= len(data):
        _refuse(ENDS_EARLY)
    first = data[position]
    if first < 0x80:
        return position + 1
    value, end = read_var_uint(data, position + 1)
    if value == 0 or value > _MAX_SAFE_INTEGER >> 6:
        _refuse("A signed number is larger than 2^53-1 or padded; encode it as lib0 does.")
    return end


# --- strings and bytes ---


def read_bytes(data: bytes, position: int) -> tuple[bytes, int]:
    """Return the length-prefixed bytes at `position` and where they end."""
    length, start = read_var_uint(data, position)
    end = start + length
    if end > len(data):
        _refuse(ENDS_EARLY)
    return data[start:end], end


def read_string(data: bytes, position: int) -> tuple[str, int]:
    """Return the length-prefixed UTF-8 string at `position` and where it ends.

    Strict, as browsers are (their decoder is fatal): lone surrogates cannot occur, because every
    encoder has replaced them by U+FFFD; a byte order mark is kept.
    """
    chunk, end = read_bytes(data, position)
    try:
        return chunk.decode(), end
    except UnicodeDecodeError:
        _refuse("A string is not valid UTF-8; encode strings as UTF-8.")


def skip_string(data: bytes, position: int) -> int:
    """Return where the string at `position` ends, having checked it."""
    chunk, end = read_bytes(data, position)
    if not chunk.isascii():
        utf16_length(chunk)
    return end


def utf16_length(utf8: bytes) -> int:
    """Return how many UTF-16 units (Yjs's measure of text) `utf8` decodes to.

    Raises `InvalidUpdate` when it is not valid UTF-8.
    """
    if utf8.isascii():
        return len(utf8)
    try:
        characters = len(utf8.decode())
    except UnicodeDecodeError:
        _refuse("A string is not valid UTF-8; encode strings as UTF-8.")
    # Characters beyond the basic plane take four bytes in UTF-8 and two units in UTF-16.
    return characters + len(utf8) - len(utf8.translate(None, _FOUR_BYTE_LEADS))


def pair_clocks(text: bytes, clock: int) -> list[int]:
    """Return the clocks of the second halves of surrogate pairs in `text`, which starts at `clock`."""
    found: list[int] = []
    for character in text.decode():
        clock += 1
        if character > "\uffff":
            found.append(clock)
            clock += 1
    return found


def write_bytes(value: bytes) -> bytes:
    """Return `value` with its length in front."""
    return write_var_uint(len(value)) + value


def write_string(value: str) -> bytes:
    """Return `value` as length-prefixed UTF-8; lone surrogates become U+FFFD as in browsers."""
    return write_bytes(value.encode(errors="surrogatepass").decode(errors="replace").encode())


# --- values ---


def check_any(data: bytes, position: int, depth: int) -> int:
    """Return where the lib0 `any` value at `position` ends, nested at most `depth` deep.

    Raises `InvalidUpdate` for unknown tags, cut-off values and object keys named `__proto__`,
    which would change a JavaScript object's prototype instead of adding a key; and
    `UnsupportedContent` for BigInts, which compaction would turn into numbers.
    """
    size = len(data)
    # One entry per open array or object: how many items are left, and whether each has a key.
    open_values: list[tuple[int, bool]] = []
    items, keyed = 1, False
    while True:
        if items == 0:
            if not open_values:
                return position
            items, keyed = open_values.pop()
            continue
        items -= 1
        if keyed:
            key, position = read_bytes(data, position)
            if key == b"__proto__":
                _refuse("An object has a key named __proto__; use another name.")
            utf16_length(key)
        if position >= size:
            _refuse(ENDS_EARLY)
        tag = data[position]
        position += 1
        if tag in (0x75, 0x76):  # array, object
            open_values.append((items, keyed))
            if len(open_values) > depth:
                _refuse(f"A value is nested more than {depth} deep; store it flatter.")
            items, position = read_var_uint(data, position)
            keyed = tag == 0x76
            if items > size - position:
                _refuse(ENDS_EARLY)
        else:
            position = _skip_scalar(data, position, tag)


def _skip_scalar(data: bytes, position: int, tag: int) -> int:
    if tag in (0x7F, 0x7E, 0x79, 0x78):  # undefined, null, false, true
        return position
    if tag == 0x7D:
        return _skip_var_int(data, position)
    if tag == 0x77:
        return skip_string(data, position)
    if tag == 0x74:
        return read_bytes(data, position)[1]
    if tag == 0x7A:
        message = "BigInt values cannot be kept; store a number or a string."
        raise UnsupportedContent(message)
    width = {0x7C: 4, 0x7B: 8}.get(tag)  # float32, float64
    if width is None:
        _refuse(f"A value has the unknown tag {tag}; encode values as lib0 does.")
    if position + width > len(data):
        _refuse(ENDS_EARLY)
    return position + width


def check_json(text: bytes, depth: int) -> object:
    """Return the value of `text`, checked to be JSON that every browser and engine reads alike.

    Raises `InvalidUpdate` for bad JSON, NaN and infinities, lone surrogates, nesting beyond
    `depth`, and more items than are worth parsing.
    """
    if text in _JSON_WORDS:
        return json.loads(text)
    brackets = text.count(b"[") + text.count(b"{")
    if brackets + text.count(b",") > _JSON_ITEMS:
        _refuse(f"A JSON value has more than {_JSON_ITEMS} items; split it.")
    if brackets > depth and _json_depth(text) > depth:
        _refuse(f"A JSON value is nested more than {depth} deep; store it flatter.")
    try:
        # Decoded first: `json.loads` would guess UTF-16 or strip a byte order mark from bytes.
        value: object = json.loads(
            text.decode(), parse_constant=_refuse_number, parse_float=_finite, parse_int=_integer
        )
    except ValueError:
        _refuse("A value is not valid JSON; encode it with JSON.stringify.")
    if b"\\u" in text and _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        _refuse("A JSON string has half a surrogate pair; remove it.")
    return value


def _json_depth(text: bytes) -> int:
    """Return how deep brackets nest outside strings (at least that deep where JSON is broken)."""
    deepest = level = 0
    for byte in _JSON_STRING.sub(b"", text):
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif byte in b"]}":
            level -= 1
    return deepest


def _refuse_number(_: str) -> NoReturn:
    _refuse("A JSON number is not finite; use null instead.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0:
        _refuse_number(digits)
    return number


def _integer(digits: str) -> int:
    _finite(digits)
    return int(digits)
