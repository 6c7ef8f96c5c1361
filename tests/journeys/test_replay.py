"""Real editing histories, typed through a running server by real Yjs clients over Socket.IO."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from collab.crdt.replica import Engine
from tests.support.paper import paper_texts
from tests.support.programs import run_program
from tests.support.server import RunningServer
from tests.support.traces import TRACES, end_content

pytestmark = pytest.mark.timeout(420)

SLICE = 80_000
"""Of the paper's 259,778 edits, unless the run is long."""


async def content(server: RunningServer, document: str) -> str:
    url = f"{server.url}/api/v1/documents/{document}/content?format=text"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return await response.text()


@pytest.mark.parametrize(
    ("trace", "engine"),
    [
        ("automerge-paper", Engine.YPY),
        ("friendsforever", Engine.YPY),
        ("friendsforever", Engine.PYCRDT),
    ],
)
async def test_everyone_ends_at_the_same_text(
    trace: str,
    engine: Engine,
    make_server: Callable[..., Awaitable[RunningServer]],
    long_form: bool,
) -> None:
    """Writers, watcher, plain HTTP and a cold restart give exactly the trace's end."""
    server = await make_server("--engine", engine.value)
    order: dict[str, object] = {
        "url": server.url,
        "document": trace,
        "root": "text",
        "trace": str(TRACES[trace]),
    }
    expected = end_content(trace)
    if trace == "automerge-paper" and not long_form:
        expected = paper_texts([SLICE])[SLICE]
        order |= {"transactions": SLICE, "endContent": expected}
    told = await run_program("replay.mjs", order, seconds=400)
    people = 2 if trace == "friendsforever" else 1
    assert told["equal"] == [True] * (people + 1)
    assert told["ordered"]
    assert told["sequence"] == told["transactions"]
    assert await content(server, trace) == expected
    await server.kill()
    await server.start()
    assert await content(server, trace) == expected
