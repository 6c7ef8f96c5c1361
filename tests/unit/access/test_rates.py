"""Facts about buckets: a burst, then a steady rate, and no memory for the idle."""

from __future__ import annotations

from collab.access.rates import BucketTable, TokenBucket


class TestTokenBucket:
    def test_a_burst_then_a_steady_rate(self) -> None:
        """So much at once, then so much a second, and no more than a burst after a long rest."""
        bucket = TokenBucket(rate=2, burst=10, now=0)
        assert [bucket.take(0) for _ in range(11)] == [True] * 10 + [False]
        assert [bucket.take(1) for _ in range(3)] == [True, True, False]
        assert [bucket.take(1_000) for _ in range(11)] == [True] * 10 + [False]

    def test_what_is_refused_costs_nothing(self) -> None:
        """Trying all the time does not keep anyone out."""
        bucket = TokenBucket(rate=1, burst=1, now=0)
        assert bucket.take(0)
        assert not any(bucket.take(0.5) for _ in range(100))
        assert bucket.take(1)

    def test_what_costs_more_than_the_burst(self) -> None:
        """It takes a full bucket: never refused for good, never free."""
        bucket = TokenBucket(rate=1, burst=10, now=0)
        assert bucket.take(0, 1_000)
        assert not bucket.take(9, 1_000)
        assert bucket.take(10, 1_000)


class TestBucketTable:
    def test_each_key_has_its_own(self) -> None:
        """One busy caller does not slow another."""
        table = BucketTable(rate=1, burst=2, most=100)
        assert [table.take("ann", 0) for _ in range(3)] == [True, True, False]
        assert table.take("ben", 0)

    def test_asking_does_not_count(self) -> None:
        """`would_take` tells, and leaves no trace."""
        table = BucketTable(rate=1, burst=1, most=100)
        assert table.would_take("ann", 0)
        assert len(table) == 0
        assert table.take("ann", 0)
        assert not table.would_take("ann", 0)
        assert table.would_take("ann", 1)

    def test_the_idle_are_forgotten(self) -> None:
        """A table of thousands who came once shrinks again while few go on."""
        table = BucketTable(rate=1, burst=5, most=10_000)
        for number in range(5_000):
            table.take(number, 0)
        assert len(table) == 5_000
        for _ in range(3_000):
            table.take("ann", 10)
        assert len(table) == 1

    def test_it_is_bounded_even_when_nobody_is_idle(self) -> None:
        """A flood of new keys cannot fill the memory; the one seen last is still remembered."""
        table = BucketTable(rate=0.001, burst=1, most=100)
        for number in range(10_000):
            table.take(number, 0)
            assert len(table) <= 100
        assert not table.take(9_999, 0)
