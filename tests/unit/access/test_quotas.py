"""Facts about the shared limits: who has a place, who asks too fast, and what each refusal says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from collab.access.quotas import LIMITS, Quotas
from collab.config import Settings
from collab.errors import CollabError, Overloaded, RateLimited
from collab.limits import Limits

HOUR_OF_EDITS = 20_000
LARGE_EDIT = 20 * 1024 * 1024


def small(**numbers: int) -> Quotas:
    """Return quotas with some numbers small enough to reach."""
    return Quotas(replace(Limits(), **numbers))


def _full_house(quotas: Quotas) -> None:
    quotas.connected("a")
    quotas.connected("b")
    quotas.check_connection("c", 0)


def _full_network(quotas: Quotas) -> None:
    quotas.connected("2001:db8::1")
    quotas.connected("2001:db8::2")
    quotas.check_connection("2001:db8::3", 0)


def _twice(ask: Callable[[Quotas], object]) -> Callable[[Quotas], object]:
    def thrice(quotas: Quotas) -> None:
        for _ in range(3):
            ask(quotas)

    return thrice


def _meter(quotas: Quotas, size: int) -> None:
    meter = quotas.meter("socket.io", 0)
    for _ in range(3):
        meter.take(size, 0)


CASES: dict[str, tuple[dict[str, int], Callable[[Quotas], object], type[CollabError]]] = {
    "connections": ({"connections": 2}, _full_house, Overloaded),
    "connections_per_address": ({"connections_per_address": 2}, _full_network, RateLimited),
    "connections_per_user": (
        {"connections_per_user": 2},
        _twice(lambda quotas: quotas.seat("ann")),
        RateLimited,
    ),
    "events_per_second": (
        {"events_per_second": 1, "event_burst": 2},
        lambda quotas: _meter(quotas, 1),
        RateLimited,
    ),
    "bytes_per_second": (
        {"bytes_per_second": 1, "byte_burst": 25},
        lambda quotas: _meter(quotas, 10),
        RateLimited,
    ),
    "joins_per_second": (
        {"joins_per_second": 1, "join_burst": 2},
        _twice(lambda quotas: quotas.join("ann", "a", 0)),
        RateLimited,
    ),
    "requests_per_second": (
        {"requests_per_second": 1, "request_burst": 2},
        _twice(lambda quotas: quotas.request("a", "ann", 0)),
        RateLimited,
    ),
    "documents_per_hour": (
        {"documents_per_hour": 2},
        _twice(lambda quotas: quotas.create("ann", 0)),
        RateLimited,
    ),
    "documents_per_day": (
        {"documents_per_day": 2},
        _twice(lambda quotas: quotas.create("ann", 0)),
        RateLimited,
    ),
    "guesses_per_minute": (
        {"guesses_per_minute": 2},
        _twice(lambda quotas: quotas.guess("a", 0)),
        RateLimited,
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
class TestEveryLimit:
    def test_it_refuses_with_a_sentence_and_is_counted(self, limit: str) -> None:
        """The third is refused, says what to do, and is counted under the limit's name alone."""
        numbers, ask, kind = CASES[limit]
        quotas = small(**numbers)
        with pytest.raises(kind) as refused:
            ask(quotas)
        assert str(refused.value).endswith(".")
        assert dict(quotas.counts.limit_hits) == {limit: 1}

    def test_it_can_be_set(self, limit: str) -> None:
        """Each is a field of the limits; all but the one for guesses are settings."""
        assert limit in {field.name for field in fields(Limits)}
        if limit != "guesses_per_minute":
            settings = Settings(**{limit: 7})  # type: ignore[arg-type]
            assert getattr(settings.limits(), limit) == 7


class TestComingBack:
    def test_an_hour_of_offline_work_is_not_punished(self) -> None:
        """20,000 updates at once, five times over, or the largest documents, pass as they are."""
        meter = Quotas(Limits()).meter("socket.io", 0)
        for _ in range(5 * HOUR_OF_EDITS):
            meter.take(60, 0)
        meter = Quotas(Limits()).meter("socket.io", 0)
        for _ in range(5):
            meter.take(LARGE_EDIT, 0)

    def test_a_school_behind_one_address(self) -> None:
        """After a restart a thousand clients of one address connect and join in the same second."""
        quotas = Quotas(Limits())
        for number in range(1_000):
            quotas.check_connection("203.0.113.9", 0)
            quotas.connected("203.0.113.9")
            quotas.seat(f"pupil-{number}")
            quotas.join(f"pupil-{number}", "203.0.113.9", 0)


class TestPlaces:
    def test_a_place_is_free_again(self) -> None:
        """And giving it back twice frees no second one; nothing is remembered of who has left."""
        quotas = small(connections=2, connections_per_address=2, connections_per_user=1)
        first, _second = quotas.connected("a"), quotas.connected("a")
        first.end()
        first.end()
        assert quotas._open == 1
        quotas.check_connection("a", 0)
        seat = quotas.seat("ann")
        seat.end()
        quotas.seat("ann").end()
        assert not quotas._by_user
        _second.end()
        assert not quotas._by_address

    def test_one_user_does_not_take_anothers(self) -> None:
        """Users are apart; so are addresses."""
        quotas = small(connections_per_user=1, connections_per_address=1)
        quotas.seat("ann")
        quotas.seat("ben")
        quotas.connected("a")
        quotas.check_connection("b", 0)


class TestRates:
    def test_all_of_an_address_together_have_ten_times_as_much(self) -> None:
        """Many made-up users of one address are still bounded."""
        quotas = small(joins_per_second=1, join_burst=2, address_factor=10)
        for number in range(20):
            quotas.join(f"user-{number}", "a", 0)
        with pytest.raises(RateLimited):
            quotas.join("user-20", "a", 0)
        quotas.join("user-21", "b", 0)

    def test_what_makes_the_server_think_costs_more(self) -> None:
        """Five at a time."""
        quotas = small(requests_per_second=1, request_burst=10)
        quotas.request("a", "ann", 0, weight=5)
        quotas.request("a", "ann", 0, weight=5)
        with pytest.raises(RateLimited):
            quotas.request("a", "ann", 0)
        quotas.request("a", "ann", 1)

    def test_asking_whether_one_may_create(self) -> None:
        """It is told without being counted."""
        quotas = small(documents_per_hour=2)
        for _ in range(5):
            assert quotas.may_create("ann", 0)
        quotas.create("ann", 0)
        quotas.create("ann", 0)
        assert not quotas.may_create("ann", 0)
        assert quotas.may_create("ann", 1_801)
        assert not quotas.counts.limit_hits
