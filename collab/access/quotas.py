"""How much of the server one address, one user and all together may use: asked here, for every door.

Nothing here reads a clock; `now` is monotonic seconds. Connections are counted, everything else has
a rate with a burst (`collab.limits`). Every refusal is counted under the name of its limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NoReturn

from collab.access.addresses import neighbourhood
from collab.access.rates import BucketTable, TokenBucket
from collab.counts import Counts
from collab.errors import CollabError, Overloaded, RateLimited
from collab.limits import Limits

__all__ = ["LIMITS", "Lease", "Meter", "Quotas"]

LIMITS: Final = (
    "connections",
    "connections_per_address",
    "connections_per_user",
    "events_per_second",
    "bytes_per_second",
    "joins_per_second",
    "requests_per_second",
    "documents_per_hour",
    "documents_per_day",
    "guesses_per_minute",
)
"""The names of all limits asked here, as settings and metrics have them."""

_HOUR: Final = 3_600.0
_DAY: Final = 24 * _HOUR
_MINUTE: Final = 60.0


class Lease:
    """A place taken; giving it back a second time does nothing."""

    __slots__ = ("_give_back",)

    def __init__(self, give_back: Callable[[], None] | None = None) -> None:
        self._give_back = give_back

    def end(self) -> None:
        """Give the place back."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


class Meter:
    """What one connection sends: so many events and bytes at once, so many a second in the long run."""

    __slots__ = ("_bytes", "_counts", "_door", "_events", "_refuse")

    def __init__(
        self,
        quotas: Quotas,
        door: str,
        refuse: Callable[[str, type[CollabError], str], NoReturn],
        now: float,
    ) -> None:
        limits, self._counts, self._door = quotas.limits, quotas.counts, door
        self._events = TokenBucket(rate=limits.events_per_second, burst=limits.event_burst, now=now)
        self._bytes = TokenBucket(rate=limits.bytes_per_second, burst=limits.byte_burst, now=now)
        self._refuse = refuse

    def take(self, size: int, now: float) -> None:
        """Count one event of `size` bytes. Raises `RateLimited`."""
        self._counts.messages[self._door] += 1
        self._counts.message_bytes[self._door] += size
        if not self._events.take(now):
            message = "Too many events from this connection; slow down and send it again."
            self._refuse("events_per_second", RateLimited, message)
        if not self._bytes.take(now, size):
            message = "Too much from this connection at once; slow down and send it again."
            self._refuse("bytes_per_second", RateLimited, message)


class Quotas:
    """All shared limits of one server, and who has used how much of them."""

    def __init__(self, limits: Limits, counts: Counts | None = None) -> None:
        self.limits = limits
        self.counts = counts or Counts()
        self._open = 0
        self._by_address: Counter[str] = Counter()
        self._by_user: Counter[str] = Counter()
        self._joins = self._rates(limits.joins_per_second, limits.join_burst)
        self._requests = self._rates(limits.requests_per_second, limits.request_burst)
        self._hourly = self._within(limits.documents_per_hour, _HOUR)
        self._daily = self._within(limits.documents_per_day, _DAY)
        self._guesses = self._within(limits.guesses_per_minute, _MINUTE)

    # --- connections ---

    def check_connection(self, address: str, now: float) -> None:
        """Refuse a newcomer before anything is done for it. Raises `Overloaded`, `RateLimited`."""
        limits, site = self.limits, neighbourhood(address)
        if self._open >= limits.connections:
            message = "The server has as many connections as it can hold; try again in a moment."
            self._refuse("connections", Overloaded, message)
        if self._by_address[site] >= limits.connections_per_address:
            message = (
                f"Your network has {limits.connections_per_address} connections open, as many as "
                "one may have; close some and try again."
            )
            self._refuse("connections_per_address", RateLimited, message)
        self.request(site, None, now)

    def connected(self, address: str) -> Lease:
        """Count a connection that has passed `check_connection`, until its lease ends."""
        site = neighbourhood(address)
        self._open += 1
        self._by_address[site] += 1

        def leave() -> None:
            self._open -= 1
            _lower(self._by_address, site)

        return Lease(leave)

    def seat(self, user: str) -> Lease:
        """Count one more connection of a user, until the lease ends. Raises `RateLimited`."""
        most = self.limits.connections_per_user
        if self._by_user[user] >= most:
            message = f"You have {most} connections open, as many as one may have; close some."
            self._refuse("connections_per_user", RateLimited, message)
        self._by_user[user] += 1
        return Lease(lambda: _lower(self._by_user, user))

    def meter(self, door: str, now: float) -> Meter:
        """Return what the events of one connection that came by `door` are counted with."""
        return Meter(self, door, self._refuse, now)

    # --- rates ---

    def join(self, user: str, address: str, now: float) -> None:
        """Count one document opened. Raises `RateLimited`."""
        users, addresses = self._joins
        if not (users.take(user, now) and addresses.take(neighbourhood(address), now)):
            message = "You open documents faster than this server allows; try again in a moment."
            self._refuse("joins_per_second", RateLimited, message)

    def request(self, address: str, user: str | None, now: float, *, weight: int = 1) -> None:
        """Count one HTTP request of a user, or of an address while nobody knows whose it is.

        Raises `RateLimited`.
        """
        users, addresses = self._requests
        if user is None:
            is_allowed = addresses.take(neighbourhood(address), now, weight)
        else:
            is_allowed = users.take(user, now, weight)
        if not is_allowed:
            message = "You ask faster than this server allows; slow down and try again."
            self._refuse("requests_per_second", RateLimited, message)

    def may_create(self, user: str, now: float) -> bool:
        """Return whether `create` would be allowed; nothing is counted."""
        return self._hourly.would_take(user, now) and self._daily.would_take(user, now)

    def create(self, user: str, now: float) -> None:
        """Count one document created. Raises `RateLimited`."""
        limits = self.limits
        if not self._hourly.take(user, now):
            message = f"You may create {limits.documents_per_hour} documents an hour; try later."
            self._refuse("documents_per_hour", RateLimited, message)
        if not self._daily.take(user, now):
            message = f"You may create {limits.documents_per_day} documents a day; try tomorrow."
            self._refuse("documents_per_day", RateLimited, message)

    def guess(self, address: str, now: float) -> None:
        """Count one try at a secret, a share link say. Raises `RateLimited`."""
        if not self._guesses.take(neighbourhood(address), now):
            message = "Too many tries from your network; wait a minute and try again."
            self._refuse("guesses_per_minute", RateLimited, message)

    # --- private ---

    def _rates(self, rate: float, burst: float) -> tuple[BucketTable, BucketTable]:
        """Return the tables of users and of addresses."""
        factor, most = self.limits.address_factor, self.limits.remembered
        return (
            BucketTable(rate=rate, burst=burst, most=most),
            BucketTable(rate=rate * factor, burst=burst * factor, most=most),
        )

    def _within(self, count: int, seconds: float) -> BucketTable:
        return BucketTable(rate=count / seconds, burst=count, most=self.limits.remembered)

    def _refuse(self, limit: str, kind: type[CollabError], message: str) -> NoReturn:
        self.counts.limit_hits[limit] += 1
        raise kind(message)


def _lower(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
