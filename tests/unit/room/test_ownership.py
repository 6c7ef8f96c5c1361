"""Whose client ids are: the first who used them, whoever brings the bytes."""

from __future__ import annotations

import pytest

from collab.access.gate import Principal
from collab.crdt.update import UpdateInfo, inspect_update
from collab.room.ownership import Attributed, Ownership
from collab.room.records import Claim
from tests.support.people import Person

ANN, BEN, EVE = (Principal(name, name.title(), "#123456") for name in ("ann", "ben", "eve"))
CLIENT = 7


@pytest.fixture
def owners() -> Ownership:
    return Ownership()


class Typist:
    """Makes updates of one client; `attributed` has the ownership decide and remember."""

    def __init__(self, owners: Ownership, client: int = CLIENT) -> None:
        self.owners = owners
        self.person = Person(client)
        self.clock = 0
        self.client = client

    def types(self, words: str) -> UpdateInfo:
        return inspect_update(self.person.type(words))

    def attributed(
        self, words: str, sender: Principal, connection: str | None = None
    ) -> Attributed:
        info = self.types(words)
        attributed = self.owners.attribute(info, {self.client: self.clock}, sender, connection)
        self.owners.settle(attributed.claims)
        self.clock = info.clocks[self.client][1]
        return attributed


def test_the_first_who_uses_a_client_owns_it(owners: Ownership) -> None:
    """Nothing was announced; the first update tells, the second makes nothing more known."""
    typist = Typist(owners)
    first = typist.attributed("x", ANN)
    assert first == Attributed("ann", "Ann", None, (Claim(CLIENT, 0, "ann", "Ann"),))
    assert typist.attributed("y", ANN) == Attributed("ann", "Ann", None, ())


def test_a_carrier_is_not_the_author(owners: Ownership) -> None:
    """Ann announced her client and left; Ben brings what she wrote."""
    owners.enter("a", ANN, CLIENT, 0)
    owners.leave("a")
    owners.enter("b", BEN, 8, 0)
    brought = Typist(owners).attributed("hers", BEN, "b")
    assert brought == Attributed("ann", "Ann", "ben", (Claim(CLIENT, 0, "ann", "Ann"),))


def test_after_a_crash_both_come_back(owners: Ownership) -> None:
    """Ann is here and said how far she knows: up to there it may be hers, whoever is first."""
    typist = Typist(owners)
    owners.enter("a", ANN, CLIENT, 4)
    owners.enter("b", BEN, 8, 0)
    assert typist.attributed("hers", BEN, "b").author == "ann"


def test_what_a_present_owner_never_had_is_the_senders(owners: Ownership) -> None:
    """Eve sends as Ann's client while Ann is here and knows nothing of it."""
    typist = Typist(owners)
    owners.enter("a", ANN, CLIENT, 0)
    assert typist.attributed("hers", ANN, "a").author == "ann"
    owners.enter("e", EVE, 9, 0)
    forged = typist.attributed("forged", EVE, "e")
    assert forged == Attributed("eve", "Eve", None, (Claim(CLIENT, 4, "eve", "Eve"),))
    assert typist.attributed("hers", ANN, "a").claims == (Claim(CLIENT, 10, "ann", "Ann"),)


@pytest.mark.parametrize("announced", [CLIENT, None])
def test_claiming_somebodys_client_gains_nothing(owners: Ownership, announced: int | None) -> None:
    """Whoever does not carry, but uses a client of others, writes under their own name."""
    typist = Typist(owners)
    owners.enter("a", ANN, CLIENT, 0)
    typist.attributed("hers", ANN, "a")
    owners.leave("a")
    owners.enter("e", EVE, announced, 0)
    assert typist.attributed("forged", EVE, "e").author == "eve"
    assert typist.attributed("more", EVE, "e").claims == ()
    owners.enter("b", BEN, 8, 0)
    assert typist.attributed("carried", BEN, "b").author == "ann"


def test_what_is_put_back_keeps_its_author(owners: Ownership) -> None:
    """The server's own edits say whose words they bring back."""
    info = Typist(owners).types("x")
    claim = Claim(CLIENT, 0, "ben", "Ben")
    attributed = owners.attribute(info, {}, ANN, None, [claim])
    assert attributed == Attributed("ann", "Ann", None, (claim,))


def test_what_is_known_already_says_nothing(owners: Ownership) -> None:
    """Bringing a whole document again makes nobody its author."""
    info = Typist(owners).types("abc")
    assert owners.attribute(info, {CLIENT: 3}, EVE, None) == Attributed("eve", "Eve", None, ())


def test_claims_outlive_the_room() -> None:
    """A room opened anew knows what the log knows."""
    stored = [Claim(CLIENT, 0, "ann", "Ann"), Claim(CLIENT, 5, "eve", "Eve")]
    owners = Ownership(stored)
    owners.enter("b", BEN, 8, 0)
    typist = Typist(owners)
    typist.clock = 9
    info = typist.types("carried words")
    found = owners.attribute(info, {CLIENT: 9}, BEN, "b")
    assert (found.author, found.claims) == ("ann", (Claim(CLIENT, 9, "ann", "Ann"),))


def test_announcements_are_bounded(owners: Ownership) -> None:
    """Who joins with ever new clients cannot fill the memory."""
    for client in range(20_000):
        owners.enter("a", ANN, client, 0)
    assert len(owners._announced) == 10_000
