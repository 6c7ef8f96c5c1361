"""Plain WebSockets, for the doors whose clients speak no Socket.IO: frames in order, both ways.

A door is handed whole binary messages and never waits to send one. A client that sends text, speaks
too fast, falls too far behind or does not answer pings is sent away here, alike for every door.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from aiohttp import web

from collab.access.origins import is_allowed_origin
from collab.access.quotas import Lease, Meter, Quotas
from collab.errors import CollabError, Forbidden, InvalidRequest, Unavailable
from collab.gateway.closing import RESTARTING, Closing, closing_for
from collab.gateway.engine_options import TransportOptions
from collab.gateway.engine_websocket import is_websocket, read_messages, transport_of
from collab.gateway.fanout import binary_frame
from collab.gateway.outgoing import FrameWriter

__all__ = ["Client", "ClientSocket", "WebSocketServer", "offered_protocols", "send_away"]

_log = logging.getLogger(__name__)

_QUIET: Final = 12.0
"""Seconds after which a client that was sent nothing gets a filler: stock clients hang up after 30."""
_CLOSE_WAIT: Final = 2.0
"""Seconds a client has to answer a close frame."""
_DOORSTEP: Final = 1.5
"""Seconds a newcomer who is refused is kept before the close frame: y-websocket before 3.1 comes back
a tenth of a second after it, for ever, whatever the code says."""
_LOOK: Final = 0.05
_LONGEST_REASON: Final = 123
"""Bytes of text a close frame can hold (RFC 6455 §5.5)."""
_INTERNAL: Final = "Something went wrong on the server; try again."


class Client(Protocol):
    """What a door makes of one WebSocket."""

    async def opened(self) -> None:
        """Let the client in; nothing it sends is read before. Raises `CollabError` to refuse it."""
        ...

    def received(self, message: bytes) -> None:
        """Handle one message. Raises `CollabError` to send the client away."""
        ...

    def sent_away(self, error: CollabError) -> None:
        """Say why in the client's protocol; the socket is closed next, for the same reason."""
        ...

    def closed(self) -> None:
        """Forget the client; called once."""
        ...

    def filler(self) -> bytes | None:
        """Return a message without meaning that keeps the client from thinking the server dead."""
        ...


class ClientSocket:
    """One client's WebSocket. `id` is a secret of the server; `remote` is the client's address."""

    __slots__ = (
        "_closing",
        "_drop",
        "_loop",
        "_timer",
        "_transport",
        "_websocket",
        "_writer",
        "_written",
        "id",
        "remote",
    )

    def __init__(
        self,
        websocket: web.WebSocketResponse,
        request: web.Request,
        budget: int,
        drop: Callable[[], None],
    ) -> None:
        self.id = secrets.token_urlsafe(16)
        self.remote = request.remote or ""
        self._websocket = websocket
        self._transport = transport_of(request)
        self._writer = FrameWriter(self._transport, budget)
        self._drop = drop
        self._loop = asyncio.get_running_loop()
        self._written = self._loop.time()
        self._closing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_leaving(self) -> bool:
        """Whether a goodbye is being said; who hung up is still heard out."""
        return self._closing is not None

    @property
    def is_open(self) -> bool:
        """Whether what is sent may still arrive."""
        return self._closing is None and not self._transport.is_closing()

    def send(self, message: bytes) -> None:
        """Send a binary message after all that was sent before; never blocks, never raises."""
        self.write(binary_frame(message))

    def write(self, frame: bytes) -> None:
        """Send a message that is a frame already."""
        if self._closing is not None:
            return
        self._written = self._loop.time()
        if not self._writer.write(frame):
            _log.warning("client too slow, dropped", extra={"action": "drop"})
            self._drop()
            self._transport.abort()

    def close(self, closing: Closing, *, after: float = 0.0) -> None:
        """Say goodbye and close, once what was sent before has left; the first reason counts.

        With `after`, that many seconds later; the socket counts as closed at once.
        """
        if self._closing is None:
            self._closing = self._loop.create_task(self._say_goodbye(closing, after))

    async def wait_closed(self) -> None:
        """Return when the goodbye, if one is being said, is over, and nothing is kept for the client.

        What it has not read some seconds after its own goodbye is thrown away.
        """
        if self._timer is not None:
            self._timer.cancel()
        if self._closing is not None:
            await asyncio.wait([self._closing])
        deadline = self._loop.time() + _CLOSE_WAIT
        # A transport tells nobody that it has written all.
        while self._transport.get_write_buffer_size() and self._loop.time() < deadline:  # noqa: ASYNC110 - see above
            await asyncio.sleep(_LOOK)
        if self._transport.get_write_buffer_size():
            self._transport.abort()

    def keep_alive(self, filler: Callable[[], bytes | None]) -> None:
        """From now on send what `filler` returns whenever nothing else was sent for a while."""
        due = self._written + _QUIET
        if self._loop.time() >= due:
            message = filler()
            if message is not None:
                self.send(message)
            due = self._loop.time() + _QUIET
        if self.is_open:
            self._timer = self._loop.call_at(due, self.keep_alive, filler)

    async def _say_goodbye(self, closing: Closing, after: float) -> None:
        await asyncio.sleep(after)
        reason = closing.reason.encode()[:_LONGEST_REASON].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(_CLOSE_WAIT):
                await self._websocket.close(code=closing.code, message=reason)
        except (TimeoutError, ConnectionError):
            self._transport.abort()


