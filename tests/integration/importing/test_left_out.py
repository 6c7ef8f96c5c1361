"""What an import does not take is told of, and two documents never become one by accident."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.integration.importing.conftest import House
from tests.integration.importing.test_bad_stores import hocuspocus, refused, state

pytestmark = pytest.mark.timeout(120)

EMPTY = "an empty document is an update of two zero bytes"


def lengthed(value: bytes) -> bytes:
    """Return `value` as a `FileYStore` writes it, if it is short."""
    return bytes((len(value),)) + value


def kept_in_a_file(update: bytes) -> bytes:
    """Return a `FileYStore`'s file with one update."""
    return b"VERSION:2\n" + lengthed(update) + lengthed(b"") + lengthed(b"12345678")


async def titles(house: House) -> list[str]:
    """Return the ids of all documents there are."""
    (page,) = await house.asks("/documents")
    return sorted(document["id"] for document in page["documents"])


async def test_what_a_directory_of_yjs_files_holds_beside_them(
    house: House, tmp_path: Path
) -> None:
    """Each entry that is not taken is named with the reason; only hidden files are not."""
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.yjs", "Notes.YJS", "sub/b.yjs"):
        (folder / name).write_bytes(state())
    (folder / "c.y").write_bytes(kept_in_a_file(state()))
    (folder / ".DS_Store").write_bytes(b"hidden")
    outcome = await house.take_in(folder)
    refused(outcome, "Left out", lines=3)
    assert [line.partition(": Left out: ")[0] for line in outcome.complaints] == [
        str(folder / name) for name in ("Notes.YJS", "c.y", "sub")
    ]
    assert "a directory" in outcome.complaints[2]
    assert outcome.lines[-1].endswith("; 3 not imported.")
    assert await titles(house) == ["a"]


async def test_a_directory_in_a_directory_may_be_named_too(house: House, tmp_path: Path) -> None:
    """What is a source of its own is not left out."""
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    for name in ("a.yjs", "sub/b.yjs"):
        (folder / name).write_bytes(state())
    outcome = await house.take_in(folder, folder / "sub")
    assert (outcome.code, outcome.complaints) == (0, [])
    assert await titles(house) == ["a", "b"]


async def test_what_a_directory_of_file_stores_holds_beside_them(
    house: House, tmp_path: Path
) -> None:
    """Files that do not start as a `FileYStore`'s and links that lead nowhere are named."""
    folder = tmp_path / "rooms"
    folder.mkdir()
    (folder / "room.y").write_bytes(kept_in_a_file(state()))
    (folder / "other.y").write_bytes(state())
    (folder / "link.y").symlink_to(folder / "nothing")
    outcome = await house.take_in(folder)
    refused(outcome, "other.y: Left out: it does not start", lines=2)
    assert "link.y: Left out: it is a symbolic link" in outcome.complaints[0]
    assert await titles(house) == ["room"]


async def test_two_documents_for_one_id(house: House, tmp_path: Path) -> None:
    """The second is refused, in a dry run as well, and the first is as it was stored."""
    path = hocuspocus(
        tmp_path / "store.db", ("my notes", state("one")), ("my-notes", state("another"))
    )
    for flags in (("--dry-run",), ()):
        outcome = await house.take_in(path, "--rename", "my notes=my-notes", *flags)
        refused(outcome, "my-notes: The id my-notes is given to my notes already")
    (said,) = await house.says("my-notes")
    assert said is not None
    assert "one" in said
    assert "another" not in said


async def test_two_files_of_one_document(house: House, tmp_path: Path) -> None:
    """The same name in two directories is the same document: both come into it."""
    for place in ("monday", "tuesday"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "my notes.yjs").write_bytes(state())
    sources = (tmp_path / "monday", tmp_path / "tuesday")
    outcome = await house.take_in(*sources, "--rename", "my notes=my-notes")
    assert (outcome.code, outcome.complaints) == (0, [])
    assert await titles(house) == ["my-notes"]


@pytest.mark.parametrize("table", ["documents (name, data)", "yupdates (path, yupdate)"])
async def test_rows_without_an_update(house: House, tmp_path: Path, table: str) -> None:
    """A row with NULL or no bytes is refused as an empty file is; nothing is made of its document."""
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE {table}")
        rows = [("good", state()), ("null", None), ("zero", b""), (None, state())]
        name = table.partition(" ")[0]
        database.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows)
    database.close()
    outcome = await house.take_in(path)
    refused(outcome, EMPTY, lines=3)
    assert sum(EMPTY in line for line in outcome.complaints) == 2
    assert await titles(house) == ["good"]
