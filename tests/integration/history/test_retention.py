"""Forgetting: keystrokes become stretches, stretches become versions, erased text is nowhere."""

from __future__ import annotations

import asyncio

import pytest

from collab.access.roles import Role
from collab.crdt.compaction import merge
from collab.errors import Forbidden, NotFound
from collab.room.core import Visitor
from collab.room.records import Snapshot
from collab.store.pool import connect
from tests.integration.history.house import DOCUMENT, House
from tests.support.people import Person, grant


async def test_keystrokes_become_stretches(house: House) -> None:
    """Moments between passages stay, those within show the nearest one before; all can be restored."""
    await house.type("ann", "Hello ")
    middle = await house.type("ben", "big ")
    await house.age(days=1)
    await house.type("ann", "world")
    version = await house.history.versions.name_moment(house.grant(), "Then", None)
    await house.type("ann", "!")
    await house.age(days=31)
    steps = await house.compact()
    assert 0 < steps < 10
    rows = await house.rooms.store.rows(house.key, 0, 2**62)
    assert [(row.author.id, row.first, row.sequence) for row in rows] == [
        ("ann", 1, 6),
        ("ben", 7, 10),
        # A version is a moment people come back to: no row reaches over it.
        ("ann", 11, 15),
        ("ann", 16, 16),
    ]
    assert await house.reads(str(middle)) == "Hello big "
    assert await house.reads(str(middle + 2)) == "Hello big "
    assert await house.reads(version.id) == "Hello big world"
    assert await house.compact() == 0
    await house.history.changes.restore(house.grant(), str(middle))
    assert await house.reads("now") == "Hello big "


async def test_a_named_version_survives_everything(house: House) -> None:
    """After years only versions are left, each as it was; restores and authors still work."""
    await house.type("ann", "First. ")
    await house.history.versions.name_moment(house.grant(), "First", None)
    await house.type("ben", "Second. ")
    second = await house.history.versions.name_moment(house.grant("ben"), "Second", None)
    await house.age(days=500)
    await house.delete("ann", 0, 7)
    await house.compact()
    rows = await house.rooms.store.rows(house.key, 0, 2**62)
    assert [row.first for row in rows] == [16]
    assert await house.reads("v1") == "First. "
    assert await house.reads(second.id) == "First. Second. "
    assert await house.reads("12") == "First. "
    with pytest.raises(NotFound):
        await house.reads("3")
    await house.history.changes.restore(house.grant("eve"), "v1")
    assert await house.reads("now") == "First. "
    authorship = await house.history.comparing.authorship(DOCUMENT)
    assert [(run.author, run.text) for run in authorship.roots["text"]] == [("ann", "First. ")]
    await house.close_room()
    assert await house.reads("now") == "First. "


async def test_compaction_while_people_type(house: House) -> None:
    """Nothing typed during it is lost, nothing is out of order."""
    await house.type("ann", "old " * 50)
    await house.age(days=40)
    compacting = asyncio.create_task(house.compact())
    await house.type("ben", "new " * 50)
    assert await compacting > 0
    assert await house.reads("now") == "old " * 50 + "new " * 50
    await house.close_room()
    assert await house.reads("now") == "old " * 50 + "new " * 50


async def test_one_bad_document_does_not_stop_the_rest(house: House) -> None:
    """What cannot be merged is left as it is, and the others have their turn."""
    await house.type("ann", "text")
    await house.age(days=40)
    directory = house.rooms.directory
    room = await directory.open(grant("ann", document="good"))
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    room.receive(grant("ann", document="good"), None, Person().type("x"), done.set_result)
    await done
    await house.age(days=40)
    await house.rooms.store.keep_snapshot(
        room.document.key, await _snapshot(house, room.document.key)
    )
    await _spoil(house)
    await house.compact()
    (row,) = await house.rooms.store.rows(room.document.key, 0, 2**62)
    assert (
        await house.rooms.store.unmerged_rows(
            room.document.key, before=row.at.replace(year=2100), limit=9
        )
        == []
    )


async def _snapshot(house: House, key: int) -> Snapshot:
    return await house.history.moments.snapshot(key, 2**62)


async def _spoil(house: House) -> None:
    connection = await connect(house.target)
    await connection.execute(
        r"UPDATE updates SET update = '\xff' WHERE document = $1 AND sequence = 2", house.key
    )
    await connection.close()


async def test_erased_text_is_nowhere(house: House) -> None:
    """In no row, snapshot or version, not in the room, and in nothing a client is sent."""
    owner = grant("ann", Role.OWNER, DOCUMENT)
    await house.type("ann", "open ")
    early = house.person("ann").vector
    for secret in ("swordfish", "passphrase"):
        await house.send("ann", house.person("ann").type(secret))
    await house.history.versions.name_moment(house.grant(), "With secrets", None)
    start = len("open swordfish")
    await house.delete("ben", start, start + len("passphrase"))
    kept = await house.history.versions.name_moment(house.grant(), "Half", None)
    await house.delete("ben", 5, start)
    await house.type("ann", "end")
    # A client that was away sends all it has again, deleted words and all.
    late = house.person("ann").type("!")
    raw = house.person("ann").updates[5:7]
    await house.send("ann", merge([*raw, late]))
    assert await house.holds("passphrase") != []
    assert await house.history.retention.erase(owner, kept.id) == kept.sequence
    assert await house.holds("passphrase") == []
    assert await house.holds("swordfish") != []
    assert await house.history.retention.erase(owner, "now") == house.sequence
    assert await house.holds("swordfish") == []
    room = await house.rooms.directory.open(house.grant())
    assert b"swordfish" not in room.whole()
    assert b"passphrase" not in room.whole()
    joined = room.join(Visitor("late", house.grant("cat")), early, None)
    assert b"swordfish" not in joined.update
    assert await house.reads("now") == "open end!"
    await house.type("ben", "?")
    room.leave("late")
    await house.close_room()
    assert await house.reads("now") == "open end!?"
    assert await house.holds("swordfish") == []
    page = await house.history.versions.page(room.document, cursor=None, limit=9)
    assert [version.name for version in page.versions if version.name] == []


async def test_who_may_erase(house: House) -> None:
    """Only an owner."""
    await house.type("ann", "x")
    with pytest.raises(Forbidden):
        await house.history.retention.erase(grant("ben", Role.EDITOR, DOCUMENT), "now")


async def test_who_may_restore(house: House) -> None:
    """A viewer and a commenter may look at everything and change nothing."""
    await house.type("ann", "x")
    history = house.history
    for role in (Role.VIEWER, Role.COMMENTER):
        reader = grant("ben", role, DOCUMENT)
        with pytest.raises(Forbidden):
            await history.changes.restore(reader, "0")
        with pytest.raises(Forbidden):
            await history.changes.revert(reader, author="ann", first=None, last=None, look=False)
        with pytest.raises(Forbidden):
            await history.versions.name_moment(reader, "Mine", None)
    assert await house.reads("now") == "x"
    assert house.sequence == 1
