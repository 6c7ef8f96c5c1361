"""What the real servers stored reads the same after an import, to a real Yjs client."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path

import pytest

from tests.integration.importing.conftest import CONTENT, House, Stores, encoded
from tests.support.server import ROOT

pytestmark = pytest.mark.timeout(180)


def contents(path: Path) -> dict[str, bytes]:
    """Return every file below `path`, or the file itself, with its bytes."""
    files = path.rglob("*") if path.is_dir() else [path]
    return {str(file): file.read_bytes() for file in files if file.is_file()}


@pytest.mark.parametrize("server", ["yWebsocket2", "yWebsocket", "ySocketIo", "hocuspocus"])
async def test_a_store_of_a_node_server(
    house: House, stores: Stores, place: Path, server: str
) -> None:
    """Every document arrives whole, the store is untouched, and a second time changes nothing."""
    said = await stores.ask("store", server=server, place=str(place), documents=CONTENT)
    before = contents(place)
    rename = ("--rename", "beta/two=beta")
    first = await house.take_in(place, *rename)
    assert (first.code, first.complaints) == (0, [])
    assert [line.partition(":")[0] for line in first.lines[:-1]] == ["alpha", "beta"]
    assert first.lines[-1].startswith("Imported 2 documents, ")
    assert contents(place) == before
    assert await house.says("alpha", "beta") == [said["alpha"], said["beta/two"]]
    again = await house.take_in(place, *rename)
    assert again.code == 0
    assert all(line.endswith("(nothing new)") for line in again.lines[:-1])
    assert await house.says("alpha", "beta") == [said["alpha"], said["beta/two"]]


async def test_the_history_names_the_import(house: House, stores: Stores, place: Path) -> None:
    """Who wrote it, a store does not tell: `import` did, and nobody else."""
    await stores.ask("store", server="hocuspocus", place=str(place), documents=CONTENT)
    assert (await house.take_in(place)).code == 1
    (authors,) = await house.asks("/documents/alpha/authors?root=text")
    assert {person["name"] for person in authors["authors"]} == {"import"}


async def made(stores: Stores, name: str = "alpha") -> list[bytes]:
    """Return the updates of a document that real Yjs clients wrote."""
    return [base64.b64decode(text) for text in await stores.ask("updates", **CONTENT[name])]


def some_of(updates: list[bytes]) -> list[bytes]:
    """Return the first words and all that is not plain text."""
    return [*updates[:120], *updates[700:]]


async def shown(stores: Stores, updates: list[bytes]) -> str:
    said: str = await stores.ask("shown", updates=[encoded(update) for update in updates])
    return said


async def written(kind: str, place: Path, updates: list[bytes], squeeze: str | None = None) -> None:
    """Have a Python server store `updates` (see `ystores`)."""
    order = {
        "kind": kind,
        "place": str(place),
        "updates": list(map(encoded, updates)),
        "squeeze": squeeze,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.importing.ystores"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
    )
    await process.communicate(json.dumps(order).encode())
    assert process.returncode == 0


@pytest.mark.parametrize("squeeze", [None, "zlib", "gzip"])
async def test_pycrdt_websocket(
    house: House, stores: Stores, place: Path, squeeze: str | None
) -> None:
    """Its room writes updates and checkpoints into SQLite; all come over, compressed or not."""
    updates = some_of(await made(stores))
    await written("pycrdt_sqlite", place, updates, squeeze)
    outcome = await house.take_in(place)
    assert (outcome.code, outcome.complaints) == (0, [])
    assert await house.says("alpha") == [await shown(stores, updates)]


async def test_ypy_websocket(house: House, stores: Stores, place: Path) -> None:
    """Its room writes updates into SQLite; all of them come over."""
    updates = some_of(await made(stores))
    await written("ypy_sqlite", place, updates)
    outcome = await house.take_in(place)
    assert (outcome.code, outcome.complaints) == (0, [])
    assert await house.says("alpha") == [await shown(stores, updates)]


@pytest.mark.parametrize("kind", ["pycrdt_file", "ypy_file"])
async def test_file_stores(house: House, stores: Stores, place: Path, kind: str) -> None:
    """A directory of `FileYStore` files comes over, a document each."""
    updates = some_of(await made(stores))
    for name in ("alpha", "gamma"):
        await written(kind, place / name, updates)
    outcome = await house.take_in(place)
    assert (outcome.code, outcome.complaints) == (0, [])
    said = await shown(stores, updates)
    assert await house.says("alpha", "gamma") == [said, said]


async def test_yjs_files(house: House, stores: Stores, tmp_path: Path) -> None:
    """A state file becomes the document of its name, or of --as; a directory, all of its."""
    updates = await made(stores)
    said = await shown(stores, updates)
    state = await stores.ask("encoded", updates=[encoded(u) for u in updates], **{"as": "v1"})
    file = tmp_path / "my notes.yjs"
    file.write_bytes(base64.b64decode(state))
    assert (await house.take_in(file)).code == 1
    assert (await house.take_in(file, "--as", "notes")).code == 0
    file.rename(tmp_path / "other.yjs")
    (tmp_path / "readme.txt").write_text("not a document")
    assert (await house.take_in(tmp_path)).lines[0].startswith("other: 1 update, ")
    assert await house.says("notes", "other", "my-notes") == [said, said, None]


async def test_a_v2_file_is_told_apart(house: House, stores: Stores, tmp_path: Path) -> None:
    """It is refused with what to do, and nothing is made of it."""
    updates = [encoded(update) for update in await made(stores)]
    state = await stores.ask("encoded", updates=updates, **{"as": "v2"})
    file = tmp_path / "alpha.yjs"
    file.write_bytes(base64.b64decode(state))
    outcome = await house.take_in(file)
    assert outcome.code == 1
    assert len(outcome.complaints) == 1
    assert "convertUpdateFormatV2ToV1" in outcome.complaints[0]
    assert await house.says("alpha") == [None]


async def test_what_waits_is_not_lost(house: House, stores: Stores, tmp_path: Path) -> None:
    """A document with gaps shows what it can; the missing updates make it whole, whenever they come."""
    updates = await made(stores)
    missing, there = updates[30:60], [*updates[:30], *updates[60:]]
    whole = await stores.ask("encoded", updates=[encoded(u) for u in there], **{"as": "v1"})
    file = tmp_path / "alpha.yjs"
    file.write_bytes(base64.b64decode(whole))
    await stores.ask(
        "level", place=str(tmp_path / "level"), documents={"beta": list(map(encoded, there))}
    )
    for source in (file, tmp_path / "level"):
        outcome = await house.take_in(source)
        assert outcome.code == 0
        assert "waiting for missing ones" in outcome.lines[0]
        again = await house.take_in(source)
        assert "nothing new" in again.lines[0]
    expected = json.loads(await shown(stores, [*updates[:30], *updates[700:]]))
    for said in await house.says("alpha", "beta"):
        assert said is not None
        shows = json.loads(said)
        for root in ("text", "rich", "map", "array", "xml"):
            assert shows[root] == expected[root]
    rest = await stores.ask(
        "level",
        place=str(tmp_path / "rest"),
        documents={name: list(map(encoded, missing)) for name in ("alpha", "beta")},
    )
    assert rest is None
    assert (await house.take_in(tmp_path / "rest")).code == 0
    said = await shown(stores, updates)
    assert await house.says("alpha", "beta") == [said, said]


async def test_a_document_that_is_there_already(
    house: House, stores: Stores, tmp_path: Path
) -> None:
    """What is imported is merged with what it says."""
    updates = await made(stores)
    for name, part in (("one", updates[:100]), ("two", updates[60:])):
        place = str(tmp_path / name)
        await stores.ask("level", place=place, documents={"alpha": list(map(encoded, part))})
        assert (await house.take_in(place)).code == 0
    assert await house.says("alpha") == [await shown(stores, updates)]


async def test_many_tiny_updates(house: House, stores: Stores, place: Path) -> None:
    """A store with 30,000 updates, trimmed never, takes seconds and few rows of the log."""
    content = {**CONTENT["alpha"], "transactions": 30_000}
    updates = await stores.ask("updates", **content)
    assert len(updates) > 25_000
    await stores.ask("level", place=str(place), documents={"alpha": updates})
    started = asyncio.get_running_loop().time()
    outcome = await house.take_in(place)
    assert (outcome.code, outcome.complaints) == (0, [])
    assert asyncio.get_running_loop().time() - started < 30
    (document,) = await house.asks("/documents/alpha")
    assert document["sequence"] < 20
    said: str = await stores.ask("shown", updates=updates)
    assert await house.says("alpha") == [said]
