"""What happened since the server started, as plain numbers: counting costs one addition.

They are read by `collab.telemetry.metrics`. One thread, the event loop's, counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

__all__ = ["LATENCY_BOUNDS", "Counts", "Histogram"]

LATENCY_BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)
"""Upper ends, in seconds, of what commits are sorted into."""


class Histogram:
    """How often a duration fell between the bounds, and all of them together."""

    __slots__ = ("buckets", "total")

    def __init__(self) -> None:
        self.buckets = [0] * (len(LATENCY_BOUNDS) + 1)
        """One more than there are bounds: the last holds what took longer than all."""
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.buckets[bisect_left(LATENCY_BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Counts:
    """All counters of one server; each only grows."""

    updates_received: int = 0
    update_bytes: int = 0
    updates_committed: int = 0
    updates_refused: Counter[str] = field(default_factory=Counter)
    """By the code of the error."""
    commit_seconds: Histogram = field(default_factory=Histogram)
    """From an update's arrival in the log to its acknowledgement."""
    deliveries: Counter[str] = field(default_factory=Counter)
    """Messages to one connection each, by the name of the event."""
    delivered_bytes: int = 0
    """Of updates and awareness, without the framing of the protocols."""
    messages: Counter[str] = field(default_factory=Counter)
    """From clients, by door."""
    message_bytes: Counter[str] = field(default_factory=Counter)
    snapshots: int = 0
    slow_readers: int = 0
    limit_hits: Counter[str] = field(default_factory=Counter)
    """Refusals because of a limit, by its name."""
    requests: Counter[int] = field(default_factory=Counter)
    """Plain HTTP, by status."""
