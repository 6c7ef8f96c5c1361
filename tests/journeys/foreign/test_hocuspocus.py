"""What only Hocuspocus' clients know: saved means saved, many documents a socket, stateless."""

from __future__ import annotations

from pathlib import Path

import pytest

from collab.store.embedded import EmbeddedPostgres
from tests.support.foreign import HOCUSPOCUS, Company, company
from tests.support.guest import guests
from tests.support.postgres import HASTY, open_folder
from tests.support.server import RunningServer
from tests.support.tokens import token

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


async def test_unsynced_changes_are_those_not_committed(tmp_path: Path) -> None:
    """With the database away the count stays above zero; it is zero once the edit is committed."""
    postgres = EmbeddedPostgres(open_folder(), settings=HASTY)
    target = await postgres.start()
    server = RunningServer(("--database-url", target.url), log=tmp_path / "server.log")
    await server.start()
    try:
        async with company() as visitors, guests(server.url, "ann") as (ann,):
            await ann.join("d")
            everyone = [
                await visitors.open(kind, kind, server.url, "d", token="-") for kind in HOCUSPOCUS
            ]
            text = ""
            for visitor in everyone:
                await visitor.synced()
                await visitor.reads(text)
                await visitor.type(f"{visitor.name} ")
                text += f"{visitor.name} "
                await visitor.stands(unsyncedChanges=0)
            await postgres.stop()
            for visitor in everyone:
                await visitor.reads(text)
                await visitor.type(f"{visitor.name}; ")
                text += f"{visitor.name}; "
            await ann.reads(text)
            assert (await ann.hears("storage"))["available"] is False
            for visitor in everyone:
                # An answer to something sent after the edit: the status had every chance to come.
                await visitor.cursor("later")
                for other in everyone:
                    await other.sees(visitor, "later")
                assert (await visitor.standing())["unsyncedChanges"] == 1
            await postgres.start()
            for visitor in everyone:
                await visitor.stands(unsyncedChanges=0)
            await server.kill()
            await server.start()
            newcomer = await visitors.open("newcomer", "hocuspocus-4", server.url, "d")
            await newcomer.reads(text)
    finally:
        await server.ensure_ended()
        await postgres.stop()


