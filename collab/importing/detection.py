"""Telling which kind of store something is, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from collab.importing.files import (
    files_in,
    is_ystore_file,
    left_out,
    read_yjs,
    read_ystore_files,
)
from collab.importing.foreign import Foreign, Kind, Source, UnreadableStore, reason_of
from collab.importing.leveldb import is_leveldb
from collab.importing.sqlite import is_sqlite, kinds_in, read_hocuspocus, read_ystore
from collab.importing.y_leveldb import read_y_leveldb

__all__ = ["open_source"]

_READERS: Final[Mapping[Kind, Callable[[Path, int], Iterator[Foreign]]]] = {
    Kind.Y_LEVELDB: read_y_leveldb,
    Kind.HOCUSPOCUS: read_hocuspocus,
    Kind.PYCRDT: read_ystore,
    Kind.YPY: read_ystore,
    Kind.YSTORE_FILE: read_ystore_files,
    Kind.YJS: read_yjs,
}
_OF_FOLDERS: Final = (Kind.Y_LEVELDB, Kind.YSTORE_FILE, Kind.YJS)
_OF_FILES: Final = (Kind.HOCUSPOCUS, Kind.PYCRDT, Kind.YPY, Kind.YSTORE_FILE, Kind.YJS)
_OF_SQLITE: Final = (Kind.HOCUSPOCUS, Kind.PYCRDT, Kind.YPY)


def open_source(path: Path, kind: Kind | None, limit: int) -> Source:
    """Return the store at `path`, of `kind` or, if that is None, of the kind it looks like.

    Single updates may have `limit` bytes. Raises `UnreadableStore`.
    """
    try:
        if not path.exists():
            what = "is a link that leads nowhere" if path.is_symlink() else "does not exist"
            raise UnreadableStore(f"{path} {what}; name a file or directory that is there.")
        if not path.is_dir() and not path.is_file():
            raise UnreadableStore(f"{path} is neither a file nor a directory; name one.")
        found = _detected(path) if kind is None else _checked(path, kind)
        others = left_out(path, found) if path.is_dir() else ()
    except OSError as error:
        told = f"{path} cannot be read ({reason_of(error)}); check its permissions."
        raise UnreadableStore(told) from None
    return Source(found, path, _READERS[found](path, limit), others)


def _checked(path: Path, kind: Kind) -> Kind:
    if kind not in (_OF_FOLDERS if path.is_dir() else _OF_FILES):
        what = "a directory" if path.is_dir() else "a file"
        raise UnreadableStore(f"{path} is {what}, which {kind} never is; leave out --from.")
    if kind is Kind.Y_LEVELDB and not is_leveldb(path):
        raise UnreadableStore(f"{path} is not a LevelDB directory; leave out --from.")
    if kind in _OF_SQLITE and not is_sqlite(path):
        raise UnreadableStore(f"{path} is not an SQLite file; leave out --from.")
    if path.is_dir() and not files_in(path, "*"):
        raise UnreadableStore(f"{path} is empty; name the directory the documents are in.")
    return kind


def _detected(path: Path) -> Kind:
    found = _kinds_of_folder(path) if path.is_dir() else _kinds_of_file(path)
    if len(found) > 1:
        kinds = " and ".join(found)
        raise UnreadableStore(f"{path} looks like {kinds}; say which it is with --from.")
    if found:
        return found[0]
    if path.is_dir() and not files_in(path, "*"):
        raise UnreadableStore(f"{path} is empty; name the directory the documents are in.")
    told = f"{path} is no store that is known here; if you know what it is, say so with --from."
    raise UnreadableStore(told)


def _kinds_of_folder(folder: Path) -> list[Kind]:
    found = []
    if is_leveldb(folder):
        found.append(Kind.Y_LEVELDB)
    if files_in(folder, "*.yjs"):
        found.append(Kind.YJS)
    if not found and any(f.is_file() and is_ystore_file(f) for f in files_in(folder, "*")):
        found.append(Kind.YSTORE_FILE)
    return found


def _kinds_of_file(path: Path) -> list[Kind]:
    if is_sqlite(path):
        found = kinds_in(path)
        if not found:
            told = f"{path} is an SQLite file without documents of Hocuspocus or a SQLiteYStore."
            raise UnreadableStore(told)
        return found
    if is_ystore_file(path):
        return [Kind.YSTORE_FILE]
    return [Kind.YJS] if path.suffix == ".yjs" else []
