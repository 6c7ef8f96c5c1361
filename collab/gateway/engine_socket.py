"""One Engine.IO session: polling, upgrading or on a WebSocket, until its one and only end.

Subclasses python-engineio's socket. Everything a client is sent passes `EngineSocket.write`, so
its order is the order of the calls; whatever ends a session goes through `EngineSocket.end`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any, Final

from aiohttp import web
from engineio.async_socket import AsyncSocket

from collab.gateway.engine_options import Reason
from collab.gateway.engine_websocket import (
    accept_and_close,
    close_transport,
    is_websocket,
    open_websocket,
    probe,
    read_messages,
    transport_of,
)
from collab.gateway.fanout import CLOSE, NOOP, PING, SEPARATOR, OutgoingMessage
from collab.gateway.outgoing import FrameWriter
from collab.gateway.packets import ProtocolError
from collab.gateway.polling import BodyTooLarge, answer, decode_payload, read_body, refusal

__all__ = ["EngineSocket"]

_log = logging.getLogger(__name__)

_LINGER: Final = 2.0
"""Seconds a closed client is given to take its last messages."""
_UPGRADE_GRACE: Final = 0.1
"""Seconds a poll waits for an upgrade under way; the reference server looks as often."""
_LOOK: Final = 1.0
"""Seconds between looks at whether the client that waits on a poll is still there."""
_SLICE: Final = 64
"""Packets handled before others get a turn."""


class EngineSocket(AsyncSocket):  # type: ignore[misc] # python-engineio has no types
    """One client: polling, upgrading or on a WebSocket, until `end`."""

    def __init__(self, server: Any, sid: str) -> None:
        super().__init__(server, sid)
        self.closed = self.upgraded = self.connected = False
        self._loop = asyncio.get_running_loop()
        self._options = server.options
        self._outbox: deque[OutgoingMessage] = deque()
        self._unsent = 0
        self._largest = 0
        self._transport: asyncio.Transport | None = None
        self._writer: FrameWriter | None = None
        self._poll: asyncio.Future[None] | None = None
        self._settled: asyncio.Event | None = None
        self._is_posting = False
        self._body_deadline: asyncio.Timeout | None = None
        self._answer_deadline: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._awaits_pong = False

    # --- out ---

    def write(self, message: OutgoingMessage) -> None:
        """Send `message` after all that was written before; never blocks, never raises.

        A reader who falls too far behind (see `FrameWriter`) is dropped.
        """
        if self.closed:
            return
        if self._writer is None or not self.upgraded:
            self._queue(message)
        elif not self._writer.write(message.frames):
            self._drop_slow_reader()

    def _queue(self, message: OutgoingMessage) -> None:
        self._outbox.append(message)
        self._unsent += message.size
        self._largest = max(self._largest, message.size)
        if self._unsent > self._options.send_buffer_bytes + self._largest:
            self._drop_slow_reader()
        else:
            self._end_poll()

    def _drop_slow_reader(self) -> None:
        _log.warning("client too slow, dropped", extra={"action": "drop"})
        self.server.quotas.counts.slow_readers += 1
        self.end(Reason.SLOW_READER, farewell=None)

    # --- the end ---

    def dismiss(self, reason: str) -> None:
        """End a session that did nothing wrong: a polling client is told, however late it asks."""
        self._end(reason, CLOSE, keep=self._transport is None)

    def end(self, reason: str, *, farewell: OutgoingMessage | None = CLOSE) -> None:
        """End the session now: timers, requests, table and transport; the listener is told once.

        With a `farewell` what was written before is still delivered, followed by it (polling) or
        by a close frame (WebSocket); without, the connection is cut.
        """
        self._end(reason, farewell, keep=farewell is not None and bool(self._outbox))

    def _end(self, reason: str, farewell: OutgoingMessage | None, *, keep: bool) -> None:
        if self.closed:
            return
        self.closing = self.closed = True
        self.server.sockets.pop(self.sid, None)
        if self._timer is not None:
            self._timer.cancel()
        if self._body_deadline is not None:
            self._body_deadline.reschedule(self._loop.time())
        if self._answer_deadline is not None:
            self._answer_deadline.reschedule(self._loop.time() + _LINGER)
        if self._settled is not None:
            self._settled.set()
        if self._transport is not None:
            close_transport(self._transport, linger=0 if farewell is None else _LINGER)
        if self._poll is not None:
            self._outbox.append(farewell or CLOSE)
            self._end_poll()
        elif keep:
            self._outbox.append(farewell or CLOSE)
            self.server.keep_farewell(self.sid, self._flush())
        else:
            self._outbox.clear()
        self.server.handlers["disconnect"](self.sid, reason)

    async def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:  # noqa: ARG002, FBT001, FBT002, RUF100 - python-engineio's signature
        """End the session; python-engineio calls this where it refuses a request."""
        self.end(reason or Reason.TRANSPORT_ERROR, farewell=None if abort else CLOSE)

    # --- heartbeat ---

    def schedule_ping(self) -> None:
        """Start the next heartbeat: a PING after the interval, its PONG within the time-out."""
        self._awaits_pong = False
        self._timer = self._loop.call_later(self._options.ping_interval, self._ping)

    def _ping(self) -> None:
        self._awaits_pong = True
        self._timer = self._loop.call_later(self._options.ping_timeout, self._miss)
        self.write(PING)

    def _miss(self) -> None:
        self.end(Reason.PING_TIMEOUT)

    def _pong(self) -> None:
        if self._awaits_pong and self._timer is not None:
            self._timer.cancel()
            self.schedule_ping()

    # --- in ---

    def take(self, packet: str | bytes) -> bool:
        """Handle one packet from the client and return whether there may be more.

        What no client sends is a `ProtocolError`: it ends the session and is raised on.
        """
        try:
            self._take(packet)
        except ProtocolError as error:
            self._fail(error)
            raise
        return not self.closed

    def _take(self, packet: str | bytes) -> None:
        if self.closed:
            return
        if isinstance(packet, bytes):
            self.server.handlers["message"](self.sid, packet)
        elif packet.startswith("4"):
            self.server.handlers["message"](self.sid, packet[1:])
        elif packet == "3":
            self._pong()
        elif packet == "1":
            self.end(Reason.TRANSPORT_CLOSE, farewell=NOOP)
        elif packet != NOOP.polled():
            message = "not a packet a client sends"
            raise ProtocolError(message)

    def _fail(self, error: ProtocolError) -> None:
        if not self.closed:
            _log.warning("client dropped: %s", error, extra={"action": "drop"})
            self.end(Reason.PARSE_ERROR)

    # --- polling ---

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        """Answer a poll, or take a WebSocket; called by python-engineio's `handle_request`."""
        request: web.Request = environ["aiohttp.request"]
        if is_websocket(request):
            return await self._upgrade(request)
        if self._poll is not None:
            self.end(Reason.TRANSPORT_ERROR)
            return refusal("Only one poll at a time.")
        if self._settled is not None:
            return await self._poll_during_upgrade(self._settled)
        if not self._outbox:
            await self._wait_for_messages(request)
        return answer(self._flush())

    async def see_off(self, response: web.StreamResponse, request: web.Request) -> None:
        """Write the answer to a poll; its messages count as unsent until it has left.

        If the client is gone so are the messages, and the session ends.
        """
        transport = request.transport
        try:
            async with asyncio.timeout(_LINGER if self.closed else None) as self._answer_deadline:
                await response.prepare(request)
                await response.write_eof()
        except (ConnectionError, TimeoutError):
            self.end(Reason.TRANSPORT_CLOSE, farewell=None)
            if transport is not None:
                transport.abort()
        except asyncio.CancelledError:
            self.end(Reason.TRANSPORT_CLOSE, farewell=None)
            raise
        finally:
            self._answer_deadline = None
        self._unsent = sum(message.size for message in self._outbox)
        self._largest = max((message.size for message in self._outbox), default=0)

    async def _wait_for_messages(self, request: web.Request) -> None:
        self._poll = self._loop.create_future()
        self._look_after(self._poll, request)
        try:
            await self._poll
        except asyncio.CancelledError:
            # The client hung up on its poll, and what was meant for it with it.
            self.end(Reason.TRANSPORT_CLOSE, farewell=None)
            raise
        finally:
            self._poll = None

    def _look_after(self, poll: asyncio.Future[None], request: web.Request) -> None:
        """End the session if the poll's client hung up: aiohttp tells only where it cancels."""
        if poll is not self._poll or poll.done():
            return
        if request.transport is None:
            self.end(Reason.TRANSPORT_CLOSE, farewell=None)
        else:
            self._loop.call_later(_LOOK, self._look_after, poll, request)

    def _end_poll(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def _flush(self) -> str:
        waiting = self._outbox or (NOOP,)
        text = SEPARATOR.join(message.polled() for message in waiting)
        self._outbox.clear()
        return text

    async def _poll_during_upgrade(self, settled: asyncio.Event) -> Any:
        try:
            async with asyncio.timeout(_UPGRADE_GRACE):
                await settled.wait()
        except TimeoutError:
            pass
        if self.upgraded or self.closed:
            return refusal("This session has moved to a WebSocket.")
        return answer(NOOP.polled())

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Read a body whole, however it is cut, and handle its packets in order.

        Raises `BodyTooLarge`, `ProtocolError`, `TimeoutError` (the session ended meanwhile) and
        `ConnectionError`, all after ending the session.
        """
        request: web.Request = environ["aiohttp.request"]
        try:
            if self._is_posting:
                message = "two bodies at a time"
                raise ProtocolError(message)  # noqa: TRY301 - handled like what is in a body
            await self._handle_body(request)
        except ProtocolError as error:
            self._fail(error)
            raise
        except (BodyTooLarge, TimeoutError, ConnectionError, asyncio.CancelledError):
            self.end(Reason.TRANSPORT_ERROR)
            raise

    async def _handle_body(self, request: web.Request) -> None:
        self._is_posting = True
        try:
            async with asyncio.timeout(None) as self._body_deadline:
                body = await read_body(request, self._options.max_body_bytes)
            self._body_deadline = None
            for count, packet in enumerate(decode_payload(body, self._options.packets_per_post)):
                if count % _SLICE == _SLICE - 1:
                    await asyncio.sleep(0)
                if not self.take(packet):
                    break
        finally:
            self._is_posting = False
            self._body_deadline = None

    # --- WebSocket ---

    async def open(self, request: web.Request, opening: OutgoingMessage) -> web.StreamResponse:
        """Serve a client that starts on a WebSocket, until it leaves."""
        websocket = await open_websocket(request, self._options.max_frame_bytes)
        if self.closed:
            return websocket
        self._use(transport_of(request))
        self.connected = self.upgraded = True
        self.write(opening)
        self.schedule_ping()
        return await self._serve(websocket)

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        """Move a polling client to a WebSocket: probe, hold what is sent meanwhile, switch."""
        if self._settled is not None:
            return await accept_and_close(request)
        self._settled = settled = asyncio.Event()
        self.upgrading = True
        try:
            websocket = await open_websocket(request, self._options.max_frame_bytes)
            self._use(transport_of(request))
            self.upgraded = await self._agree(websocket)
        finally:
            self._settled = None
            self.upgrading = False
            settled.set()
            if not self.upgraded:
                self._transport = self._writer = None
        if not self.upgraded:
            return websocket
        self._end_poll()
        while self._outbox:
            self.write(self._outbox.popleft())
        return await self._serve(websocket)

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._writer = FrameWriter(transport, self._options.send_buffer_bytes)

    async def _agree(self, websocket: web.WebSocketResponse) -> bool:
        try:
            async with asyncio.timeout(self._options.upgrade_timeout):
                return await probe(websocket, self._end_poll) and not self.closed
        except (TimeoutError, ConnectionError):
            return False

    async def _serve(self, websocket: web.WebSocketResponse) -> web.StreamResponse:
        try:
            await read_messages(websocket, self.take)
        except ProtocolError:
            _log.debug("session over", extra={"action": "drop"})
        finally:
            self.end(Reason.TRANSPORT_CLOSE)
        return websocket
