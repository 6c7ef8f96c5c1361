"""Who has created too many documents creates no more; that is nobody else's trouble."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from collab.access.quotas import Quotas
from collab.access.roles import Role
from collab.crdt.replica import Engine
from collab.errors import NotFound, RateLimited
from collab.limits import Limits
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from tests.support.people import grant
from tests.support.waiting import eventually
from tests.support.walls import MemoryDocuments, MemoryLog, RecordingChronicle, RecordingOutlet


class Stage:
    """A directory where each may create one document, and ann has."""

    def __init__(self) -> None:
        log = MemoryLog()
        self.documents = MemoryDocuments(log)
        limits = replace(Limits(), documents_per_hour=1)
        quotas = Quotas(limits)
        walls = Walls(log, self.documents, RecordingOutlet(), RecordingChronicle(), quotas.counts)
        self.directory = RoomDirectory(walls, Engine.PYCRDT, limits, RoomPolicy(), quotas)
        quotas.create("ann", asyncio.get_running_loop().time())


async def test_no_more_are_made() -> None:
    """Opening what is not there is refused; nothing was created; what is there can be opened."""
    stage = Stage()
    with pytest.raises(RateLimited, match="1 documents an hour"):
        await stage.directory.open(grant("ann"))
    assert stage.documents.shelf == {}
    await stage.directory.open(grant("ben"))
    await stage.directory.open(grant("ann"))


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
async def test_others_who_wait_for_the_same_load(role: Role) -> None:
    """One who may create gets the document, a viewer hears that it is not there."""
    stage = Stage()
    stage.documents.gate = asyncio.Event()
    ann = asyncio.create_task(stage.directory.open(grant("ann")))
    await eventually(lambda: stage.documents.loads == 1)
    ben = asyncio.create_task(stage.directory.open(grant("ben", role)))
    await asyncio.sleep(0)
    stage.documents.gate.set()
    with pytest.raises(RateLimited):
        await ann
    if role is Role.EDITOR:
        assert await ben is stage.directory.find("d")
    else:
        with pytest.raises(NotFound):
            await ben
