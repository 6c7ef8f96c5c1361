"""The gate: who a guest is, who somebody with a token is, and what each is granted."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from collab.access.claims import Expected
from collab.access.gate import (
    Credentials,
    Gate,
    Grant,
    Identity,
    Principal,
    is_guest,
    is_link_guest,
)
from collab.access.keys import Key, OneKey
from collab.access.roles import Action, Role
from collab.access.standing import Standing
from collab.access.tokens import TokenVerifier
from collab.errors import Forbidden, Unauthenticated
from tests.unit.access.signers import NOW, SECRET, token

GUEST = "a1b2c3d4e5f60718"


def _guest(credentials: Credentials, connection: str = "one") -> Principal:
    return Gate().identify(credentials, connection=connection, now=NOW).person


class TestGuests:
    def test_two_tabs_are_one_person(self) -> None:
        """The same guest id makes the same principal, whatever the connection."""
        credentials = Credentials(guest_id=GUEST, name="Ann")
        tabs = [_guest(credentials, c) for c in ("one", "two")]
        assert tabs[0] == tabs[1]
        assert tabs[0].id == f"guest:{GUEST}"

    def test_without_an_id_every_connection_is_somebody(self) -> None:
        """Guests who bring no id are told apart by their connection."""
        ids = {_guest(Credentials(), c).id for c in ("one", "two")}
        assert len(ids) == 2

    def test_an_address_is_not_told(self) -> None:
        """Who is named after an address has an id that nobody can find the address of by trying."""
        address = "203.0.113.9"
        digest = hashlib.sha256(address.encode()).hexdigest()
        person = _guest(Credentials(), address)
        assert person == _guest(Credentials(), address)
        assert digest[:8] not in person.id
        assert digest[:4] not in person.name

    @pytest.mark.parametrize("guest", ["", "short", "x" * 65, "<script>alert(1)", "a b c d e f"])
    def test_a_bad_id_is_not_used(self, guest: str) -> None:
        """An id that is not a plain random word is replaced."""
        person = _guest(Credentials(guest_id=guest))
        assert guest == "" or guest not in person.id

    def test_names_are_cleaned(self) -> None:
        """Control and bidirectional characters vanish and names end at 64 characters."""
        person = _guest(Credentials(name="  A\u202enn\x1b[31m\n" + "x" * 99))
        assert person.name.startswith("Ann[31m")
        assert len(person.name) == 64

    @pytest.mark.parametrize("color", [None, "red", "#12345", "#123456;background:url(//x)"])
    def test_colours_are_hex_or_chosen(self, color: str | None) -> None:
        """Whatever is not #rrggbb is replaced by a colour of ours."""
        person = _guest(Credentials(color=color))
        assert len(person.color) == 7
        assert person.color != color


class TestLinks:
    def come(self, guest: str | None, connection: str = "one") -> Principal:
        ring = OneKey(Key.of_secret(SECRET.encode()))
        gate = Gate(TokenVerifier(ring, frozenset({"HS256"}), Expected()))
        credentials = Credentials(guest_id=guest, link="a secret of a link")
        return gate.identify(credentials, connection=connection, now=NOW).person

    def test_two_tabs_are_one_person(self) -> None:
        """The same guest id makes the same principal, of a kind no other guest can be."""
        person = self.come(GUEST)
        assert person == self.come(GUEST, "two")
        assert is_guest(person.id)
        assert is_link_guest(person.id)
        assert not is_link_guest(_guest(Credentials(guest_id="link:a1b2c3d4")).id)
        assert self.come(None) != self.come(None, "two")

    def test_nobody_can_come_as_somebody_they_see(self) -> None:
        """What others are shown is not what a guest keeps, and brings nobody the same id."""
        seen = self.come(GUEST).id
        assert GUEST not in seen
        for tried in (seen, seen.removeprefix("guest:"), seen.rpartition(":")[2]):
            assert self.come(tried, "two").id != seen


class TestTokens:
    def gate(self) -> Gate:
        ring = OneKey(Key.of_secret(SECRET.encode()))
        return Gate(TokenVerifier(ring, frozenset({"HS256"}), Expected()))

    def identify(self, **said: Any) -> Identity:
        credentials = Credentials(token(**said), GUEST, "Somebody else", "#000000")
        return self.gate().identify(credentials, connection="one", now=NOW)

    def test_the_token_says_who_somebody_is(self) -> None:
        """Id, name and colour come from the token; what the client says beside it is nothing."""
        who = self.identify(color="#1d4ed8")
        assert who.person == Principal("ann", "Ann", "#1d4ed8")
        assert who.expires_at == NOW + timedelta(seconds=70)

    def test_what_a_token_leaves_out(self) -> None:
        """Without a name the id is shown; without a colour the id chooses one of ours."""
        first, again, other = (self.identify(sub=s, name=None).person for s in ("ann", "ann", "b"))
        assert first == again
        assert (first.name, other.name) == ("ann", "b")
        assert first.color not in ("#000000", None)

    @pytest.mark.parametrize("presented", [None, ""])
    def test_without_a_token_nobody_comes_in(self, presented: str | None) -> None:
        """A guest is nobody where tokens are asked for."""
        with pytest.raises(Unauthenticated, match="token"):
            self.gate().identify(Credentials(presented, GUEST), connection="one", now=NOW)

    def test_grants_come_from_the_roles(self) -> None:
        """A matching role makes a grant that ends with the token; no match is `Forbidden`."""
        who = self.identify(roles={"notes": "viewer", "n*": "editor"})
        grant = self.gate().grant(who, "notes", now=NOW)
        assert grant == Grant(
            who.person, "notes", Role.EDITOR, who.expires_at, Standing(Role.EDITOR)
        )
        with pytest.raises(Forbidden):
            self.gate().grant(who, "other", now=NOW)

    def test_both_kinds_of_gate(self) -> None:
        """A gate without a verifier is the one for guests, who never expire."""
        assert self.gate().asks_for_tokens
        assert not Gate().asks_for_tokens
        assert not Gate().asks_for_tokens
        guest = Gate().identify(Credentials(token="x"), connection="one", now=NOW)
        assert guest.expires_at is None
        assert Gate().grant(guest, "any", now=NOW).role is Role.OWNER


def test_a_grant_refuses_what_its_role_may_not() -> None:
    """`require` raises `Forbidden` and names the role."""
    grant = Grant(Principal("u", "Ann", "#000000"), "d", Role.VIEWER)
    grant.require(Action.READ)
    with pytest.raises(Forbidden, match="viewer"):
        grant.require(Action.EDIT)
