"""Stores that cannot be read, or not whole: one sentence each, and the others go on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.integration.importing.conftest import House, Outcome, Stores, encoded
from tests.support.guest import guests
from tests.support.node import PEER, NodeChild
from tests.support.people import Person
from tests.support.postgres import open_folder
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)


def state(words: str = "hello") -> bytes:
    """Return a document that says `words`."""
    return Person(client_id=7).type(words)


def hocuspocus(path: Path, *rows: tuple[object, object]) -> Path:
    """Write a store as Hocuspocus' extension does, with whatever `rows`."""
    with sqlite3.connect(path) as database:
        database.execute(
            'CREATE TABLE "documents" ("name" varchar(255) NOT NULL, "data" blob NOT NULL, UNIQUE(name))'
        )
        database.executemany("INSERT INTO documents VALUES (?, ?)", rows)
    database.close()
    return path


def refused(outcome: Outcome, what: str, *, lines: int = 1) -> None:
    """Check that it ended with 1 and one sentence that says `what`."""
    assert outcome.code == 1
    assert len(outcome.complaints) == lines, outcome.complaints
    assert all(line.endswith(".") for line in outcome.complaints)
    assert any(what in line for line in outcome.complaints), outcome.complaints


def not_a_sqlite(folder: Path) -> Path:
    path = folder / "store.db"
    path.write_bytes(os.urandom(4096))
    return path


def truncated_sqlite(folder: Path) -> Path:
    path = hocuspocus(folder / "store.db", *((f"d{n}", state("x" * 900)) for n in range(50)))
    path.write_bytes(path.read_bytes()[:5000])
    return path


def header_alone(folder: Path) -> Path:
    path = folder / "store.db"
    path.write_bytes(b"SQLite format 3\x00")
    return path


def other_tables(folder: Path) -> Path:
    path = folder / "store.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE documents (id, text)")
    database.close()
    return path


def both_tables(folder: Path) -> Path:
    path = hocuspocus(folder / "store.db")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE yupdates (path TEXT NOT NULL, yupdate BLOB, metadata BLOB)")
    database.close()
    return path


def empty_folder(folder: Path) -> Path:
    path = folder / "empty"
    path.mkdir()
    return path


def level_without_manifest(folder: Path) -> Path:
    path = folder / "level"
    path.mkdir()
    (path / "CURRENT").write_text("MANIFEST-000001\n")
    return path


def level_with_garbage(folder: Path) -> Path:
    path = level_without_manifest(folder)
    (path / "MANIFEST-000001").write_bytes(os.urandom(500))
    return path


def nothing_there(folder: Path) -> Path:
    return folder / "nothing"


def dangling_link(folder: Path) -> Path:
    path = folder / "link.yjs"
    path.symlink_to(folder / "nothing")
    return path


def circle(folder: Path) -> Path:
    path = folder / "circle.yjs"
    path.symlink_to(path)
    return path


def pipe(folder: Path) -> Path:
    path = folder / "pipe.yjs"
    os.mkfifo(path)
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.yjs"
    path.touch()
    return path


def garbage(folder: Path) -> Path:
    path = folder / "garbage.yjs"
    path.write_bytes(b"\xff" * 300)
    return path


def too_large(folder: Path) -> Path:
    path = folder / "large.yjs"
    path.write_bytes(state("x" * 100_000))
    return path


def cut_off_file_store(folder: Path) -> Path:
    path = folder / "room"
    path.write_bytes(b"VERSION:2\n\x50abc")
    return path


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (not_a_sqlite, "--from"),
        (truncated_sqlite, "damaged"),
        (header_alone, "damaged"),
        (other_tables, "without documents"),
        (both_tables, "--from"),
        (empty_folder, "is empty"),
        (level_without_manifest, "backup"),
        (level_with_garbage, "backup"),
        (nothing_there, "does not exist"),
        (dangling_link, "leads nowhere"),
        (circle, "circle.yjs"),
        (pipe, "neither a file nor a directory"),
        (empty_file, "is empty"),
        (garbage, "Not imported"),
        (too_large, "COLLAB_DOCUMENT_BYTES"),
        (cut_off_file_store, "cut off"),
    ],
)
async def test_one_sentence(house: House, tmp_path: Path, make: object, what: str) -> None:
    """Each names what is wrong and ends with 1; nothing is made of it."""
    assert callable(make)
    path = make(tmp_path)
    refused(await house.take_in(path, COLLAB_DOCUMENT_BYTES="65536"), what)
    assert (await house.asks("/documents"))[0]["documents"] == []


