"""History where it is hard: at the same time, taking turns in one sentence, repeated clocks."""

from __future__ import annotations

import asyncio

import pytest

from collab.access.roles import Role
from collab.crdt.compaction import compact, merge
from collab.errors import Conflict, NotFound
from collab.history.records import VersionKind
from collab.history.versions import author_of
from tests.integration.history.house import DOCUMENT, House
from tests.support.people import Person, grant


async def take_turns(house: House, rounds: int = 6) -> None:
    """Ann and Ben type letter by letter in one sentence, each behind the other's."""
    for number in range(rounds):
        await house.send("ann", house.person("ann").type("a", at=number))
        await house.send("ben", house.person("ben").type("b"))


async def test_restores_at_once_put_words_back_once(house: House) -> None:
    """Of three who press the button at the same time, one restores; the others find it done."""
    await house.type("ann", "hello world")
    await house.delete("ben", 0, 11)
    restore = house.history.changes.restore
    done = await asyncio.gather(*(restore(house.grant(name), "11") for name in ("a", "b", "c")))
    assert await house.reads("now") == "hello world"
    assert len({sequence for _, sequence in done}) == 1


async def test_reverts_at_once_put_words_back_once(house: House) -> None:
    """The same for taking somebody's edits back."""
    await house.type("ann", "hello world")
    await house.delete("ben", 0, 6)
    revert = house.history.changes.revert
    await asyncio.gather(
        *(
            revert(house.grant(name), author="ben", first=None, last=None, look=False)
            for name in ("a", "b", "c")
        )
    )
    assert await house.reads("now") == "hello world"


async def test_turns_in_one_sentence_survive_merging(house: House) -> None:
    """Merged rows that need each other: moments, versions, reverts and rooms read as before."""
    await house.type("ann", "Start. ")
    await take_turns(house)
    await house.delete("ben", 0, 7)
    await house.history.versions.name_moment(house.grant(), "Turns", None)
    await house.age(days=31)
    await house.type("ann", " End")
    whole = await house.reads("now")
    before = await _reverted(house)
    await house.compact()
    rows = await house.rooms.store.rows(house.key, 0, 2**62)
    assert len(rows) < 10
    snapshot = await house.history.moments.snapshot(house.key, house.sequence)
    assert snapshot.parked == ()
    assert await house.reads("v1") == whole.removesuffix(" End")
    assert await house.reads("now") == whole
    assert await _reverted(house) == before
    await house.age(days=500)
    await house.compact()
    assert await house.reads("v1") == whole.removesuffix(" End")
    await house.close_room()
    assert await house.reads("now") == whole


async def _reverted(house: House) -> list[tuple[str, str]]:
    """Return what a revert of Ben would do, as its diff tells."""
    told = await house.history.changes.revert(
        house.grant(), author="ben", first=None, last=None, look=True
    )
    segments = (segment for block in told.difference.blocks for segment in block.segments)
    return [(str(segment.change), segment.text) for segment in segments]


async def test_erased_turns_are_nowhere(house: House) -> None:
    """Also where the rows before were merged, and nothing waits in a snapshot."""
    await take_turns(house)
    await house.send("ann", house.person("ann").type("SECRET", at=3))
    await house.send("ben", house.person("ben").delete(3, 9))
    await take_turns(house)
    await house.age(days=31)
    await house.compact()
    assert await house.holds("SECRET") != []
    await house.history.retention.erase(grant("ann", Role.OWNER, DOCUMENT), "now")
    assert await house.holds("SECRET") == []
    with pytest.raises(NotFound):
        await house.reads("5")
    with pytest.raises(NotFound):
        await house.history.changes.restore(house.grant(), "3")


async def test_a_stale_client_brings_nothing_erased_back(house: House) -> None:
    """Who has not heard of the deletion sends all they have, and something new."""
    stale = Person(77)
    await house.send("ann", house.person("ann").type("open SECRET"))
    stale.hear(house.person("ann").state)
    await house.send("ann", house.person("ann").delete(5, 11))
    await house.history.retention.erase(grant("ann", Role.OWNER, DOCUMENT), "now")
    stale.type("!!")
    await house.send("ben", stale.state)
    assert await house.reads("now") == "open !!"
    assert await house.holds("SECRET") == []


async def test_repeated_clocks_do_not_rewrite_the_past(house: House) -> None:
    """Told differently a second time, known clocks stay what they were, also after merging."""
    await house.send("ann", house.person("ann").type("hello"))
    forged = Person(1)
    forged.type("HACKD")
    own = Person(66)
    own.hear(house.person("ann").state)
    struct = own.type("!")
    await house.send("eve", merge([forged.updates[0], struct]))
    await house.history.versions.name_moment(house.grant(), "Then", None)
    await house.send("ann", house.person("ann").type("?"))
    said = await house.reads("now")
    assert said.startswith("hello")
    await house.age(days=31)
    await house.compact()
    assert await house.reads("v1") == said.replace("?", "")
    assert await house.reads("now") == said


async def test_the_way_back_says_what_was_there(house: House) -> None:
    """A version made before a restore is never an older one that only looks the same."""
    await house.send("ann", house.person("ann").type("x"))
    moments = house.history.moments
    first = await moments.find(DOCUMENT, "now")
    await house.history.versions.keep(first, VersionKind.SESSION, author_of(house.grant()))
    await house.send("ann", house.person("ann").bold(0, 1))
    before, _ = await house.history.changes.restore(house.grant(), "1")
    assert before.sequence == 2
    await house.history.changes.restore(house.grant(), before.id)
    now = await moments.find(DOCUMENT, "now")
    assert b"bold" in compact([now.state])


async def test_no_version_below_what_was_erased(house: House) -> None:
    """A restore that read the present before an erasing does not leave a way into nothing."""
    await house.type("ann", "abc")
    old = await house.history.moments.find(DOCUMENT, "2")
    await house.history.retention.erase(grant("ann", Role.OWNER, DOCUMENT), "now")
    with pytest.raises(Conflict):
        await house.history.versions.keep(old, VersionKind.BEFORE_RESTORE, author_of(house.grant()))
