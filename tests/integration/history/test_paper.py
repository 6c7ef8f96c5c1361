"""Many thousand moments, in the long form a quarter of a million, each of which can be read."""

from __future__ import annotations

import random
from contextlib import AsyncExitStack

import pytest

from collab.history.retention import RetentionPolicy
from collab.history.service import History
from collab.library.content import ContentFormat, read_content
from collab.limits import Limits
from collab.store.pool import ConnectionTarget
from tests.support.paper import PaperHouse, paper_texts, paper_updates

WHOLE, SLICE = 259_778, 60_000


@pytest.mark.timeout(300)
async def test_the_paper_at_any_moment(database: ConnectionTarget, long_form: bool) -> None:
    """200 random sequence numbers give the trace's text at that point, from a short tail each."""
    count = WHOLE if long_form else SLICE
    updates = paper_updates(count)
    async with AsyncExitStack() as stack:
        house = await PaperHouse.open(database, stack)
        await house.write(updates)
        assert house.count == len(updates) == count
        history = History.over(house.store, house.directory, Limits(), RetentionPolicy())
        dice = random.Random(20_261_124)
        chosen = [dice.randrange(1, house.count + 1) for _ in range(200)]
        texts = paper_texts(chosen)
        stack.push_async_callback(history.close)
        for sequence in chosen:
            moment = await history.moments.find("paper", str(sequence))
            assert moment.sequence == sequence
            assert read_content(moment.state, ContentFormat.TEXT) == texts[sequence]
        # What keeps it quick however long the history is: never a replay from the beginning. Where
        # people wrote too fast for snapshots, whoever read a moment first has left one.
        await history.close()
        for sequence in chosen:
            before = await house.store.snapshot_before(house.key, sequence)
            assert sequence - (before.sequence if before is not None else 0) <= 12_000
            await history.moments.find("paper", str(sequence))
            await history.close()
            before = await house.store.snapshot_before(house.key, sequence)
            assert sequence - (before.sequence if before is not None else 0) <= 4_000
