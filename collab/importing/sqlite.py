"""SQLite files: Hocuspocus' `documents`, and the `yupdates` of ypy-websocket and pycrdt-websocket.

Sources of the formats: https://github.com/ueberdosis/hocuspocus (packages/extension-sqlite) and
https://github.com/y-crdt/pycrdt-store (sqlite.py), whose older form is ypy-websocket's.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from collab.importing.compression import plain
from collab.importing.foreign import Foreign, Kind, UnreadableStore, empty, reason_of, too_large

__all__ = ["is_sqlite", "kinds_in", "read_hocuspocus", "read_ystore"]

_MAGIC: Final = b"SQLite format 3\x00"
_WRITE_AHEAD: Final = 2
"""The 19th byte of a file in write-ahead mode: what is newest may be in a second file."""
_BUSY_SECONDS: Final = 2.0


def is_sqlite(path: Path) -> bool:
    """Return whether the file starts as SQLite's do."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def kinds_in(path: Path) -> list[Kind]:
    """Return which stores the tables of the file may be. Raises `UnreadableStore`."""
    with _opened(path) as database:
        found = []
        if {"name", "data"} <= _columns(database, "documents"):
            found.append(Kind.HOCUSPOCUS)
        if {"path", "yupdate"} <= _columns(database, "yupdates"):
            checkpoints = _columns(database, "ycheckpoints")
            found.append(Kind.PYCRDT if checkpoints else Kind.YPY)
        return found


def read_hocuspocus(path: Path, limit: int) -> Iterator[Foreign]:
    """Yield the documents of Hocuspocus' SQLite extension. Raises `UnreadableStore`."""
    with _opened(path) as database:
        if not {"name", "data"} <= _columns(database, "documents"):
            raise UnreadableStore(f"{path} has no table documents (name, data) of Hocuspocus.")
        for name in _names(database, "SELECT DISTINCT name FROM documents ORDER BY name"):
            query = "SELECT data FROM documents WHERE name = ? ORDER BY rowid"
            yield _read(database, name, (query,), limit)


def read_ystore(path: Path, limit: int) -> Iterator[Foreign]:
    """Yield the documents of ypy-websocket's and pycrdt-websocket's `SQLiteYStore`.

    A checkpoint repeats the updates before it; squashing may have left nothing else of them.
    Raises `UnreadableStore`.
    """
    with _opened(path) as database:
        if not {"path", "yupdate"} <= _columns(database, "yupdates"):
            raise UnreadableStore(
                f"{path} has no table yupdates (path, yupdate) of a SQLiteYStore."
            )
        every, queries = "SELECT path FROM yupdates", []
        if {"path", "checkpoint"} <= _columns(database, "ycheckpoints"):
            every += " UNION SELECT path FROM ycheckpoints"
            queries.append("SELECT checkpoint FROM ycheckpoints WHERE path = ?")
        queries.append("SELECT yupdate FROM yupdates WHERE path = ? ORDER BY rowid")
        for name in _names(database, f"SELECT DISTINCT path FROM ({every}) ORDER BY path"):  # noqa: S608
            yield _read(database, name, queries, limit)


def _names(database: sqlite3.Connection, query: str) -> list[object]:
    return [name for (name,) in database.execute(query)]


def _read(database: sqlite3.Connection, key: object, queries: Sequence[str], limit: int) -> Foreign:
    """Return one document; what is damaged in it does not keep the others from being read."""
    if key is None:
        return Foreign("", damage="It has a row without a name; remove it.")
    name = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
    updates: list[bytes] = []
    try:
        for query in queries:
            for (value,) in database.execute(query, (key,)):
                if not isinstance(value, bytes | None):
                    return Foreign(name, damage="It holds a row that is no binary; remove it.")
                update = plain(value or b"", limit)
                if not update:
                    return Foreign(name, damage=empty("A row of it"))
                if len(update) > limit:
                    return Foreign(name, damage=too_large(len(update), limit))
                updates.append(update)
    except sqlite3.DatabaseError as error:
        return Foreign(name, damage=f"Its rows cannot be read ({error}); take it from a backup.")
    except UnreadableStore as damage:
        return Foreign(name, damage=str(damage))
    return Foreign(name, tuple(updates))


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA table_info({table})")}


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for reading. Raises `UnreadableStore` for all that SQLite may say of it.

    Where SQLite would have to write beside the file even to read it (write-ahead mode, or what a
    crash left behind), a copy is opened.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="collab-import-") as spare:
            # Where a link leads: what SQLite keeps beside the file is there.
            stored = path.resolve()
            readable = _copied(stored, Path(spare)) if _needs_writing(stored) else stored
            mode = "ro" if readable is stored else "rw"
            address = f"file:{quote(str(readable.absolute()))}?mode={mode}"
            with closing(
                # Read from whatever thread has time, by one at a time.
                sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)
            ) as database:
                yield database
    except OSError as error:
        message = f"{path} cannot be read ({reason_of(error)}); check its permissions."
        raise UnreadableStore(message) from None
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            message = f"{path} is in use by another process; stop the server that writes to it."
        else:
            message = f"{path} is a damaged SQLite file ({error}); take it from a backup."
        raise UnreadableStore(message) from None


def _needs_writing(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:19] == bytes((_WRITE_AHEAD,)) or Path(f"{path}-journal").exists()


def _copied(path: Path, folder: Path) -> Path:
    for ending in ("", "-wal", "-journal"):
        part = Path(f"{path}{ending}")
        if part.exists():
            shutil.copyfile(part, folder / f"store{ending}")
    return folder / "store"
