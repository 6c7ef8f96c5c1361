"""Viewers: they read and appear; what they type reaches nobody and is not kept."""

from __future__ import annotations

import pytest

from tests.support.foreign import HOCUSPOCUS, KINDS, Company, Visitor
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import token

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("kind", KINDS),
]


async def passed(viewer: Visitor, watcher: Visitor, value: object) -> None:
    """Return once everything the viewer sent before has been through the server.

    Frames of one connection are taken in order, so a cursor seen is an edit dealt with.
    """
    await viewer.cursor(value)
    await watcher.sees(viewer, value)


@pytest.mark.parametrize("role", ["viewer", "commenter"])
async def test_a_viewer_reads_and_changes_nothing(
    kind: str, role: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """Neither typing nor coming back with edits gets past the server; reading goes on."""
    pass_ = {"token": token("ann", {document: "editor"})}
    ann = await Guest.connect(guarded.url, auth=pass_)
    await ann.join(document)
    assert (await ann.type(document, "hello"))["sequence"] == 1
    watcher = await visitors.open("cat", "native", guarded.url, document, **pass_)
    await watcher.reads("hello")
    ben = await visitors.open(
        "ben", kind, guarded.url, document, token=token("ben", {document: role})
    )
    await ben.reads("hello")
    await passed(ben, watcher, 1)
    if kind in HOCUSPOCUS:
        await ben.hears("authenticated", scope="readonly")
        await ben.stands(unsyncedChanges=0)
    await ben.ask("insert", text="x", at=0)
    await passed(ben, watcher, 2)
    if kind in HOCUSPOCUS:
        assert (await ben.standing())["unsyncedChanges"] > 0
    since = await ben.mark()
    await ben.cut()
    await ben.hears("sync", state=True, since=since)
    await passed(ben, watcher, 3)
    assert await watcher.text() == str(ann.person) == "hello"
    assert (await ann.type(document, "!"))["sequence"] == 2
    await ben.reads("xhello!")
    if kind.startswith("y-websocket"):
        told = await visitors.complaints()
        assert told
        assert all(f"Your role is {role}" in one for one in told)
    await ann.close()


async def test_an_editor_beside_a_viewer(
    kind: str, guarded: RunningServer, visitors: Company, document: str
) -> None:
    """The same kind of client with an editor's token, beside a viewer, writes."""
    roles = {"ann": "editor", "ben": "viewer"}
    people = []
    for name, role in roles.items():
        # One after the other: who may only read finds nothing before the document was made.
        pass_ = token(name, {document: role})
        people.append(await visitors.open(name, kind, guarded.url, document, token=pass_))
        await people[-1].synced()
    ann, ben = people
    await ann.type("written")
    await ben.reads("written")
    if kind in HOCUSPOCUS:
        await ann.hears("authenticated", scope="read-write")
        await ann.stands(unsyncedChanges=0)
