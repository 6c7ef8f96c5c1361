"""Batching: who is told what, and when."""

from __future__ import annotations

from collab.room.batching import Batch, flush_window


def encode(clients: list[int]) -> bytes:
    return bytes(clients)


class TestWindow:
    def test_is_short_among_few(self) -> None:
        """Four people wait a fifth of a millisecond at most."""
        assert flush_window(4) <= 0.0002

    def test_is_bounded(self) -> None:
        """However many listen, nobody waits longer than 20 ms."""
        assert flush_window(100_000) == 0.02

    def test_opens_only_after_a_flush(self) -> None:
        """A calm room flushes at once; right after a flush it waits a window."""
        batch = Batch()
        batch.add_update(b"1", "a")
        assert batch.due(now=5.0, receivers=100) == 5.0
        batch.take(5.0, ["a", "b"], encode)
        assert batch.due(now=5.0, receivers=100) == 5.0 + flush_window(100)
        assert batch.due(now=9.0, receivers=100) == 9.0


class TestParcels:
    def test_everyone_but_the_sender(self) -> None:
        """An update goes to everyone except the connection it came from."""
        batch = Batch()
        batch.add_update(b"1", "a")
        told, seen = batch.take(0.0, ["a", "b", "c"], encode)
        assert told == [(("b", "c"), [b"1"])]
        assert seen == []
        assert batch.is_empty

    def test_two_senders_get_each_others(self) -> None:
        """Of two updates gathered, each sender gets the other's and bystanders get both, in order."""
        batch = Batch()
        batch.add_update(b"1", "a")
        batch.add_update(b"2", "b")
        told, _ = batch.take(0.0, ["a", "b", "c"], encode)
        assert sorted(told) == [(("a",), [b"2"]), (("b",), [b"1"]), (("c",), [b"1", b"2"])]

    def test_a_server_edit_goes_to_all(self) -> None:
        """An update without a sender (plain HTTP) is told to everyone."""
        batch = Batch()
        batch.add_update(b"1", None)
        told, _ = batch.take(0.0, ["a", "b"], encode)
        assert told == [(("a", "b"), [b"1"])]

    def test_a_vanished_sender_is_not_told(self) -> None:
        """Somebody who left since is told nothing."""
        batch = Batch()
        batch.add_update(b"1", "a")
        batch.add_update(b"2", "b")
        told, _ = batch.take(0.0, ["b"], encode)
        assert told == [(("b",), [b"1"])]

    def test_only_the_newest_presence_leaves(self) -> None:
        """A cursor that moved ten times within a window is told once."""
        batch = Batch()
        for _ in range(10):
            batch.add_presence([7], "a")
        _, seen = batch.take(0.0, ["a", "b"], encode)
        assert seen == [(("b",), [b"\x07"])]
