"""The composition root: the only place that joins the parts into a running server."""

from __future__ import annotations

import asyncio
import gc
import logging
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from collab.access.gate import Gate
from collab.access.quotas import Quotas
from collab.access.tokens import TOKEN_BYTES
from collab.api.arrivals import Arrivals
from collab.api.services import Services
from collab.api.setup import new_application
from collab.config import AuthMode, Settings
from collab.errors import CollabError, StartupError
from collab.gateway.admission import Admission
from collab.gateway.doors import Doors
from collab.gateway.entrances import Entrances, open_doors
from collab.gateway.keys import RemoteKeys
from collab.gateway.socket_io import TransportOptions
from collab.history.retention import Retention
from collab.history.service import History
from collab.history.versions import Chronicler
from collab.room.directory import RoomDirectory
from collab.room.policy import RoomPolicy
from collab.room.ports import Walls
from collab.room.records import RoomEvent
from collab.sharing.rights import Rights, Tables
from collab.sharing.service import Sharing
from collab.store.audit import PostgresAudit
from collab.store.company import Tenancy
from collab.store.documents import PostgresDocuments
from collab.store.embedded import EmbeddedPostgres
from collab.store.history import PostgresHistory
from collab.store.keys import PostgresKeys
from collab.store.links import PostgresLinks
from collab.store.members import PostgresMembers
from collab.store.migrations import migrate
from collab.store.pool import ConnectionTarget, Pool
from collab.store.readiness import check_ready
from collab.store.update_log import PostgresUpdateLog
from collab.telemetry.metrics import Gauges, Metrics

__all__ = ["PAGES", "CollabServer", "compact", "open_database", "reach_database"]

_log = logging.getLogger(__name__)

PAGES: Final = Path(__file__).resolve().parent / "static"
"""Where the built web pages are."""

_RECONNECT_AFTER_MS: Final = 500
_BETWEEN_STEPS: Final = 0.05
"""Seconds between two steps of forgetting."""
_HEADER_HEADROOM: Final = 4_096
_FRAME_HEADROOM: Final = 1.5
"""Frames may be this much larger than a document, so that a too large update is refused in words."""


