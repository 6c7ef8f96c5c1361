"""LevelDB directories as they grow: many tables on several levels, what was overwritten and deleted."""

from __future__ import annotations

import base64
import random
import shutil
from pathlib import Path

import pytest

from collab.importing.y_leveldb import read_y_leveldb
from tests.integration.importing.conftest import Stores, encoded
from tests.support.people import Person

pytestmark = pytest.mark.timeout(120)

_LIMIT = 1 << 25


def written(seed: int, words: int, length: int) -> list[str]:
    """Return the updates of somebody who writes and deletes; half of it can be compressed."""
    dice = random.Random(seed)
    person = Person(client_id=seed + 1)
    for _ in range(words):
        fresh = base64.b64encode(dice.randbytes(length // 2)).decode()
        person.type(fresh + "a" * (length // 2), at=dice.randint(0, len(str(person))))
        if dice.random() < 0.2:
            start = dice.randint(0, len(str(person)) - 5)
            person.delete(start, start + 5)
    return [encoded(update) for update in person.updates]


def tables(folder: Path) -> int:
    return len(list(folder.glob("*.ldb")))


async def test_what_y_leveldb_reads_itself(stores: Stores, place: Path, tmp_path: Path) -> None:
    """Every document reads as y-leveldb reads it, after trims, rewrites and LevelDB's own sorting."""
    documents = {f"doc-{n}": written(n, 60, 2_000) for n in range(40)}
    documents["large"] = written(99, 30, 200_000)
    names = list(documents)
    for flush, part in ((False, names), (True, names[::3]), (False, names[::2])):
        chosen = {name: documents[name] for name in part}
        await stores.ask("level", place=str(place), documents=chosen, flush=flush)
    assert tables(place) >= 3
    found = {document.name: document for document in read_y_leveldb(place, _LIMIT)}
    assert sorted(found) == sorted(names)
    shutil.copytree(place, tmp_path / "copy")
    read = await stores.ask("reading", place=str(tmp_path / "copy"), names=names)
    for name, said in zip(names, read, strict=True):
        updates = [encoded(update) for update in found[name].updates]
        assert await stores.ask("shown", updates=updates) == said
