"""The real socket.io-client, in Node, over each of its transports."""

from __future__ import annotations

import asyncio
import json

import pytest

from collab.gateway.socket_io import Ack, Connection
from tests.integration.gateway.wire import Echo, open_door
from tests.support.node import PEER, node_path


class _Obedient(Echo):
    """Does what the client asks for: pour events out, close, refuse."""

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        if event == "pour":
            for number in range(200):
                connection.emit("number", {"n": number, "bytes": str(number).encode()})
        elif event == "close":
            connection.close()
        elif event == "refuse":
            connection.refuse()
        else:
            super().received(connection, event, args, ack)


@pytest.mark.parametrize(
    ("transports", "ends_on"),
    [("polling", "polling"), ("websocket", "websocket"), ("polling,websocket", "websocket")],
)
async def test_socket_io_client(transports: str, ends_on: str) -> None:
    """Bursts both ways in order, 3 MB messages, acks, refusals, closing and coming back."""
    async with open_door(_Obedient()) as door:
        child = await asyncio.create_subprocess_exec(
            node_path(),
            str(PEER / "transport.mjs"),
            f"http://127.0.0.1:{door.port}",
            transports,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(60):
                output, _ = await child.communicate()
        finally:
            if child.returncode is None:
                child.kill()
        seen = json.loads(output)
    said = "The token is wrong."
    assert seen["refusal"] == {
        "message": said,
        "data": {"code": "unauthenticated", "message": said},
    }
    assert seen["auth"] == {"token": "right"}
    assert seen["numbers"] == list(range(200))
    assert seen["acks"] == list(range(200))
    assert seen["large"] is True
    assert seen["transport"] == ends_on
    assert seen["disconnects"] == ["transport close", "io server disconnect"]
    assert seen["reconnects"] == 1
    assert seen["afterReconnect"] == ["still here"]
    assert seen["active"] is False


async def test_a_polling_client_between_two_polls_is_told_too() -> None:
    """With no request waiting and nothing to say, the end is kept for whoever asks next."""
    async with open_door() as door:
        client = await (await door.poller()).join()
        door.echo.connections[0].close()
        status, _ = await client.post('42["too late"]')
        assert status == 400
        status, body = await client.get()
        assert status == 200
        assert body.endswith("1")
        assert (await client.get())[0] == 400
