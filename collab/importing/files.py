"""Files that hold one document each: plain Yjs updates, and what a `FileYStore` appends to.

Source of the latter's format: https://github.com/y-crdt/pycrdt-store (file.py): a line with the
version, then length-prefixed values in threes: update, metadata, time.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from collab.crdt.lib0 import read_bytes
from collab.errors import InvalidUpdate
from collab.importing.foreign import Foreign, UnreadableStore, reason_of, too_large

__all__ = ["files_in", "is_ystore_file", "read_yjs", "read_ystore_files"]

_HEADER: Final = b"VERSION:"
_VERSION: Final = b"VERSION:2\n"


def is_ystore_file(path: Path) -> bool:
    """Return whether the file starts as a `FileYStore`'s does."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return what of `folder` matches `pattern`, sorted by name, whatever kind of file it is."""
    return sorted(folder.glob(pattern))


def read_yjs(path: Path, limit: int) -> Iterator[Foreign]:
    """Yield the document of a file with a Yjs update, or of each `.yjs` file of a directory."""
    for file in files_in(path, "*.yjs") if path.is_dir() else [path]:
        name = file.name.removesuffix(".yjs")
        try:
            data = _bytes(file, limit, is_given=file is path)
        except UnreadableStore as damage:
            yield Foreign(name, damage=str(damage))
            continue
        if data:
            yield Foreign(name, (data,))
        else:
            told = f"{file} is empty; an empty document is an update of two zero bytes."
            yield Foreign(name, damage=told)


def read_ystore_files(path: Path, limit: int) -> Iterator[Foreign]:
    """Yield the document of a `FileYStore`'s file, or of each such file of a directory."""
    for file in files_in(path, "*") if path.is_dir() else [path]:
        if file is not path and not (file.is_file() and is_ystore_file(file)):
            continue
        name = file.name.removesuffix(".y")
        try:
            updates = _updates(_bytes(file, None, is_given=file is path), file)
        except UnreadableStore as damage:
            yield Foreign(name, damage=str(damage))
            continue
        largest = max(map(len, updates), default=0)
        if largest > limit:
            yield Foreign(name, damage=too_large(largest, limit))
        else:
            yield Foreign(name, updates)


def _updates(data: bytes, file: Path) -> tuple[bytes, ...]:
    if not data.startswith(_VERSION):
        told = f"{file} has another version than 2; open it once with a newer pycrdt-store."
        raise UnreadableStore(told)
    values: list[bytes] = []
    pos = len(_VERSION)
    try:
        while pos < len(data):
            value, pos = read_bytes(data, pos)
            values.append(value)
    except InvalidUpdate:
        told = f"{file} is cut off; take it from a backup."
        raise UnreadableStore(told) from None
    return tuple(values[::3])


def _bytes(file: Path, limit: int | None, *, is_given: bool) -> bytes:
    """Return what is in the file. Only the one the operator named may be a link."""
    try:
        found = file.stat() if is_given else file.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise UnreadableStore(f"{file} is a symbolic link; name the file it leads to.")
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableStore(f"{file} is not a file; leave it out.")
        if limit is not None and found.st_size > limit:
            raise UnreadableStore(too_large(found.st_size, limit))
        return file.read_bytes()
    except OSError as error:
        told = f"{file} cannot be read ({reason_of(error)}); check its permissions."
        raise UnreadableStore(told) from None
