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
from collab.importing.foreign import (
    Foreign,
    Kind,
    UnreadableStore,
    empty,
    reason_of,
    too_large,
)

__all__ = ["files_in", "is_ystore_file", "left_out", "read_yjs", "read_ystore_files"]

_HEADER: Final = b"VERSION:"
_VERSION: Final = b"VERSION:2\n"


def is_ystore_file(path: Path) -> bool:
    """Return whether the file starts as a `FileYStore`'s does."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return what of `folder` matches `pattern`, sorted by name, whatever kind of file it is."""
    return sorted(folder.glob(pattern))


def left_out(folder: Path, kind: Kind) -> tuple[tuple[Path, str], ...]:
    """Return what a directory of `kind` holds beside its documents, each with why it is not taken.

    Hidden files are nobody's documents and not told of. Raises `OSError`.
    """
    if kind is Kind.YJS:
        taken = set(files_in(folder, "*.yjs"))
    elif kind is Kind.YSTORE_FILE:
        taken = {file for file in files_in(folder, "*") if _is_of_ystore(file)}
    else:
        # A database: what is in it, its own list of files says.
        return ()
    others = (entry for entry in files_in(folder, "*") if entry not in taken)
    return tuple((entry, _why_not(entry, kind)) for entry in others if entry.name[0] != ".")


def _why_not(entry: Path, kind: Kind) -> str:
    if entry.is_symlink():
        return "Left out: it is a symbolic link; name what it leads to."
    if entry.is_dir():
        return "Left out: it is a directory in a directory; name it, too."
    if kind is Kind.YJS:
        return "Left out: its name does not end in .yjs; rename it if it is a Yjs update."
    return "Left out: it does not start as a file of FileYStore does; name it if it is a store."


def _is_of_ystore(file: Path) -> bool:
    return file.is_file() and is_ystore_file(file)


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
            yield Foreign(name, damage=empty(str(file)))


def read_ystore_files(path: Path, limit: int) -> Iterator[Foreign]:
    """Yield the document of a `FileYStore`'s file, or of each such file of a directory."""
    for file in files_in(path, "*") if path.is_dir() else [path]:
        if file is not path and not _is_of_ystore(file):
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
