"""Presence: whose cursor is whose, and what is believed."""

from __future__ import annotations

import pytest

from collab.crdt.awareness import AwarenessEntry, decode_awareness
from collab.limits import Limits
from collab.room.presence import Presence

LIMITS = Limits()


@pytest.fixture
def presence() -> Presence:
    return Presence(clients_per_connection=4)


def says(client: int, clock: int, state: str | None = '{"cursor":1}') -> list[AwarenessEntry]:
    return [AwarenessEntry(client, clock, state)]


class TestPresence:
    def test_a_newcomer_gets_everyone(self, presence: Presence) -> None:
        """One awareness update holds all that is present."""
        presence.receive("c1", "ann", says(1, 1))
        presence.receive("c2", "bob", says(2, 5))
        entries = decode_awareness(presence.encode_all(), LIMITS)
        assert {(e.client, e.clock) for e in entries} == {(1, 1), (2, 5)}

    def test_older_news_is_no_news(self, presence: Presence) -> None:
        """A clock that is not newer changes nothing."""
        assert presence.receive("c1", "ann", says(1, 2)) == ([1], [])
        assert presence.receive("c1", "ann", says(1, 2)) == ([], [])
        assert presence.receive("c1", "ann", says(1, 1)) == ([], [])

    def test_nobody_speaks_for_another(self, presence: Presence) -> None:
        """Another person's entry for a client id is ignored, be it newer or a removal."""
        presence.receive("c1", "ann", says(1, 1))
        assert presence.receive("c2", "bob", says(1, 9, '{"cursor":666}')) == ([], [])
        assert presence.receive("c2", "bob", says(1, 9, None)) == ([], [])
        assert presence.states("c1") == [(1, '{"cursor":1}')]

    def test_leaving_removes_with_the_last_clock(self, presence: Presence) -> None:
        """A vanished connection's states become null at their last clock, as y-protocols expects."""
        presence.receive("c1", "ann", says(1, 3))
        gone = presence.leave("c1")
        assert decode_awareness(presence.encode(gone), LIMITS) == (AwarenessEntry(1, 3, None),)
        assert len(presence) == 0

    def test_a_late_echo_brings_no_ghost_back(self, presence: Presence) -> None:
        """Somebody else's echo of a departed state stays without effect."""
        presence.receive("c1", "ann", says(1, 3))
        presence.leave("c1")
        presence.answered("c2")
        assert presence.receive("c2", "bob", says(1, 3)) == ([], [])
        assert len(presence) == 0

    def test_coming_back_takes_the_state_along(self, presence: Presence) -> None:
        """A client back on a new connection keeps its state when the dead one is noticed."""
        presence.receive("dead", "ann", says(1, 3))
        assert presence.receive("new", "ann", says(1, 4)) == ([1], [])
        assert presence.leave("dead") == []
        assert presence.states("new") == [(1, '{"cursor":1}')]

    def test_coming_back_at_the_same_clock(self, presence: Presence) -> None:
        """Stock clients come back with the words they were cut off at: their first ones count."""
        presence.receive("dead", "ann", says(1, 3))
        assert presence.receive("new", "ann", says(1, 3)) == ([1], [])
        assert presence.leave("dead") == []
        assert presence.states("new") == [(1, '{"cursor":1}')]

    def test_coming_back_after_having_been_gone(self, presence: Presence) -> None:
        """At the clock at which all were told it is gone, it counts as one newer, also for itself."""
        presence.receive("dead", "ann", says(1, 3))
        presence.leave("dead")
        assert presence.receive("new", "ann", says(1, 3)) == ([], [1])
        assert presence.receive("new", "ann", says(1, 4)) == ([], [])
        (entry,) = decode_awareness(presence.encode([1]), LIMITS)
        assert (entry.clock, entry.state) == (4, '{"cursor":1}')

    def test_an_echo_of_ones_other_tab(self, presence: Presence) -> None:
        """Once a connection has answered a sync, an entry at a known clock is an echo."""
        presence.receive("one", "ann", says(1, 3))
        presence.answered("two")
        assert presence.receive("two", "ann", says(1, 3)) == ([], [])
        assert presence.states("one") == [(1, '{"cursor":1}')]

    def test_a_guest_comes_back_as_another_guest(self, presence: Presence) -> None:
        """Guests of stock clients have a new id each time: their client goes with them."""
        presence.receive("dead", "guest:one", says(1, 3))
        assert presence.receive("new", "guest:two", says(1, 3)) == ([1], [])
        presence.receive("third", "ben", says(7, 1))
        assert presence.receive("third", "ben", says(1, 9)) == ([], [])

    def test_a_guest_with_a_link_is_one_person(self, presence: Presence) -> None:
        """Another guest takes nothing over, be it with a link or without; the same one may."""
        presence.receive("dead", "guest:link:one", says(1, 3))
        for other in ("guest:link:two", "guest:two", "ben"):
            assert presence.receive(other, other, says(1, 3)) == ([], [])
            assert presence.receive(other, other, says(1, 9)) == ([], [])
        presence.receive("third", "guest:three", says(7, 1))
        assert presence.receive("two", "guest:link:two", says(7, 2)) == ([], [])
        assert presence.states("dead") == [(1, '{"cursor":1}')]
        assert presence.receive("new", "guest:link:one", says(1, 3)) == ([1], [])

    def test_one_connection_shows_a_few_clients(self, presence: Presence) -> None:
        """A connection cannot fill the room with invented people."""
        for client in range(100):
            presence.receive("c1", "ann", says(client, 1))
        assert len(presence) == 4

    def test_removing_oneself(self, presence: Presence) -> None:
        """A client that says it is gone is gone, and told to the others."""
        presence.receive("c1", "ann", says(1, 3))
        assert presence.receive("c1", "ann", says(1, 4, None)) == ([1], [])
        assert decode_awareness(presence.encode([1]), LIMITS) == (AwarenessEntry(1, 4, None),)
