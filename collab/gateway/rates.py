"""How fast one connection may speak: a token bucket that allows a burst, then a steady rate."""

from __future__ import annotations

from typing import Self

from collab.limits import Limits

__all__ = ["TokenBucket"]


class TokenBucket:
    """Holds up to `burst` permits and gains `rate` of them per second; time is a parameter."""

    __slots__ = ("_burst", "_permits", "_rate", "_seen")

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._permits = burst
        self._seen = now

    @classmethod
    def within(cls, limits: Limits, now: float) -> Self:
        """Return the bucket of one connection."""
        return cls(rate=limits.events_per_second, burst=limits.event_burst, now=now)

    def take(self, now: float) -> bool:
        """Return whether one more is allowed at `now` (monotonic seconds), and count it if so."""
        self._permits = min(self._burst, self._permits + (now - self._seen) * self._rate)
        self._seen = now
        if self._permits < 1:
            return False
        self._permits -= 1
        return True
