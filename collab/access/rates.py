"""How fast somebody may go on: a bucket that allows a burst, then a steady rate."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

__all__ = ["BucketTable", "TokenBucket"]

_LOOKED_AT: Final = 2
"""Old entries looked at for each new one: enough that a table of idle ones shrinks."""


class TokenBucket:
    """Holds up to `burst` permits and gains `rate` of them per second; time is a parameter."""

    __slots__ = ("_burst", "_permits", "_rate", "_seen")

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._permits = burst
        self._seen = now

    def take(self, now: float, cost: float = 1) -> bool:
        """Return whether `cost` more is allowed at `now` (monotonic seconds), and count it if so.

        What costs more than the whole burst needs, and takes, a full bucket.
        """
        cost = min(cost, self._burst)
        if not self.holds(now, cost):
            return False
        self._permits -= cost
        return True

    def holds(self, now: float, cost: float = 1) -> bool:
        """Return whether `cost` more would be allowed at `now`."""
        self._fill(now)
        return self._permits >= cost

    def is_full(self, now: float) -> bool:
        """Return whether nothing need be remembered of it any more."""
        self._fill(now)
        return self._permits >= self._burst

    def _fill(self, now: float) -> None:
        self._permits = min(self._burst, self._permits + (now - self._seen) * self._rate)
        self._seen = now


class BucketTable:
    """A bucket for each of many keys, at most `most` at a time.

    Whoever was quiet long enough is forgotten, which changes nothing for them; when all are busy
    the one seen longest ago is, which is in their favour.
    """

    def __init__(self, *, rate: float, burst: float, most: int) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: dict[Hashable, TokenBucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: Hashable, now: float, cost: float = 1) -> bool:
        """Return whether `key` may have `cost` more at `now`, and count it if so."""
        bucket = self._buckets.pop(key, None)
        if bucket is None:
            bucket = TokenBucket(rate=self._rate, burst=self._burst, now=now)
        # At the end: the table's order is that of last use.
        self._buckets[key] = bucket
        taken = bucket.take(now, cost)
        self._forget(now)
        return taken

    def would_take(self, key: Hashable, now: float) -> bool:
        """Return whether `key` may have one more at `now`, without counting it."""
        bucket = self._buckets.get(key)
        return bucket is None or bucket.holds(now)

    def _forget(self, now: float) -> None:
        for _ in range(_LOOKED_AT):
            oldest = next(iter(self._buckets))
            if len(self._buckets) <= self._most and not self._buckets[oldest].is_full(now):
                return
            del self._buckets[oldest]
            if not self._buckets:
                return
