"""A house with history on a real database: rooms, log, store, all in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from collab.store.pool import ConnectionTarget
from tests.integration.history.house import House


@pytest.fixture
async def house(database: ConnectionTarget) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield await House.open(database, stack)
