"""Undoing what the callbacks of a `SQLiteYStore` may have compressed its updates with."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Final

from collab.importing.foreign import UnreadableStore, too_large

__all__ = ["plain"]

_DEFLATE: Final = 0x78
_OPENERS: Final[tuple[tuple[bytes, Callable[[], Any]], ...]] = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    (b"BZh", bz2.BZ2Decompressor),
)
_OTHERS: Final = ((b"\x28\xb5\x2f\xfd", "Zstandard"), (b"\x04\x22\x4d\x18", "LZ4"))


def plain(data: bytes, limit: int) -> bytes:
    """Return `data`, decompressed if it is zlib's, gzip's, xz's or bzip2's.

    Such data ends in a checksum, so an update is not taken for it. Raises `UnreadableStore` when
    there are more than `limit` bytes in it, or when it was compressed with something else.
    """
    for magic, name in _OTHERS:
        if data.startswith(magic):
            message = (
                f"It is compressed with {name}, which is not read here; store it uncompressed."
            )
            raise UnreadableStore(message)
    openers = [opener for magic, opener in _OPENERS if data.startswith(magic)]
    if len(data) > 2 and data[0] == _DEFLATE and int.from_bytes(data[:2], "big") % 31 == 0:
        openers.append(zlib.decompressobj)
    for opener in openers:
        decompressor = opener()
        try:
            inside: bytes = decompressor.decompress(data, limit + 1)
        except (zlib.error, lzma.LZMAError, OSError):
            continue
        if len(inside) > limit:
            raise UnreadableStore(too_large(len(inside), limit))
        if decompressor.eof and not decompressor.unused_data:
            return inside
    return data
