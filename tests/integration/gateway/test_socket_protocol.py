"""The Socket.IO v5 protocol, case by case, over raw WebSockets."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from collab.gateway.fanout import encode_event
from collab.gateway.socket_io import TransportOptions
from tests.integration.gateway.wire import Door, Echo, open_door, texts
from tests.support.waiting import eventually


async def _opened(door: Door) -> ClientWebSocketResponse:
    client = await door.websocket()
    assert (await client.receive_str()).startswith("0{")
    return client


async def _is_closed(client: ClientWebSocketResponse) -> bool:
    while True:
        message = await client.receive()
        if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return True


class TestConnect:
    @pytest.mark.parametrize("auth", [None, {"token": "123"}])
    async def test_main_namespace(self, door: Door, auth: object) -> None:
        """CONNECT is answered with a sid; what the handler emitted comes after it."""
        client = await _opened(door)
        await client.send_str("40" + ("" if auth is None else json.dumps(auth)))
        answer = await client.receive_str()
        assert answer.startswith("40{")
        sid = json.loads(answer[2:])["sid"]
        assert door.echo.connections[0].id == sid
        assert json.loads((await client.receive_str())[2:]) == ["auth", {"auth": auth}]

    async def test_unknown_namespace(self, door: Door) -> None:
        """An unknown namespace is refused with an object, and nothing is kept of it."""
        client = await _opened(door)
        for name in ("random", "yjs|x", "a" * 400):
            await client.send_str(f"40/{name}")
            assert await client.receive_str() == f'44/{name},{{"message":"Invalid namespace"}}'
        assert not door.server._connections

    async def test_registered_namespaces(self) -> None:
        """Whole families of namespaces can be registered; each connection knows its own."""
        other = Echo()
        async with open_door() as door:
            door.server.add_namespaces(lambda name: name.startswith("/yjs|"), other)
            client = await _opened(door)
            await client.send_str('40/yjs|a,{"token":"x"}')
            assert (await client.receive_str()).startswith('40/yjs|a,{"sid":')
            assert await client.receive_str() == '42/yjs|a,["auth",{"auth":{"token":"x"}}]'
            await client.send_str('42/yjs|a,["message",1]')
            assert await client.receive_str() == '42/yjs|a,["message-back",{"args":[1]}]'
            assert other.connections[0].namespace == "/yjs|a"
            assert door.echo.events == []
            await client.close()
            await eventually(lambda: other.gone)

    async def test_refused(self, door: Door) -> None:
        """A refusal carries the sentence, and the code as data; the client may try again."""
        client = await _opened(door)
        await client.send_str('40{"token":"wrong"}')
        answer = json.loads((await client.receive_str())[2:])
        said = "The token is wrong."
        assert answer == {"message": said, "data": {"code": "unauthenticated", "message": said}}
        await client.send_str("40")
        assert (await client.receive_str()).startswith("40{")

    async def test_handler_fails(self, door: Door) -> None:
        """A handler that breaks is answered as an internal error without its words."""
        client = await _opened(door)
        await client.send_str('40{"token":"broken"}')
        answer = json.loads((await client.receive_str())[2:])
        assert answer["data"]["code"] == "internal"

    async def test_no_connect(self) -> None:
        """A client that joins no namespace in time is closed."""
        async with open_door(options=TransportOptions(connect_timeout=0.2)) as door:
            assert await _is_closed(await _opened(door))
            left = await door.join()
            await left.send_str("41")
            assert await _is_closed(left)
            assert [reason for _, reason in door.echo.gone] == ["client namespace disconnect"]

    async def test_events_before_admission(self) -> None:
        """What a client says before it is admitted is not handled, then or later."""
        echo = Echo()
        async with open_door(echo) as door:
            client = await _opened(door)
            await client.send_str('42["message",1]')
            await client.send_str('451-["message",{"_placeholder":true,"num":0}]')
            await client.send_bytes(b"x" * 100)
            await client.send_str("40")
            await client.send_str('42["message",2]')
            assert (await client.receive_str()).startswith("40{")
            assert "auth" in await client.receive_str()
            await client.send_str('42["message",3]')
            assert await client.receive_str() == '42["message-back",{"args":[3]}]'
            assert echo.events == [("message", (3,))]

    async def test_leaves_while_deciding(self) -> None:
        """A client that leaves while the handler decides was never connected."""
        echo = Echo(turn=asyncio.Event())
        async with open_door(echo) as door:
            client = await _opened(door)
            await client.send_str("40")
            await eventually(lambda: door.server._admissions)
            await client.close()
            await eventually(lambda: not door.server._admissions)
            assert echo.connections == []
            assert echo.gone == []
            assert not door.server._sessions


class TestDisconnect:
    async def test_by_client(self, door: Door) -> None:
        """DISCONNECT leaves the namespace at once, and the client may come back."""
        client = await door.join()
        await client.send_str("41")
        await eventually(lambda: door.echo.gone)
        assert door.echo.gone[0][1] == "client namespace disconnect"
        await client.send_str('42["message",1]')
        await client.send_str("40")
        assert (await client.receive_str()).startswith("40{")
        assert door.echo.events == []

    async def test_refuse(self, door: Door) -> None:
        """`refuse` sends DISCONNECT after what was sent before, and nothing more is heard."""
        client = await door.join()
        connection = door.echo.connections[0]
        connection.emit("last", {})
        connection.refuse()
        connection.emit("never", {})
        connection.refuse()
        assert await texts(client, 2) == ['42["last",{}]', "41"]
        await client.send_str('42["message",1]')
        await client.send_str("40")
        assert (await client.receive_str()).startswith("40{")
        assert door.echo.events == []
        assert [reason for _, reason in door.echo.gone] == ["server namespace disconnect"]

    async def test_close(self, door: Door) -> None:
        """`close` delivers what was sent before and closes the transport; told once."""
        client = await door.join()
        connection = door.echo.connections[0]
        connection.emit("last", {})
        connection.close()
        connection.close()
        connection.emit("never", {})
        assert door.echo.gone == []
        assert await client.receive_str() == '42["last",{}]'
        assert (await client.receive()).type is WSMsgType.CLOSE
        assert door.echo.gone == [(connection.id, "transport close")]

    async def test_close_polling(self, door: Door) -> None:
        """A polling client that is closed between two polls still gets its last messages."""
        client = await (await door.poller()).join()
        connection = door.echo.connections[0]
        connection.emit("last", {})
        connection.close()
        assert await client.get() == (200, '42["last",{}]\x1e1')
        assert (await client.get())[0] == 400

    async def test_shutdown(self, door: Door) -> None:
        """After `shutdown` every client is closed, the handlers know, and nobody new gets in."""
        clients = [await door.join() for _ in range(3)]
        poller = await (await door.poller()).join()
        await door.server.shutdown()
        assert len(door.echo.gone) == 4
        assert {reason for _, reason in door.echo.gone} == {"server shutting down"}
        for client in clients:
            assert await _is_closed(client)
        assert await poller.get() == (200, "1")
        assert (await poller.get())[0] == 400
        async with door.http.get(f"{door.path}?EIO=4&transport=polling") as response:
            assert response.status == 503


class TestMessages:
    async def test_plain(self, door: Door) -> None:
        """A plain event arrives with its arguments."""
        client = await door.join()
        await client.send_str('42["message",1,"2",{"3":[true]}]')
        assert await client.receive_str() == '42["message-back",{"args":[1,"2",{"3":[true]}]}]'

    async def test_binary(self, door: Door) -> None:
        """Attachments are bytes for the handler, and attachments again for the client."""
        client = await door.join()
        await client.send_str(
            '452-["message",{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]'
        )
        await client.send_bytes(b"\x01\x02")
        await client.send_bytes(b"\x03")
        assert await texts(client, 3) == [
            '452-["message-back",{"args":[{"_placeholder":true,"num":0},{"a":{"_placeholder":true,"num":1}}]}]',
            b"\x01\x02",
            b"\x03",
        ]
        assert door.echo.events == [("message", (b"\x01\x02", {"a": b"\x03"}))]

    async def test_ack(self, door: Door) -> None:
        """An event with a number is answered with that number, binary or not."""
        client = await door.join()
        await client.send_str('42456["any",1]')
        assert await client.receive_str() == '43456[{"args":[1]}]'
        await client.send_str('451-789["any",{"_placeholder":true,"num":0}]')
        await client.send_bytes(b"\x01")
        assert await texts(client, 2) == [
            '461-789[{"args":[{"_placeholder":true,"num":0}]}]',
            b"\x01",
        ]

    async def test_ack_later_and_once(self, door: Door) -> None:
        """Acks may come later, in any order, once each, and not after the client has left."""
        client = await door.join()
        for number in range(3):
            await client.send_str(f'42{number}["later"]')
        await eventually(lambda: len(door.echo.acks) == 3)
        first, second, third = door.echo.acks
        third({"n": 3})
        first({"n": 1})
        first({"n": "again"})
        assert await texts(client, 2) == ['432[{"n":3}]', '430[{"n":1}]']
        await client.close()
        await eventually(lambda: door.echo.gone)
        second({"n": 2})

    async def test_handler_fails(self, door: Door, caplog: pytest.LogCaptureFixture) -> None:
        """An event whose handler breaks is answered, and the connection goes on."""
        client = await door.join()
        with caplog.at_level(logging.CRITICAL, logger="collab.gateway.socket_io"):
            await client.send_str('421["fail"]')
            answer = json.loads((await client.receive_str())[3:])
        assert answer[0]["ok"] is False
        assert answer[0]["error"]["code"] == "internal"
        await client.send_str('42["message",1]')
        assert await client.receive_str() == '42["message-back",{"args":[1]}]'

    async def test_encoded_once(self, door: Door) -> None:
        """One encoded message goes to WebSockets as frames and to polling clients as text."""
        clients = [await door.join() for _ in range(3)]
        poller = await (await door.poller()).join()
        first, second, third, fourth = door.echo.connections
        message = encode_event("/", "update", {"document": "d", "update": b"\x00\x01"})
        for connection in (first, third, fourth):
            connection.send(message)
        expected = ['451-["update",{"document":"d","update":{"_placeholder":true,"num":0}}]']
        for client in (clients[0], clients[2]):
            assert await texts(client, 2) == [*expected, b"\x00\x01"]
        assert await poller.get() == (200, f"{expected[0]}\x1ebAAE=")
        second.emit("own", {})
        assert await texts(clients[1], 1) == ['42["own",{}]']

    async def test_asking(self, door: Door) -> None:
        """The server asks and hears the client's ack, once; an ack nobody awaits is ignored."""
        client = await door.join()
        (connection,) = door.echo.connections
        answers: list[list[object]] = []
        connection.ask("which", b"\x07", answers.append)
        header, attachment = await texts(client, 2)
        assert (header, attachment) == ('451-0["which",{"_placeholder":true,"num":0}]', b"\x07")
        for number in (0, 0, 5):
            await client.send_str(f'461-{number}[{{"_placeholder":true,"num":0}}]')
            await client.send_bytes(b"\x08")
        await client.send_str('42["message",1]')
        assert await texts(client, 1) == ['42["message-back",{"args":[1]}]']
        assert answers == [[b"\x08"]]

    @pytest.mark.parametrize(
        "packet",
        [
            "4",
            "4abc",
            "42",
            "42{}",
            "42[]",
            '42["a"',
            "42[1]",
            '42["connect"]',
            '42abc["message"]',
            '423-["message"]',
            "43{}",
            "40",
            "40[]",
            "47",
            "49[]",
            "44{}",
            "451-{}",
            '4511-["message"]',
            '459999999999-["message"]',
            '45-1-["message"]',
            "42" + "9" * 17 + '["message"]',
            "42" + "9" * 200 + '["message"]',
            "42" + "[" * 100_000,
            '42["message",' + '{"a":' * 100_000,
            "42/" + "a" * 1_000 + ',["message"]',
            "41[]",
        ],
        ids=lambda packet: packet[:24],
    )
    async def test_malformed_packet(
        self, door: Door, packet: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A malformed packet closes the connection at once, with one line in the log."""
        client = await door.join()
        caplog.clear()
        await client.send_str(packet)
        assert await _is_closed(client)
        assert [reason for _, reason in door.echo.gone] == ["parse error"]
        assert door.echo.events == []
        lines = [line for line in caplog.records if line.levelno >= logging.WARNING]
        assert [line.exc_info for line in lines] == [None]
        assert lines[0].__dict__["action"] == "drop"

    @pytest.mark.parametrize(
        ("header", "then"),
        [
            ('451-["m",{"_placeholder":true,"num":99}]', [b"x"]),
            ('451-["m",{"_placeholder":true,"num":-1}]', [b"x"]),
            ('451-["m",{"_placeholder":true,"num":"0"}]', [b"x"]),
            ('451-["m",{"_placeholder":true,"num":true}]', [b"x"]),
            ('451-["m",{"_placeholder":true}]', [b"x"]),
            ('451-["m",' + '{"a":[' * 400 + "0" + "]}" * 400 + "]", [b"x", "42["]),
            ('451-["m",{"_placeholder":true,"num":0}]', ['42["message"]']),
            ('450-["message"]', [b"x"]),
        ],
    )
    async def test_malformed_attachments(
        self, door: Door, header: str, then: list[str | bytes]
    ) -> None:
        """A wrong placeholder, text in between, or a frame nobody announced closes it at once."""
        client = await door.join()
        await client.send_str(header)
        for part in then:
            await (client.send_bytes(part) if isinstance(part, bytes) else client.send_str(part))
        assert await _is_closed(client)
        assert [reason for _, reason in door.echo.gone] == ["parse error"]

    async def test_attachments_have_a_limit(self) -> None:
        """An event may not hold more than one frame may, however it is cut into attachments."""
        async with open_door(options=TransportOptions(max_frame_bytes=100_000)) as door:
            client = await door.join()
            await client.send_str(
                '4510-["message",' + ",".join(['{"_placeholder":true,"num":0}'] * 10) + "]"
            )
            for _ in range(2):
                await client.send_bytes(b"x" * 60_000)
            assert await _is_closed(client)
            assert door.echo.events == []

    async def test_too_many_namespaces(self) -> None:
        """A client may join only so many namespaces."""
        async with open_door(options=TransportOptions(namespaces_per_client=3)) as door:
            door.server.add_namespaces(lambda name: name.startswith("/n"), door.echo)
            client = await door.join()
            for number in range(3):
                await client.send_str(f"40/n{number}")
            assert await _is_closed(client)
            await eventually(lambda: not door.server._connections)
