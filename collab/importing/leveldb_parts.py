"""The parts LevelDB's files are made of: numbers, checksums, log records and sorted tables.

Source of the formats: https://github.com/google/leveldb (doc/log_format.md, doc/table_format.md).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from collab.importing.foreign import UnreadableStore
from collab.importing.snappy import uncompressed

__all__ = ["Entry", "log_records", "read_lengthed", "read_number", "table_entries"]

Entry = tuple[bytes, int, bytes | None]
"""A key, minus its sequence number (so that the newest sorts first), and its value; None: deleted."""

_BLOCK: Final = 32 * 1024
_HEADER: Final = 7
_FOOTER: Final = 48
_MAGIC: Final = 0xDB4775248B80FB57.to_bytes(8, "little")
_TRAILER: Final = 5
_MASK: Final = 0xA282EAD8
_POLYNOMIAL: Final = 0x82F63B78
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


# --- numbers ---


def read_number(data: bytes, pos: int) -> tuple[int, int]:
    """Return the varint at `pos` and where it ends. Raises `UnreadableStore`."""
    value = shift = 0
    for byte in data[pos : pos + 10]:
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos
        shift += 7
    raise UnreadableStore("A number in it is cut off.")


def read_lengthed(data: bytes, pos: int) -> tuple[bytes, int]:
    """Return the length-prefixed bytes at `pos` and where they end. Raises `UnreadableStore`."""
    length, pos = read_number(data, pos)
    if pos + length > len(data):
        raise UnreadableStore("A value in it is cut off.")
    return data[pos : pos + length], pos + length


# --- checksums ---


def _tables() -> tuple[list[int], list[int]]:
    """Return CRC-32C's tables for one byte, and for two at a time, which halves the work."""
    one = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
        one.append(crc)
    two = [
        one[word >> 8 ^ one[word & 0xFF] & 0xFF] ^ one[word & 0xFF] >> 8 for word in range(65536)
    ]
    return one, two


_ONE, _TWO = _tables()


def _is_intact(data: bytes, stored: bytes) -> bool:
    """Return whether `stored` is the masked checksum of `data`."""
    crc, two = 0xFFFFFFFF, _TWO
    pairs = array("H", data[: len(data) & ~1])
    if sys.byteorder == "big":
        pairs.byteswap()
    for pair in pairs:
        crc = crc >> 16 ^ two[(crc ^ pair) & 0xFFFF]
    if len(data) & 1:
        crc = crc >> 8 ^ _ONE[(crc ^ data[-1]) & 0xFF]
    crc ^= 0xFFFFFFFF
    masked = ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF
    return masked == int.from_bytes(stored, "little")


# --- logs ---


def log_records(data: bytes, name: str) -> Iterator[bytes]:
    """Yield the records of a log. A last one that was not finished is left out: it was never told.

    Raises `UnreadableStore` when a record is damaged.
    """
    pos = 0
    parts: list[bytes] = []
    while pos + _HEADER <= len(data):
        left = _BLOCK - pos % _BLOCK
        if left < _HEADER:
            pos += left
            continue
        length, kind = int.from_bytes(data[pos + 4 : pos + 6], "little"), data[pos + 6]
        end = pos + _HEADER + length
        if kind == 0 and length == 0:
            # The rest of the block was set aside and never written.
            pos += left
            continue
        if length > left - _HEADER:
            raise UnreadableStore(f"Its file {name} is damaged.")
        if end > len(data):
            return
        if not _is_intact(data[pos + 6 : end], data[pos : pos + 4]):
            raise UnreadableStore(f"Its file {name} is damaged.")
        if kind in (_FULL, _FIRST):
            parts = []
        parts.append(data[pos + _HEADER : end])
        if kind in (_FULL, _LAST):
            yield b"".join(parts)
        elif kind not in (_FIRST, _MIDDLE):
            raise UnreadableStore(f"Its file {name} has a record of an unknown kind.")
        pos = end


# --- tables ---


def table_entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of a sorted table in order. Raises `UnreadableStore` when it is damaged."""
    with path.open("rb") as file:
        footer = _piece(file, path, max(0, path.stat().st_size - _FOOTER), _FOOTER)
        if footer[-8:] != _MAGIC:
            raise UnreadableStore(f"Its file {path.name} is damaged.")
        _, pos = read_number(footer, 0)
        _, pos = read_number(footer, pos)
        for _, handle in _block_entries(_block(file, path, footer[pos:])):
            for key, value in _block_entries(_block(file, path, handle)):
                yield _entry(key, value)


def _piece(file: IO[bytes], path: Path, offset: int, size: int) -> bytes:
    if offset + size > path.stat().st_size:
        raise UnreadableStore(f"Its file {path.name} is cut off.")
    file.seek(offset)
    return file.read(size)


def _block(file: IO[bytes], path: Path, handle: bytes) -> bytes:
    offset, pos = read_number(handle, 0)
    size, _ = read_number(handle, pos)
    data = _piece(file, path, offset, size + _TRAILER)
    if not _is_intact(data[: size + 1], data[size + 1 :]):
        raise UnreadableStore(f"Its file {path.name} is damaged.")
    kind = data[size]
    if kind > 1:
        raise UnreadableStore(f"Its file {path.name} is compressed in a way y-leveldb never does.")
    return uncompressed(data[:size]) if kind == 1 else data[:size]


def _block_entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")
    if len(block) < 4 or end < 0:
        raise UnreadableStore("A block of it is cut off.")
    pos, key = 0, b""
    while pos < end:
        shared, pos = read_number(block, pos)
        fresh, pos = read_number(block, pos)
        size, pos = read_number(block, pos)
        if shared > len(key) or pos + fresh + size > end:
            raise UnreadableStore("A block of it is damaged.")
        key = key[:shared] + block[pos : pos + fresh]
        pos += fresh
        yield key, block[pos : pos + size]
        pos += size


def _entry(key: bytes, value: bytes) -> Entry:
    if len(key) < 8:
        raise UnreadableStore("A key in it is cut off.")
    tag = int.from_bytes(key[-8:], "little")
    return key[:-8], -(tag >> 8), value if tag & 0xFF else None
