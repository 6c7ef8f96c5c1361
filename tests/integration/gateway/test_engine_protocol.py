"""The Engine.IO v4 protocol, case by case, over raw HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from tests.integration.gateway.wire import Door, RawConnection
from tests.support.waiting import eventually


def _numbers(opening: str) -> dict[str, object]:
    assert opening.startswith("0")
    numbers = json.loads(opening[1:])
    assert isinstance(numbers.pop("sid"), str)
    return dict(numbers)


async def _is_over(client: ClientWebSocketResponse) -> bool:
    while (await client.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
        pass
    return True


class TestHandshake:
    async def test_polling(self, brisk: Door) -> None:
        """A polling client is told the sub-second heartbeat, the limit and the upgrade."""
        async with brisk.http.get(f"{brisk.path}?EIO=4&transport=polling") as response:
            assert response.status == 200
            assert _numbers(await response.text()) == {
                "upgrades": ["websocket"],
                "pingInterval": 300,
                "pingTimeout": 200,
                "maxPayload": 1_000_000,
            }

    async def test_websocket(self, brisk: Door) -> None:
        """A WebSocket client is told the same, and no upgrade."""
        client = await brisk.websocket()
        numbers = _numbers(await client.receive_str())
        assert numbers["upgrades"] == []
        assert numbers["pingInterval"] == 300

    @pytest.mark.parametrize(
        "query",
        [
            "transport=polling",
            "EIO=abc&transport=polling",
            "EIO=3&transport=polling",
            "EIO=4",
            "EIO=4&transport=abc",
            "EIO=4&transport=websocket",
            "EIO=4&transport=polling&j=0",
            "EIO=4&transport=polling&sid=unknown",
        ],
    )
    async def test_bad_query(self, door: Door, query: str) -> None:
        """Another protocol version, transport, session or JSONP is answered 400."""
        async with door.http.get(f"{door.path}?{query}") as response:
            assert response.status == 400

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    async def test_bad_method(self, door: Door, method: str) -> None:
        """A handshake by another method than GET is answered 400."""
        async with door.http.request(method, f"{door.path}?EIO=4&transport=polling") as response:
            assert response.status == 400

    @pytest.mark.parametrize(
        "query",
        ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4", "EIO=4&transport=x"],
    )
    async def test_bad_websocket(self, door: Door, query: str) -> None:
        """A WebSocket with another version or transport is refused."""
        with pytest.raises(WSServerHandshakeError):
            await door.websocket(query)


class TestSession:
    async def test_post_is_answered_ok(self, door: Door) -> None:
        """A body is answered `ok`, lower case, and its packets are handled in order."""
        client = await (await door.poller()).join()
        body = (
            '42["message",1]\x1e'
            '452-["message",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]'
            "\x1ebAQI=\x1ebAwQ="
        )
        assert await client.post(body) == (200, "ok")
        assert door.echo.events == [("message", (1,)), ("message", (b"\x03\x04", b"\x01\x02"))]
        status, answer = await client.get()
        assert status == 200
        assert answer == (
            '42["message-back",{"args":[1]}]\x1e'
            '452-["message-back",{"args":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]'
            "\x1ebAwQ=\x1ebAQI="
        )

    @pytest.mark.parametrize(
        "body", ["abc", "", "4\x1e", "2", "5", "0{}", "b!!!", b"4\xff", "d=4x"]
    )
    async def test_malformed_body(self, door: Door, body: str | bytes) -> None:
        """A malformed body is answered 400 and ends the session at once."""
        client = await (await door.poller()).join()
        status, _ = await client.post(body)
        assert status == 400
        assert (await client.get())[0] == 400
        assert [reason for _, reason in door.echo.gone] == ["parse error"]

    @pytest.mark.parametrize("frame", ["abc", "", "2", "5", "0{}", "bAQI="])
    async def test_malformed_frame(self, door: Door, frame: str) -> None:
        """A malformed frame closes the WebSocket at once."""
        client = await door.join()
        await client.send_str(frame)
        assert await _is_over(client)
        assert [reason for _, reason in door.echo.gone] == ["parse error"]

    async def test_second_poll(self, door: Door) -> None:
        """A second poll at a time is refused, the first is told to close, the session is over."""
        client = await door.poller()
        first = asyncio.create_task(client.get())
        socket = door.server._server.eio.sockets[client.sid]
        await eventually(lambda: socket._poll is not None)
        assert (await client.get())[0] == 400
        assert await first == (200, "1")
        assert (await client.get())[0] == 400

    async def test_second_body(self, door: Door) -> None:
        """A second body at a time cannot be in order: both are refused and the session is over."""
        client = await (await door.poller()).join()
        slow = await RawConnection.open(door.port)
        target = client.url.split("/", 3)[3]
        head = f"POST /{target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
        await slow.segments([head.encode(), b'42["m'])
        socket = door.server._server.eio.sockets[client.sid]
        await eventually(lambda: socket._is_posting)
        assert (await client.post('42["message",2]'))[0] == 400
        assert (await slow.response())[0] == 400
        assert (await client.get())[0] == 400
        slow.reset()
        assert door.echo.events == []

    async def test_cancelled_poll(self, door: Door) -> None:
        """A client that hangs up on its poll is gone at once."""
        client = await (await door.poller()).join()
        poll = asyncio.create_task(client.get())
        socket = door.server._server.eio.sockets[client.sid]
        await eventually(lambda: socket._poll is not None)
        poll.cancel()
        await eventually(lambda: door.echo.gone)
        assert (await client.get())[0] == 400

    async def test_close_by_polling_client(self, door: Door) -> None:
        """CLOSE ends the session; a poll that waits is answered NOOP."""
        client = await (await door.poller()).join()
        poll = asyncio.create_task(client.get())
        socket = door.server._server.eio.sockets[client.sid]
        await eventually(lambda: socket._poll is not None)
        assert await client.post("1") == (200, "ok")
        assert await poll == (200, "6")
        assert (await client.get())[0] == 400

    async def test_close_by_websocket_client(self, door: Door) -> None:
        """CLOSE closes the WebSocket."""
        client = await door.join()
        await client.send_str("1")
        assert await _is_over(client)


class TestHeartbeat:
    async def test_polling(self, brisk: Door) -> None:
        """A polling client is pinged and stays as long as it answers."""
        client = await (await brisk.poller()).join()
        for _ in range(3):
            assert await client.get() == (200, "2")
            assert await client.post("3") == (200, "ok")

    async def test_websocket(self, brisk: Door) -> None:
        """A WebSocket client is pinged and stays as long as it answers."""
        client = await brisk.join()
        for _ in range(3):
            assert await client.receive_str() == "2"
            await client.send_str("3")

    async def test_silent_polling_client(self, brisk: Door) -> None:
        """A polling client that does not answer is gone after interval and time-out."""
        client = await (await brisk.poller()).join()
        await eventually(lambda: brisk.echo.gone)
        assert (await client.get())[0] in {200, 400}
        assert (await client.get())[0] == 400
        assert [reason for _, reason in brisk.echo.gone] == ["ping timeout"]

    async def test_silent_websocket_client(self, brisk: Door) -> None:
        """A WebSocket client that does not answer is closed."""
        client = await brisk.join()
        assert await _is_over(client)
        assert [reason for _, reason in brisk.echo.gone] == ["ping timeout"]

    async def test_unasked_pong(self, brisk: Door) -> None:
        """PONGs nobody asked for do not put the next PING off."""
        client = await brisk.join()
        pings = 0
        async with asyncio.timeout(5):
            while pings < 2:
                await client.send_str("3")
                try:
                    async with asyncio.timeout(0.05):
                        pings += await client.receive_str() == "2"
                except TimeoutError:
                    continue
        assert pings == 2


class TestUpgrade:
    async def test_upgrade(self, door: Door) -> None:
        """Probe, NOOP to the poll, UPGRADE, and the session goes on over the WebSocket."""
        client = await (await door.poller()).join()
        socket = await client.upgrade()
        await socket.send_str("2probe")
        assert await socket.receive_str() == "3probe"
        assert await client.get() == (200, "6")
        await socket.send_str("5")
        await socket.send_str('42["message",1]')
        assert await socket.receive_str() == '42["message-back",{"args":[1]}]'

    async def test_http_after_upgrade(self, door: Door) -> None:
        """After the upgrade polls and bodies of the session are refused, and it goes on."""
        client = await (await door.poller()).join()
        socket = await client.upgrade()
        await socket.send_str("2probe")
        await socket.send_str("5")
        assert (await client.get())[0] == 400
        assert (await client.post('42["message",0]'))[0] == 400
        assert await socket.receive_str() == "3probe"
        await socket.send_str('42["message",1]')
        assert await socket.receive_str() == '42["message-back",{"args":[1]}]'

    async def test_second_websocket(self, door: Door) -> None:
        """A second WebSocket of an upgraded session is accepted, closed, and changes nothing."""
        client = await (await door.poller()).join()
        socket = await client.upgrade()
        await socket.send_str("2probe")
        await socket.send_str("5")
        assert await socket.receive_str() == "3probe"
        assert await _is_over(await client.upgrade())
        await socket.send_str('42["message",1]')
        assert await socket.receive_str() == '42["message-back",{"args":[1]}]'

    @pytest.mark.parametrize("words", [["2wrong"], ["2probe", "4x"], []])
    async def test_abandoned_upgrade(self, door: Door, words: list[str]) -> None:
        """A client whose upgrade fails half way goes on polling, and nothing is lost."""
        client = await (await door.poller()).join()
        socket = await client.upgrade()
        for word in words:
            await socket.send_str(word)
        if "2probe" in words:
            assert await socket.receive_str() == "3probe"
        door.echo.connections[0].emit("held", {})
        await socket.close()
        seen = ""
        async with asyncio.timeout(10):
            while "held" not in seen:
                status, body = await client.get()
                assert status == 200
                seen += body
        assert seen.replace("6", "") == '42["held",{}]'