async def test_bad_documents_among_good_ones(house: House, tmp_path: Path) -> None:
    """The good ones come over, the bad ones are named with the reason, and the summary counts both."""
    path = hocuspocus(
        tmp_path / "store.db",
        ("good", state("hello")),
        ("garbage", b"\xff" * 50),
        ("text", "not binary"),
        ("a/b", state("renamed")),
        ("tab\there", state("x")),
        ("x" * 300, state("x")),
        ("", state("x")),
        ("large", state("x" * 100_000)),
        ("last", state("bye")),
    )
    outcome = await house.take_in(path, "--rename", "a/b=ab", COLLAB_DOCUMENT_BYTES="65536")
    refused(outcome, "garbage: ", lines=6)
    assert [line.partition(":")[0] for line in outcome.lines[:-1]] == ["ab", "good", "last"]
    assert outcome.lines[-1].startswith("Imported 3 documents, 3 updates, ")
    assert outcome.lines[-1].endswith("; 6 not imported.")
    assert any(line.startswith("tab\\there: ") for line in outcome.complaints)


async def test_a_damaged_page_costs_only_its_documents(house: House, tmp_path: Path) -> None:
    """What lies on whole pages is still read."""
    names = [f"d{number}" for number in range(40)]
    path = hocuspocus(tmp_path / "store.db", *((name, state("x" * 3000)) for name in names))
    data = bytearray(path.read_bytes())
    data[-4096:] = b"\xff" * 4096
    path.write_bytes(data)
    outcome = await house.take_in(path)
    assert outcome.code == 1
    assert len(outcome.lines) > 30
    assert 1 <= len(outcome.complaints) <= 3


async def test_links_in_a_directory_are_not_followed(house: House, tmp_path: Path) -> None:
    """A link among the files of a directory is named, the files are taken in."""
    secret = tmp_path / "secret"
    secret.write_bytes(state("secret"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.yjs").symlink_to(secret)
    (folder / "good.yjs").write_bytes(state())
    outcome = await house.take_in(folder)
    refused(outcome, "symbolic link")
    assert outcome.lines[0].startswith("good: ")


@asynccontextmanager
async def level(stores: Stores, place: Path) -> AsyncIterator[NodeChild]:
    """Write a store and have another process hold it open."""
    await stores.ask("level", place=str(place), documents={"alpha": [encoded(state())]})
    with NodeChild(PEER / "stores.mjs") as other:
        await asyncio.to_thread(other.ask, {"do": "hold", "place": str(place)})
        yield other


async def test_a_store_somebody_writes_to(house: House, stores: Stores, place: Path) -> None:
    """A LevelDB that a server has open is left alone; afterwards it can be read."""
    async with level(stores, place):
        refused(await house.take_in(place), "in use by another process")
    assert (await house.take_in(place)).code == 0


@pytest.mark.parametrize("ending", [".ldb", ".log"])
async def test_a_damaged_level_store(
    house: House, stores: Stores, place: Path, ending: str
) -> None:
    """A changed byte in a table or a log is noticed; a log that was cut off loses only its end."""
    updates = [encoded(update) for update in typed("word " * 400)]
    await stores.ask("level", place=str(place), documents={"alpha": updates})
    if ending == ".ldb":
        # Opened anew, LevelDB makes a table of its log.
        await stores.ask("level", place=str(place), documents={"beta": updates[:1]})
    file = largest(place, ending)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    refused(await house.take_in(place), "damaged")


def largest(folder: Path, ending: str) -> Path:
    """Return the largest file of `folder` with that ending."""
    return max(folder.glob(f"*{ending}"), key=lambda path: path.stat().st_size)


async def test_a_sqlite_file_somebody_writes_to(house: House, tmp_path: Path) -> None:
    """One that is locked is refused in words; afterwards it is read."""
    path = hocuspocus(tmp_path / "store.db", ("alpha", state()))
    writer = sqlite3.connect(path)
    writer.execute("BEGIN EXCLUSIVE")
    refused(await house.take_in(path), "in use by another process")
    writer.close()
    assert (await house.take_in(path)).code == 0


async def test_write_ahead_mode(house: House, tmp_path: Path) -> None:
    """What is still beside the file comes over, also by a link to it, and nothing there is touched."""
    path = hocuspocus(tmp_path / "store.db", ("alpha", state()))
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO documents VALUES ('newest', ?)", (state("new"),))
    writer.commit()
    before = {file.name: file.read_bytes() for file in files(tmp_path)}
    assert before["store.db-wal"]
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "link.db").symlink_to(path)
    for source in (path, folder / "link.db"):
        outcome = await house.take_in(source)
        assert outcome.code == 0
        assert [line.partition(":")[0] for line in outcome.lines[:2]] == ["alpha", "newest"]
    assert {file.name: file.read_bytes() for file in files(tmp_path)} == before
    writer.close()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("store.db")]