class WebSocketServer:
    """Opens, reads, and at the end closes the WebSockets of all doors that use it."""

    def __init__(self, options: TransportOptions, quotas: Quotas) -> None:
        self._options = options
        self._quotas = quotas
        self._sockets: set[ClientSocket] = set()
        self._attending: set[asyncio.Task[None]] = set()
        self._open: Counter[str] = Counter()
        self._is_leaving = False

    async def serve(
        self,
        request: web.Request,
        name: str,
        door: Callable[[ClientSocket], Client],
        subprotocol: str | None = None,
    ) -> web.StreamResponse:
        """Serve one WebSocket to its end with the client that the door called `name` makes of it.

        Raises `InvalidRequest` for a request that asks for none, `Forbidden` for pages of an
        origin that is not allowed, `Unavailable` when the server is stopping, `Overloaded` and
        `RateLimited` when there is no place.
        """
        self._check(request)
        lease = self._quotas.connected(request.remote or "")
        try:
            websocket = await self._prepared(request, subprotocol)
            socket = ClientSocket(
                websocket, request, self._options.send_buffer_bytes, self._count_slow_reader
            )
        except BaseException:
            lease.end()
            raise
        attending = asyncio.create_task(self._attend(websocket, socket, door(socket), name, lease))
        self._attending.add(attending)
        attending.add_done_callback(self._attending.discard)
        # A client that hangs up cancels the handler; what had arrived before is read all the same.
        await asyncio.shield(attending)
        return websocket

    def census(self) -> Mapping[str, int]:
        """Return how many sockets are open, by door."""
        return self._open

    def refuse_newcomers(self) -> None:
        """Take no new clients; those who are here stay."""
        self._is_leaving = True

    async def shutdown(self) -> None:
        """Take no new clients, close every client's socket and return once the doors know."""
        self.refuse_newcomers()
        for socket in tuple(self._sockets):
            socket.close(RESTARTING)
        await asyncio.gather(*(socket.wait_closed() for socket in tuple(self._sockets)))
        # One turn of the loop for the `closed` calls.
        await asyncio.sleep(0)

    # --- private ---

    def _check(self, request: web.Request) -> None:
        allowed = self._options.allowed_origins
        origins = request.headers.getall("Origin", [])
        if any(not is_allowed_origin(origin, request.host, allowed) for origin in origins):
            message = "Pages of this origin may not connect; have the operator allow it."
            raise Forbidden(message)
        if not is_websocket(request):
            message = "This address speaks WebSocket; open it with a Yjs provider."
            raise InvalidRequest(message)
        if self._is_leaving:
            message = "The server is stopping; try again in a moment."
            raise Unavailable(message)
        self._quotas.check_connection(request.remote or "", asyncio.get_running_loop().time())

    async def _prepared(
        self, request: web.Request, subprotocol: str | None
    ) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(
            timeout=_CLOSE_WAIT,
            max_msg_size=self._options.max_frame_bytes,
            # Compressed frames could not be shared between clients.
            compress=False,
            protocols=() if subprotocol is None else (subprotocol,),
            heartbeat=2 * self._options.ping_timeout,
        )
        await websocket.prepare(request)
        return websocket

    def _count_slow_reader(self) -> None:
        self._quotas.counts.slow_readers += 1

    async def _attend(
        self,
        websocket: web.WebSocketResponse,
        socket: ClientSocket,
        client: Client,
        name: str,
        lease: Lease,
    ) -> None:
        self._sockets.add(socket)
        self._open[name] += 1
        meter = self._quotas.meter(name, asyncio.get_running_loop().time())
        try:
            if await _is_let_in(client, socket):
                socket.keep_alive(client.filler)
                await read_messages(websocket, lambda data: _hand_over(client, socket, data, meter))
        finally:
            client.closed()
            await socket.wait_closed()
            self._sockets.discard(socket)
            self._open[name] -= 1
            lease.end()


async def _is_let_in(client: Client, socket: ClientSocket) -> bool:
    try:
        await client.opened()
    except CollabError as error:
        send_away(client, socket, error, after=_DOORSTEP)
    except Exception:  # noqa: BLE001 - one client's trouble must not become another's
        _log.exception("connect failed", extra={"action": "connect"})
        send_away(client, socket, CollabError(_INTERNAL), after=_DOORSTEP)
    return not socket.is_leaving


def _hand_over(client: Client, socket: ClientSocket, data: str | bytes, meter: Meter) -> bool:
    """Have `client` handle a message; return whether there may be more."""
    if socket.is_leaving:
        # It is being sent away: what it still says is not for us, but its goodbye is.
        return True
    try:
        if isinstance(data, str):
            message = "This protocol is binary; send no text."
            raise InvalidRequest(message)  # noqa: TRY301 - handled like what a door refuses
        meter.take(len(data), asyncio.get_running_loop().time())
        client.received(data)
    except CollabError as error:
        send_away(client, socket, error)
    except Exception:  # noqa: BLE001 - one client's trouble must not become another's
        _log.exception("message failed", extra={"action": "message"})
        send_away(client, socket, CollabError(_INTERNAL))
    return True


def send_away(
    client: Client, socket: ClientSocket, error: CollabError, *, after: float = 0.0
) -> None:
    """Tell the client what is wrong, and close its socket (`after` some seconds)."""
    _log.warning("client sent away: %s", error, extra={"action": "refuse", "code": error.code})
    client.sent_away(error)
    socket.close(closing_for(error), after=after)


def offered_protocols(request: web.Request) -> list[str]:
    """Return the subprotocols a client offers, in its order."""
    lines = request.headers.getall("Sec-WebSocket-Protocol", [])
    return [name.strip() for line in lines for name in line.split(",") if name.strip()]
