"""Engine.IO as the protocol and a hostile network need it: python-engineio, hardened by subclass.

python-engineio keeps what it does well: the handshake's rules, the session table, the responses.
Replaced is what was measured to fail: bodies in several segments are read whole, what ends a
session ends it at once, there is no task, queue or sweep per client, and clocks are monotonic.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, Final

import engineio
from aiohttp import web
from engineio.async_drivers.aiohttp import translate_request

from collab.access.origins import is_allowed_origin
from collab.access.quotas import Quotas
from collab.gateway.engine_options import Reason, TransportOptions
from collab.gateway.engine_socket import EngineSocket
from collab.gateway.engine_websocket import accept_and_close, is_websocket
from collab.gateway.fanout import OutgoingMessage
from collab.gateway.packets import ProtocolError
from collab.gateway.polling import BodyTooLarge, answer, refusal

__all__ = ["EngineServer"]

_log = logging.getLogger(__name__)

# python-engineio logs packets with their content and session ids, which are secrets.
_upstream = logging.getLogger(f"{__name__}.upstream")
_upstream.setLevel(logging.CRITICAL)

_FAREWELL_KEPT: Final = 5.0
"""Seconds a closed polling client has to fetch its last messages."""


class EngineServer(engineio.AsyncServer):  # type: ignore[misc] # python-engineio has no types
    """All sessions of one server.

    Tells `handlers["connect" | "message" | "disconnect"]`, which are plain functions, of what
    happens, in order and without a task.
    """

    def __init__(self, options: TransportOptions, quotas: Quotas, **_ignored: object) -> None:
        super().__init__(
            async_mode="aiohttp",
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            max_http_buffer_size=options.max_frame_bytes,
            http_compression=False,
            cors_credentials=False,
            monitor_clients=False,
            logger=_upstream,
        )
        self.options = options
        self.quotas = quotas
        self._async: dict[str, Any] = {**self._async, "translate_request": _environ}
        self.is_leaving = False
        """Whether new sessions are refused because the server is about to stop."""
        self._farewells: dict[str, str] = {}
        self._serving: set[asyncio.Task[web.StreamResponse]] = set()

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request, or serve one WebSocket to its end.

        Raises `Overloaded`, `RateLimited` for a newcomer there is no place for.
        """
        if not is_websocket(request):
            return await self._handle_all(request)
        serving = asyncio.create_task(self._handle_all(request))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        # A client that hangs up cancels the handler; what had arrived before is read all the same.
        return await asyncio.shield(serving)

    async def _handle_all(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._handle(request)
        except ConnectionError:
            # Nobody is left to read this; raised on, it would be logged as our failure.
            return web.Response(status=400)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        refused = self._refuse(request)
        if refused is not None:
            _log.debug("request refused", extra={"action": "refuse", "status": refused.status})
            return refused
        sid = request.query.get("sid", "")
        farewell = self._farewells.pop(sid, None) if request.method == "GET" else None
        if farewell is not None:
            return await self._make_response(answer(farewell), _environ(request))
        socket: EngineSocket | None = self.sockets.get(sid)
        if "sid" not in request.query and request.method == "GET":
            now = asyncio.get_running_loop().time()
            self.quotas.check_connection(request.remote or "", now)
        if socket is None:
            response: web.StreamResponse = await super().handle_request(request)
            return response
        if request.method == "POST" and not socket.upgraded:
            return await self._post(request, socket)
        if socket.upgraded and is_websocket(request):
            return await accept_and_close(request)
        return await self._deliver(request, socket)

    def _refuse(self, request: web.Request) -> web.Response | None:
        """Return the refusal of a request that no client of ours sends, None if it may go on."""
        origins = request.headers.getall("Origin", [])
        allowed = self.options.allowed_origins
        if any(not is_allowed_origin(origin, request.host, allowed) for origin in origins):
            return web.Response(status=403, text="Pages of this origin may not connect.")
        if request.method not in {"GET", "POST", "OPTIONS"}:
            return web.Response(status=400, text="Use GET or POST.")
        if "transport" not in request.query:
            return web.Response(status=400, text="Name a transport: polling or websocket.")
        if "j" in request.query:
            return web.Response(status=400, text="JSONP is not supported.")
        if self.is_leaving and "sid" not in request.query:
            return web.Response(status=503, text="The server is stopping; try again in a moment.")
        return None

    async def _post(self, request: web.Request, socket: EngineSocket) -> web.StreamResponse:
        environ = _environ(request)
        reply = self._ok()
        try:
            await socket.handle_post_request(environ)
        except BodyTooLarge:
            reply = refusal("The body is too large.", "413 CONTENT TOO LARGE")
        except (ProtocolError, TimeoutError, ConnectionError):
            reply = refusal("The body is not what an Engine.IO client sends.")
        response = await self._make_response(reply, environ)
        if response.status != 200:
            response.force_close()
        return response

    async def _deliver(self, request: web.Request, socket: EngineSocket) -> web.StreamResponse:
        response: web.StreamResponse = await super().handle_request(request)
        if not response.prepared:
            await socket.see_off(response, request)
        return response

    def create_queue(self, *_args: object, **_kwargs: object) -> None:
        """Return nothing: sessions keep their own, bounded outbox."""

    def keep_farewell(self, sid: str, last: str) -> None:
        """Keep the last messages of a closed polling client until it asks, or for seconds."""
        self._farewells[sid] = last
        asyncio.get_running_loop().call_later(_FAREWELL_KEPT, self._farewells.pop, sid, None)

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        del jsonp_index
        sid = self.generate_id()
        socket = self.sockets[sid] = EngineSocket(self, sid)
        self.handlers["connect"](sid, environ)
        opening = self._opening(sid, transport)
        if transport == "polling":
            socket.connected = True
            socket.schedule_ping()
            return answer(opening.polled())
        try:
            return await socket.open(environ["aiohttp.request"], opening)
        finally:
            socket.end(Reason.TRANSPORT_CLOSE)

    def _opening(self, sid: str, transport: str) -> OutgoingMessage:
        about = {
            "sid": sid,
            "upgrades": ["websocket"] if transport == "polling" else [],
            "pingInterval": round(self.options.ping_interval * 1000),
            "pingTimeout": round(self.options.ping_timeout * 1000),
            "maxPayload": self.options.max_frame_bytes,
        }
        return OutgoingMessage(("0" + json.dumps(about, separators=(",", ":")),))

    def _ok(self, packets: Any = None, headers: Any = None, jsonp_index: Any = None) -> Any:
        del packets, headers, jsonp_index
        return answer("ok")

    def _cors_allowed_origins(self, environ: dict[str, Any]) -> list[str]:
        # Whoever got here has been let in by `_refuse`.
        origin = environ.get("HTTP_ORIGIN")
        return [] if origin is None else [origin]

    async def _make_response(self, response_dict: Any, environ: dict[str, Any]) -> web.Response:
        response: web.Response = await super()._make_response(response_dict, environ)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _log_error_once(self, message: str, message_key: str) -> None:
        del message  # it holds session ids and whatever else the client sent
        _log.debug("request refused", extra={"action": "refuse", "reason": message_key})


def _environ(request: web.Request) -> dict[str, Any]:
    """Return python-engineio's view of a request, with the peer's real address."""
    environ: dict[str, Any] = translate_request(request)
    environ["REMOTE_ADDR"] = request.remote or ""
    return environ
