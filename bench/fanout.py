"""What one delivery costs: our fan-out against python-socketio's `emit`, side by side.

One room, 100 WebSocket clients in a process of their own, a keystroke of 30 bytes at a time. The
figure is the server's CPU time (user + system) per message and receiver. Rounds alternate between
the two, so that whatever else the machine does meets both; the median round counts.

    python -m bench.fanout [clients] [events per round] [rounds]
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection as Pipe
from typing import Any

import socketio
import uvloop
from aiohttp import ClientSession, WSMsgType, web

from collab.gateway.fanout import encode_event
from collab.gateway.socket_io import Ack, Connection, SocketIoServer, TransportOptions

PAYLOAD = {"document": "bench", "update": bytes(range(30))}


class Hall:
    """Handlers that only know who is there."""

    def __init__(self) -> None:
        self.present: list[Connection] = []

    async def connected(self, connection: Connection, auth: object) -> None:
        del auth
        self.present.append(connection)

    def received(
        self, connection: Connection, event: str, args: tuple[object, ...], ack: Ack | None
    ) -> None:
        """Nobody says anything."""

    def disconnected(self, connection: Connection, reason: str) -> None:
        """Nobody leaves before the end."""


def audience(port: int, count: int, pipe: Pipe) -> None:
    """Be `count` clients that read what they are sent, and tell how much that was when asked."""

    async def attend() -> None:
        heard = 0

        async def listen(client: Any) -> None:
            nonlocal heard
            async for message in client:
                if message.type is WSMsgType.BINARY:
                    heard += 1
                elif message.data == "2":
                    await client.send_str("3")

        async with ClientSession() as http:
            url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket"
            listening = []
            for _ in range(count):
                client = await http.ws_connect(url)
                await client.receive()
                await client.send_str("40")
                await client.receive()
                listening.append(asyncio.create_task(listen(client)))
            pipe.send("ready")
            loop = asyncio.get_running_loop()
            while await loop.run_in_executor(None, pipe.recv) != "leave":
                pipe.send(heard)

    uvloop.run(attend())


async def serve(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    return runner, listener.getsockname()[1]


class Stage:
    """One server with its audience."""

    def __init__(self, say: Callable[[], Awaitable[None]]) -> None:
        self.say = say
        self.costs: list[float] = []
        self.expected = 0

    async def fill(self, app: web.Application, clients: int) -> None:
        self.clients = clients
        self.runner, port = await serve(app)
        self.pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self.child = context.Process(target=audience, args=(port, clients, theirs), daemon=True)
        self.child.start()
        await asyncio.get_running_loop().run_in_executor(None, self.pipe.recv)

    async def perform(self, events: int) -> None:
        before = time.process_time()
        for number in range(events):
            await self.say()
            # Let the loop write, and now and then the audience breathe.
            await asyncio.sleep(0.01 if number % 10 == 9 else 0)
        self.costs.append((time.process_time() - before) / events / self.clients * 1e6)
        self.expected += events * self.clients
        await self.all_heard()

    async def all_heard(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(60):
            while True:
                self.pipe.send("how many")
                if await loop.run_in_executor(None, self.pipe.recv) == self.expected:
                    return
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        self.pipe.send("leave")
        await asyncio.get_running_loop().run_in_executor(None, self.child.join)
        await self.runner.cleanup()


async def measure(clients: int, events: int, rounds: int) -> None:
    hall = Hall()
    ours = SocketIoServer(hall, TransportOptions())
    our_app, stock_app = web.Application(), web.Application()
    ours.attach(our_app)
    stock = socketio.AsyncServer(async_mode="aiohttp")
    stock.attach(stock_app)

    async def deliver() -> None:
        message = encode_event("/", "update", PAYLOAD)
        for connection in hall.present:
            connection.send(message)

    async def emit() -> None:
        await stock.emit("update", PAYLOAD, room="bench")

    async def enter(sid: str, _environ: object, _auth: object) -> None:
        await stock.enter_room(sid, "bench")

    stock.on("connect", enter)
    stages = {"collab": Stage(deliver), "python-socketio": Stage(emit)}
    await stages["collab"].fill(our_app, clients)
    await stages["python-socketio"].fill(stock_app, clients)
    for _ in range(rounds):
        for stage in stages.values():
            await stage.perform(events)
    print(
        f"{clients} clients, {events} events a round, {rounds} rounds; µs of server CPU a delivery"
    )
    for name, stage in stages.items():
        low, middle, high = min(stage.costs), statistics.median(stage.costs), max(stage.costs)
        print(f"  {name:16} {middle:6.2f}   ({low:.2f} to {high:.2f})")
    cheap, dear = (statistics.median(stage.costs) for stage in stages.values())
    print(f"  ratio            {dear / cheap:6.1f}")
    for stage in stages.values():
        await stage.close()


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:]]
    clients, events, rounds = [*numbers, *(100, 200, 7)[len(numbers) :]]
    uvloop.run(measure(clients, events, rounds))


if __name__ == "__main__":
    main()
