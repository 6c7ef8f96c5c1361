"""The gate: who a guest is."""

from __future__ import annotations

import pytest

from collab.access.gate import Credentials, Gate, Grant, Principal
from collab.access.roles import Action, Role
from collab.errors import Forbidden

GUEST = "a1b2c3d4e5f60718"


class TestGuests:
    def test_two_tabs_are_one_person(self) -> None:
        """The same guest id makes the same principal, whatever the connection."""
        credentials = Credentials(guest_id=GUEST, name="Ann")
        tabs = [Gate().identify(credentials, connection=c) for c in ("one", "two")]
        assert tabs[0] == tabs[1]
        assert tabs[0].id == f"guest:{GUEST}"

    def test_without_an_id_every_connection_is_somebody(self) -> None:
        """Guests who bring no id are told apart by their connection."""
        ids = {Gate().identify(Credentials(), connection=c).id for c in ("one", "two")}
        assert len(ids) == 2

    @pytest.mark.parametrize("guest", ["", "short", "x" * 65, "<script>alert(1)", "a b c d e f"])
    def test_a_bad_id_is_not_used(self, guest: str) -> None:
        """An id that is not a plain random word is replaced."""
        person = Gate().identify(Credentials(guest_id=guest), connection="one")
        assert guest == "" or guest not in person.id

    def test_names_are_cleaned(self) -> None:
        """Control and bidirectional characters vanish and names end at 64 characters."""
        person = Gate().identify(
            Credentials(name="  A\u202enn\x1b[31m\n" + "x" * 99), connection="1"
        )
        assert person.name.startswith("Ann[31m")
        assert len(person.name) == 64

    @pytest.mark.parametrize("color", [None, "red", "#12345", "#123456;background:url(//x)"])
    def test_colours_are_hex_or_chosen(self, color: str | None) -> None:
        """Whatever is not #rrggbb is replaced by a colour of ours."""
        person = Gate().identify(Credentials(color=color), connection="one")
        assert len(person.color) == 7
        assert person.color != color


def test_a_grant_refuses_what_its_role_may_not() -> None:
    """`require` raises `Forbidden` and names the role."""
    grant = Grant(Principal("u", "Ann", "#000000"), "d", Role.VIEWER)
    grant.require(Action.READ)
    with pytest.raises(Forbidden, match="viewer"):
        grant.require(Action.EDIT)