def typed(words: str) -> list[bytes]:
    """Return the updates of somebody who types `words`."""
    person = Person()
    for letter in words:
        person.type(letter)
    return person.updates


async def test_a_log_that_ends_early(house: House, stores: Stores, place: Path) -> None:
    """A server that was killed may leave half a record; what is before it is read."""
    updates = [encoded(update) for update in typed("abcdef")]
    await stores.ask("level", place=str(place), documents={"alpha": updates})
    file = largest(place, ".log")
    file.write_bytes(file.read_bytes()[:-200])
    outcome = await house.take_in(place)
    assert (outcome.code, outcome.complaints) == (0, [])
    assert outcome.lines[0].startswith("alpha: ")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--as", "not an id"), "cannot be an id"),
        (("--rename", "x"), "FROM=TO"),
        (("--rename", "x=a/b"), "cannot be an id"),
        (("--rename", "x=y"), "no such document"),
        (("--from", "hocuspocus-sqlite"), "--from"),
        (("--from", "y-leveldb"), "--from"),
    ],
)
async def test_wishes_that_cannot_be_granted(
    house: House, tmp_path: Path, arguments: tuple[str, ...], what: str
) -> None:
    """Each is one sentence."""
    file = tmp_path / "alpha.yjs"
    file.write_bytes(state())
    refused(await house.take_in(file, *arguments), what)


async def test_a_dry_run_changes_nothing(house: House, tmp_path: Path) -> None:
    """It tells what it would do, and needs no database."""
    file = tmp_path / "alpha.yjs"
    file.write_bytes(state())
    away = ("--database-url", "postgresql://localhost:1/x")
    outcome = await house.take_in(file, "--dry-run", *away)
    assert outcome.code == 0
    assert outcome.lines == [
        "alpha: 1 update, 18 bytes",
        "Would import 1 document, 1 update, 18 bytes.",
    ]
    refused(await house.take_in(file, *away), "cannot be reached")


async def test_a_deleted_document_stays_deleted(house: House, tmp_path: Path) -> None:
    """An import does not bring back what was deleted here, nor write under it."""
    file = tmp_path / "alpha.yjs"
    file.write_bytes(state())
    assert (await house.take_in(file)).code == 0
    server = await house.serve()
    await house.delete(server, "alpha")
    await server.stop()
    refused(await house.take_in(file), "was deleted here")


async def test_beside_a_running_server(house: House, tmp_path: Path) -> None:
    """A server with open rooms would not see it and write over it: refused until it has stopped."""
    file = tmp_path / "alpha.yjs"
    file.write_bytes(state("imported "))
    server = await house.serve()
    async with guests(server.url, "ann") as (ann,):
        await ann.join("alpha")
        assert (await ann.type("alpha", "typed"))["ok"]
        refused(await house.take_in(file), "stop it")
    await server.stop()

    async def is_taken_in() -> bool:
        return (await house.take_in(file)).code == 0

    await eventually_asked(is_taken_in)
    (said,) = await house.says("alpha")
    assert said is not None
    assert "imported " in said
    assert "typed" in said


async def test_a_data_directory_in_use(house: House, tmp_path: Path) -> None:
    """The server that has it is named as for every other command; without it, import works."""
    file = tmp_path / "alpha.yjs"
    file.write_bytes(state())
    folder = str(open_folder())
    server = RunningServer(("--data-dir", folder), log=tmp_path / "server.log")
    await server.start()
    try:
        refused(await house.take_in(file, "--data-dir", folder), "in use by another collab server")
    finally:
        assert await server.stop() == 0
    assert (await house.take_in(file, "--data-dir", folder)).code == 0