class CollabServer:
    """One server process: `await start()`, then `await stop()`; `url` is where it answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self.url = ""

    async def start(self) -> None:
        """Bring everything up, bottom first. Raises `StartupError`; nothing is left running then."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        # What is there now stays for good: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    async def stop(self) -> None:
        """Tell everyone, flush and snapshot everything, and take all down again, top first."""
        await self._stack.aclose()

    async def _start(self) -> None:
        settings, limits = self._settings, self._settings.limits()
        pool, log = await self._open_store()
        quotas = Quotas(limits)
        doors = Doors(quotas.counts)
        rights, tables = await self._rights(pool, quotas)
        documents = PostgresDocuments(pool)
        versions = PostgresHistory(pool)
        walls = Walls(log, documents, doors, Chronicler(versions), quotas.counts, rights)
        policy = RoomPolicy(grace=settings.room_grace, version_every=settings.version_every)
        directory = RoomDirectory(walls, settings.engine, limits, policy, quotas)
        await self._start_log(log, directory)
        sharing = Sharing(rights, tables, PostgresAudit(pool), directory)
        self._stack.callback(sharing.close)
        history = History.over(versions, directory, limits, settings.retention())
        services = Services(
            rights=rights,
            sharing=sharing,
            documents=documents,
            live=directory,
            history=history,
            limits=limits,
            quotas=quotas,
            is_ready=lambda: check_ready(pool),
            pages=PAGES,
            allowed_origins=settings.allowed_origins or (),
            signer=settings.signer(),
        )
        app = new_application(services, self._arrivals(quotas))
        admission = Admission(directory, rights, quotas)
        entrances = open_doors(app, doors, admission, quotas, self._transport())
        self._metrics(quotas, directory, entrances, log).attach(app)
        site = await self._listen(app)
        forgetting = asyncio.create_task(self._forget(history.retention))
        self._stack.push_async_callback(_cancelled, forgetting)
        # Undone in reverse: no more newcomers, then who is inside is told and all written down.
        self._stack.push_async_callback(self._drain, directory, entrances)
        self._stack.push_async_callback(history.close)
        self._stack.push_async_callback(site.stop)

    async def _open_store(self) -> tuple[Pool, PostgresUpdateLog]:
        """Return the database, migrated and this server's, and its log, which is yet to start."""
        target = await open_database(self._settings, self._stack)
        await migrate(target)
        tenancy = Tenancy(target)
        self._stack.push_async_callback(tenancy.close)
        await tenancy.start()
        pool = await Pool.open(target)
        self._stack.push_async_callback(pool.close)
        return pool, PostgresUpdateLog(target, self._settings.limits())

    async def _start_log(self, log: PostgresUpdateLog, directory: RoomDirectory) -> None:
        log.on_availability(lambda available: directory.announce_storage(available=available))
        await log.start()
        self._stack.push_async_callback(log.close, self._settings.drain_timeout)

    async def _rights(self, pool: Pool, quotas: Quotas) -> tuple[Rights, Tables]:
        """Return who says what people may do, and the tables that are asked for it."""
        keys = await self._keys()
        gate = Gate(self._settings.verifier(keys))
        tables = Tables(PostgresMembers(pool), PostgresLinks(pool), PostgresKeys(pool))
        return Rights(gate, tables, quotas, None if keys is None else keys.refresh), tables

    def _arrivals(self, quotas: Quotas) -> Arrivals:
        settings = self._settings
        origins, hosts = settings.allowed_origins, settings.answered_hosts()
        return Arrivals(settings.proxies(), origins, quotas, hosts)

    def _metrics(
        self,
        quotas: Quotas,
        directory: RoomDirectory,
        entrances: Entrances,
        log: PostgresUpdateLog,
    ) -> Metrics:
        gauges = Gauges(
            connections=entrances.census,
            sessions=lambda: directory.sessions,
            rooms=lambda: len(directory),
            backlog=lambda: log.backlog,
            is_stored=lambda: log.available,
        )
        token = self._settings.metrics_token
        secret = None if token is None else token.get_secret_value()
        return Metrics(quotas.counts, gauges, quotas.limits, secret)

    def _transport(self) -> TransportOptions:
        settings = self._settings
        return TransportOptions(
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
            max_frame_bytes=int(settings.document_bytes * _FRAME_HEADROOM),
            send_buffer_bytes=settings.limits().send_buffer_bytes,
            allowed_origins=settings.allowed_origins,
        )

    async def _listen(self, app: web.Application) -> web.TCPSite:
        settings = self._settings
        runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            # A token may come in a header or in the query.
            max_field_size=TOKEN_BYTES + _HEADER_HEADROOM,
            max_line_size=TOKEN_BYTES + _HEADER_HEADROOM,
        )
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, settings.host, settings.port, shutdown_timeout=1.0)
        try:
            await site.start()
        except OSError as error:
            message = (
                f"Cannot listen on {settings.host} port {settings.port} ({error.strerror}); "
                "stop what is there, or choose another with --port."
            )
            raise StartupError(message) from None
        port = runner.addresses[0][1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{port}"
        if settings.auth is AuthMode.NONE:
            who = "who can reach this address" if settings.allow_anonymous else "on this machine"
            _log.warning(
                "nobody has to prove who they are: everyone %s may do everything",
                who,
                extra={"action": "listen"},
            )
        return site

    async def _forget(self, retention: Retention) -> None:
        """Forget old history, now and then, a small step at a time."""
        while True:
            await asyncio.sleep(self._settings.compact_every)
            try:
                more = True
                while more:
                    more = await retention.step(datetime.now(UTC))
                    await asyncio.sleep(_BETWEEN_STEPS)  # people get the processor
            except CollabError as error:
                _log.warning(
                    "old history not compacted", extra={"action": "compact", "reason": str(error)}
                )
            except Exception:  # noqa: BLE001 - housekeeping must not end with one bad document
                _log.exception("old history not compacted", extra={"action": "compact"})

    async def _keys(self) -> RemoteKeys | None:
        url = self._settings.jwt_jwks_url
        if url is None:
            return None
        keys = RemoteKeys(url)
        self._stack.push_async_callback(keys.close)
        await keys.start()
        return keys

    async def _drain(self, directory: RoomDirectory, entrances: Entrances) -> None:
        directory.announce(RoomEvent("serverDraining", {"reconnectAfterMs": _RECONNECT_AFTER_MS}))
        entrances.refuse_newcomers()
        try:
            async with asyncio.timeout(self._settings.drain_timeout):
                # First the acks, while those who wait for them are still connected, ...
                await directory.drain()
                await entrances.shutdown()
                # ... then the snapshots of the rooms they have left.
                await directory.drain()
        except TimeoutError:
            _log.error("not everything was written in time", extra={"action": "drain"})
            await entrances.shutdown()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def compact(settings: Settings) -> int:
    """Do all that is due of forgetting old history; return in how many steps. Raises `CollabError`."""
    async with AsyncExitStack() as stack:
        target = await open_database(settings, stack)
        await migrate(target)
        pool = await Pool.open(target)
        stack.push_async_callback(pool.close)
        store, limits = PostgresHistory(pool), settings.limits()
        log = PostgresUpdateLog(target, limits)
        walls = Walls(
            log=log,
            documents=PostgresDocuments(pool),
            outlet=Doors(),
            chronicle=Chronicler(store),
        )
        live = RoomDirectory(walls, settings.engine, limits, RoomPolicy())
        retention = History.over(store, live, limits, settings.retention()).retention
        steps = 0
        while await retention.step(datetime.now(UTC)):
            steps += 1
        return steps


async def reach_database(settings: Settings, stack: AsyncExitStack) -> ConnectionTarget:
    """Return the database of the settings, also while a server is at work on an embedded one.

    For commands that get along with a running server. Raises `StartupError`.
    """
    if settings.database_url is None:
        running = await EmbeddedPostgres(settings.data_dir).beside()
        if running is not None:
            return running
    return await open_database(settings, stack)


async def open_database(settings: Settings, stack: AsyncExitStack) -> ConnectionTarget:
    """Return the database of the settings; an embedded one is started, and stopped by `stack`.

    Raises `StartupError`.
    """
    if settings.database_url is not None:
        return ConnectionTarget(settings.database_url.get_secret_value())
    embedded = EmbeddedPostgres(settings.data_dir)
    target = await embedded.start()
    stack.push_async_callback(embedded.stop)
    return target
