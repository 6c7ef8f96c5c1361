"""A LevelDB directory, read without LevelDB: opening it there would write to what is only lent to us.

A manifest names the tables that count and the logs that are not in a table yet; all of them are
sorted by key, so one merging pass gives every key once, with its newest value.
Source of the formats: https://github.com/google/leveldb (doc/impl.md, db/version_edit.cc,
db/write_batch.cc).
"""

from __future__ import annotations

import errno
import fcntl
import heapq
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collab.importing.foreign import UnreadableStore, reason_of
from collab.importing.leveldb_parts import (
    Entry,
    log_records,
    read_lengthed,
    read_number,
    table_entries,
)

__all__ = ["is_leveldb", "read_leveldb"]

_COMPARATOR, _LOG, _NEXT, _LAST, _POINTER = 1, 2, 3, 4, 5
_DELETED, _NEW, _PREVIOUS = 6, 7, 9
_BYTEWISE: Final = b"leveldb.BytewiseComparator"
_BATCH_HEADER: Final = 12


@dataclass(slots=True)
class _Version:
    """What the manifest says: which tables count, and from which log on nothing is in a table."""

    tables: set[int] = field(default_factory=set)
    log: int = 0
    previous: int = 0


def is_leveldb(folder: Path) -> bool:
    """Return whether `folder` looks like one of LevelDB's."""
    return (folder / "CURRENT").is_file() or any(folder.glob("MANIFEST-*"))


def read_leveldb(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the (key, value) pairs of the database in `folder`, sorted by key.

    While it reads, no other process can open the database. Raises `UnreadableStore` when one has it
    open or when its files are damaged.
    """
    with _held(folder):
        try:
            yield from _newest(heapq.merge(*_sorted_runs(folder), key=_place))
        except UnreadableStore as damage:
            message = (
                f"{str(damage).rstrip('.')}; {folder} cannot be read whole:"
                " take it from a backup, or have LevelDB repair a copy of it."
            )
            raise UnreadableStore(message) from None
        except OSError as error:
            message = f"{folder} cannot be read ({reason_of(error)}); check its permissions."
            raise UnreadableStore(message) from None


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold LevelDB's own lock, shared, which writes nothing. Raises `UnreadableStore` if it is held."""
    try:
        lock = (folder / "LOCK").open("rb")
    except FileNotFoundError:
        # A copy without its lock file: then nobody has it open.
        yield
        return
    except OSError as error:
        message = f"{folder} cannot be read ({reason_of(error)}); check its permissions."
        raise UnreadableStore(message) from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                message = f"{folder} cannot be locked ({reason_of(error)}); import a copy of it."
                raise UnreadableStore(message) from None
            message = f"{folder} is in use by another process; stop the server that writes to it."
            raise UnreadableStore(message) from None
        yield


def _place(entry: Entry) -> tuple[bytes, int]:
    return entry[:2]


def _newest(entries: Iterator[Entry]) -> Iterator[tuple[bytes, bytes]]:
    last = None
    for key, _, value in entries:
        if key != last and value is not None:
            yield key, value
        last = key


def _sorted_runs(folder: Path) -> list[Iterator[Entry]]:
    """Return every table and log that counts, each as its sorted entries."""
    version = _version(folder)
    runs: list[Iterator[Entry]] = []
    for number in sorted(version.tables):
        names = (folder / f"{number:06}.ldb", folder / f"{number:06}.sst")
        found = next((path for path in names if path.is_file()), None)
        if found is None:
            raise UnreadableStore(f"Its file {names[0].name} is missing.")
        runs.append(table_entries(found))
    for path in sorted(folder.glob("*.log")):
        with suppress(ValueError):  # some other program's log
            number = int(path.stem)
            if number >= version.log or number == version.previous:
                runs.append(iter(sorted(_log_entries(path), key=_place)))
    return runs


def _version(folder: Path) -> _Version:
    try:
        name = (folder / "CURRENT").read_text().strip()
        manifest = (folder / Path(name).name).read_bytes()
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        raise UnreadableStore("Its list of files is missing.") from None
    version = _Version()
    records = 0
    for record in log_records(manifest, name):
        _take_edit(version, record)
        records += 1
    if not records:
        raise UnreadableStore(f"Its file {name} is cut off.")
    return version


def _take_edit(version: _Version, record: bytes) -> None:
    pos = 0
    while pos < len(record):
        tag, pos = read_number(record, pos)
        if tag == _COMPARATOR:
            comparator, pos = read_lengthed(record, pos)
            if comparator != _BYTEWISE:
                raise UnreadableStore("Its keys are sorted as y-leveldb never does.")
            continue
        value, pos = read_number(record, pos)
        if tag == _LOG:
            version.log = value
        elif tag == _PREVIOUS:
            version.previous = value
        elif tag == _POINTER:
            _, pos = read_lengthed(record, pos)
        elif tag == _DELETED:
            number, pos = read_number(record, pos)
            version.tables.discard(number)
        elif tag == _NEW:
            number, pos = read_number(record, pos)
            _, pos = read_number(record, pos)
            _, pos = read_lengthed(record, pos)
            _, pos = read_lengthed(record, pos)
            version.tables.add(number)
        elif tag not in (_NEXT, _LAST):
            raise UnreadableStore("Its list of files is damaged.")


def _log_entries(path: Path) -> Iterator[Entry]:
    for batch in log_records(path.read_bytes(), path.name):
        if len(batch) < _BATCH_HEADER:
            raise UnreadableStore(f"Its file {path.name} is damaged.")
        sequence, pos = int.from_bytes(batch[:8], "little"), _BATCH_HEADER
        while pos < len(batch):
            is_value = batch[pos]
            value = None
            key, pos = read_lengthed(batch, pos + 1)
            if is_value:
                value, pos = read_lengthed(batch, pos)
            yield key, -sequence, value
            sequence += 1
