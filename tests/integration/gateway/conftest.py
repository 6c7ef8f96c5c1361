"""The server the gateway's tests talk to, on the loops it may run on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.wire import Door, open_door

# What depends on how a loop buffers and closes is proven on both loops.
_BOTH = ("test_abuse", "test_order", "test_slow_readers", "test_socket_protocol")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run on uvloop, as the product does; some on asyncio's own loop, too."""
    del config
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
        "uvloop": uvloop.new_event_loop
    }
    if item.path.stem in _BOTH:
        factories["asyncio"] = asyncio.new_event_loop
    return factories


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Open a server with heartbeats too far apart to matter."""
    async with open_door() as opened:
        yield opened


@pytest.fixture
async def brisk() -> AsyncIterator[Door]:
    """Open a server with the heartbeat of the protocol's own test suite."""
    options = TransportOptions(
        ping_interval=0.3, ping_timeout=0.2, connect_timeout=1, max_frame_bytes=1_000_000
    )
    async with open_door(options=options) as opened:
        yield opened
