"""`GET /metrics`: what the server does, as numbers. They are gathered when asked for, not before."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from collab.access.addresses import is_loopback
from collab.access.quotas import LIMITS
from collab.counts import LATENCY_BOUNDS, Counts
from collab.limits import Limits
from collab.telemetry.exposition import (
    CONTENT_TYPE,
    Family,
    histogram,
    labelled,
    single,
    written,
)

__all__ = ["Gauges", "Metrics"]

_BEARER: Final = "bearer"
_PROXIED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class Gauges:
    """How to learn what is so at the moment."""

    connections: Callable[[], Mapping[str, int]]
    """By door."""
    sessions: Callable[[], int]
    rooms: Callable[[], int]
    backlog: Callable[[], tuple[int, int]]
    """Entries and bytes that wait for the database."""
    is_stored: Callable[[], bool]
    """Whether the database takes edits at the moment."""


class Metrics:
    """Serves the numbers to whoever may read them.

    With a token that is who brings it; without one, programs on this machine that ask directly:
    what a proxy on the same machine passes on does not count as such.
    """

    def __init__(self, counts: Counts, gauges: Gauges, limits: Limits, token: str | None) -> None:
        self._counts = counts
        self._gauges = gauges
        self._limits = limits
        self._token = token

    def attach(self, app: web.Application) -> None:
        """Serve `/metrics` of `app`."""
        app.router.add_get("/metrics", self._serve)

    def text(self) -> bytes:
        """Return the numbers in Prometheus' text format."""
        return written((*self._present(), *self._updates(), *self._traffic()))

    async def _serve(self, request: web.Request) -> web.Response:
        if not self._may_read(request):
            headers = {} if self._token is None else {"WWW-Authenticate": "Bearer"}
            told = (
                "Metrics are for this machine only; set COLLAB_METRICS_TOKEN for others.\n"
                if self._token is None
                else "Send the metrics token: Authorization: Bearer …\n"
            )
            status = 403 if self._token is None else 401
            return web.Response(text=told, status=status, headers=headers)
        headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        return web.Response(body=self.text(), headers=headers)

    def _may_read(self, request: web.Request) -> bool:
        if self._token is not None:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            # What is no UTF-8 comes as surrogates, and is compared as the bytes it was.
            given = token.strip().encode(errors="surrogateescape")
            wanted = self._token.encode(errors="surrogateescape")
            return scheme.lower() == _BEARER and hmac.compare_digest(given, wanted)
        name = request.url.host or ""
        is_direct = not any(header in request.headers for header in _PROXIED)
        # The name is asked as well: a page that points its own name at this machine has another.
        return is_direct and is_loopback(request.remote or "") and is_loopback(name)

    # --- families ---

    def _present(self) -> Iterator[Family]:
        gauges, limits = self._gauges, self._limits
        entries, size = gauges.backlog()
        yield labelled(
            "collab_connections", "gauge", "Open connections.", "door", gauges.connections()
        )
        yield single("collab_connections_limit", "gauge", "As many may be.", limits.connections)
        yield single("collab_sessions", "gauge", "Documents joined, over all.", gauges.sessions())
        yield single("collab_rooms", "gauge", "Documents in memory.", gauges.rooms())
        yield single("collab_log_queue_entries", "gauge", "Updates not yet committed.", entries)
        yield single(
            "collab_log_queue_entries_limit", "gauge", "As many may wait.", limits.log_queue_entries
        )
        yield single("collab_log_queue_bytes", "gauge", "Bytes not yet committed.", size)
        yield single(
            "collab_log_queue_bytes_limit", "gauge", "As many may wait.", limits.log_queue_bytes
        )
        yield single(
            "collab_storage_available", "gauge", "1 while edits are stored.", gauges.is_stored()
        )

    def _updates(self) -> Iterator[Family]:
        counts = self._counts
        yield single("collab_updates_received_total", "counter", "Edits.", counts.updates_received)
        yield single("collab_update_bytes_total", "counter", "Of them.", counts.update_bytes)
        yield single(
            "collab_updates_committed_total", "counter", "Made durable.", counts.updates_committed
        )
        yield labelled(
            "collab_updates_refused_total", "counter", "By error.", "code", counts.updates_refused
        )
        latency = counts.commit_seconds
        yield histogram(
            "collab_commit_seconds",
            "From an edit's arrival to its acknowledgement.",
            LATENCY_BOUNDS,
            latency.buckets,
            latency.total,
        )
        yield single("collab_snapshots_total", "counter", "Snapshots written.", counts.snapshots)

    def _traffic(self) -> Iterator[Family]:
        counts = self._counts
        yield labelled("collab_messages_total", "counter", "From clients.", "door", counts.messages)
        yield labelled(
            "collab_message_bytes_total", "counter", "Of them.", "door", counts.message_bytes
        )
        yield labelled(
            "collab_deliveries_total",
            "counter",
            "Messages to one client each.",
            "event",
            counts.deliveries,
        )
        yield single(
            "collab_delivered_bytes_total", "counter", "Edits and cursors.", counts.delivered_bytes
        )
        yield single(
            "collab_slow_readers_dropped_total",
            "counter",
            "Clients that could not keep up.",
            counts.slow_readers,
        )
        requests = {str(status): count for status, count in counts.requests.items()}
        yield labelled(
            "collab_requests_total", "counter", "Answers of the API.", "status", requests
        )
        hits = dict.fromkeys(LIMITS, 0) | dict(counts.limit_hits)
        yield labelled(
            "collab_limit_hits_total", "counter", "Refusals because of a limit.", "limit", hits
        )