@pytest.mark.parametrize("kind", HOCUSPOCUS)
async def test_an_empty_handed_client_has_nothing_unsynced(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """With no edit at all, and after many, the count returns to zero, never below."""
    ben = await visitors.open("ben", kind, house.url, document, token="-")
    await ben.hears("unsynced", number=0)
    for _ in range(100):
        await ben.type("x")
    await ben.stands(unsyncedChanges=0)
    numbers = [event["number"] for event in await ben.events(event="unsynced")]
    assert min(numbers) == 0
    assert max(numbers) > 1


@pytest.mark.parametrize("kind", HOCUSPOCUS)
async def test_many_documents_on_one_socket(
    kind: str, house: RunningServer, visitors: Company, document: str
) -> None:
    """Each has its own text and cursors; one that leaves, or a cut, leaves the others alone."""
    names = [f"{document}-{number}" for number in range(5)]
    await visitors.share_socket("shared", kind, house.url)
    mine = [
        await visitors.open(name, kind, house.url, name, token="-", socket="shared")
        for name in names
    ]
    others = [
        await visitors.open(f"o{number}", "native", house.url, name)
        for number, name in enumerate(names)
    ]
    for number, (visitor, other) in enumerate(zip(mine, others, strict=True)):
        await visitor.synced()
        await visitor.type(f"text {number}")
        await other.reads(f"text {number}")
        await other.cursor(number)
        await visitor.sees(other, number)
    assert (await mine[0].standing())["connections"] == 1
    await mine[0].cursor("here")
    await others[0].sees(mine[0], "here")
    await mine[0].close()
    await others[0].sees_gone(mine[0])
    since = await mine[1].mark()
    await mine[1].cut()
    for visitor in mine[1:]:
        await visitor.type("!")
    await mine[1].hears("sync", state=True, since=since)
    for number, (visitor, other) in enumerate(zip(mine[1:], others[1:], strict=True), 1):
        await other.reads(f"text {number}!")
        await other.type("?")
        await visitor.reads(f"text {number}!?")


async def test_two_sessions_of_one_document_on_one_socket(
    house: RunningServer, visitors: Company, document: str
) -> None:
    """Session-aware providers are two people: they see each other's edits and cursors."""
    await visitors.share_socket("shared", "hocuspocus-4", house.url)
    aware = {"provider": {"sessionAwareness": True}}
    ann, ben = [
        await visitors.open(
            name, "hocuspocus-4", house.url, document, socket="shared", options=aware
        )
        for name in ("ann", "ben")
    ]
    cat = await visitors.open("cat", "native", house.url, document)
    await ann.synced()
    await ben.synced()
    await ann.type("one ")
    await ben.reads("one ")
    await ben.type("two")
    for visitor in (ann, cat):
        await visitor.reads("one two")
    for visitor in (ann, ben):
        await visitor.stands(unsyncedChanges=0)
        await visitor.cursor(visitor.name)
    for seer in (ann, ben, cat):
        await seer.sees(ann, "ann")
        await seer.sees(ben, "ben")
    await ann.close()
    await cat.sees_gone(ann)
    await ben.sees_gone(ann)
    await ben.type("!")
    await cat.reads("one two!")
    assert (await ben.standing())["connections"] == 1


async def test_stateless_messages_reach_the_others(
    house: RunningServer, visitors: Company, document: str
) -> None:
    """What one sends, all others in the room get, once and in order; nobody elsewhere."""
    everyone = [
        await visitors.open(kind, kind, house.url, document, token="-") for kind in HOCUSPOCUS
    ]
    elsewhere = await visitors.open("e", "hocuspocus-4", house.url, f"{document}-2", token="-")
    for visitor in (*everyone, elsewhere):
        await visitor.synced()
    for sender in everyone:
        await sender.ask("stateless", payload=f"from {sender.name} é😀")
        await sender.ask("stateless", payload=f"again {sender.name}")
        for other in everyone:
            if other is not sender:
                await other.hears("stateless", payload=f"again {sender.name}")
    await elsewhere.type("x")
    await elsewhere.stands(unsyncedChanges=0)
    for visitor in everyone:
        told = [event["payload"] for event in await visitor.events(event="stateless")]
        assert told == [
            payload
            for other in everyone
            if other is not visitor
            for payload in (f"from {other.name} é😀", f"again {other.name}")
        ]
    assert await elsewhere.events(event="stateless") == []


@pytest.mark.parametrize("kind", HOCUSPOCUS)
async def test_a_forbidden_document_beside_an_allowed_one(
    kind: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """Each document on a socket is decided by itself; a refusal leaves the socket to the others."""
    await visitors.share_socket("shared", kind, guarded.url)
    pass_ = {"token": token("ben", {document: "editor"})}
    allowed = await visitors.open("a", kind, guarded.url, document, socket="shared", **pass_)
    await allowed.synced()
    forbidden = await visitors.open(
        "f", kind, guarded.url, f"{document}-2", socket="shared", **pass_
    )
    assert (await forbidden.hears("authenticationFailed"))["reason"]
    await allowed.type("still here")
    await allowed.stands(unsyncedChanges=0)
    assert await allowed.events(event="close") == []
    assert not (await forbidden.standing())["synced"]


async def test_version_2_without_a_token_is_let_in_where_none_is_needed(
    house: RunningServer, visitors: Company, document: str
) -> None:
    """It sends no auth message then; the open server does not wait for one."""
    ben = await visitors.open("ben", "hocuspocus-2", house.url, document)
    ann = await visitors.open("ann", "native", house.url, document)
    await ben.synced()
    await ben.type("no token")
    await ann.reads("no token")
    await ben.stands(unsyncedChanges=0)
