"""Snappy, the compression of LevelDB's blocks: only the way back.

Source of the format: https://github.com/google/snappy (format_description.txt).
"""

from __future__ import annotations

from collab.importing.foreign import UnreadableStore

__all__ = ["uncompressed"]

_BAD = "A compressed block is damaged."


def uncompressed(data: bytes) -> bytes:
    """Return what `data` was before compression. Raises `UnreadableStore` when it is damaged."""
    try:
        return _uncompressed(data)
    except IndexError:
        raise UnreadableStore(_BAD) from None


def _uncompressed(data: bytes) -> bytes:
    expected, pos = _length(data)
    out = bytearray()
    while pos < len(data):
        tag = data[pos]
        pos += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                width = length - 60
                length = int.from_bytes(data[pos : pos + width], "little") + 1
                pos += width
            out += data[pos : pos + length]
            pos += length
            continue
        if tag & 3 == 1:
            length, offset, pos = 4 + (tag >> 2 & 7), (tag >> 5) << 8 | data[pos], pos + 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, offset = 1 + (tag >> 2), int.from_bytes(data[pos : pos + width], "little")
            pos += width
        if not 0 < offset <= len(out):
            raise UnreadableStore(_BAD)
        start = len(out) - offset
        # A copy may reach into what it is just writing: then the bytes at hand repeat.
        piece = out[start : start + length]
        out += piece if offset >= length else (piece * (length // offset + 1))[:length]
    if len(out) != expected:
        raise UnreadableStore(_BAD)
    return bytes(out)


def _length(data: bytes) -> tuple[int, int]:
    value = shift = pos = 0
    while True:
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos
        shift += 7
        if shift > 28:
            raise UnreadableStore(_BAD)
