"""Claims: each is checked, and what is wrong is said in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collab.access.claims import Claims, Expected, read_claims
from collab.access.roles import Role
from collab.errors import ErrorCode, TokenExpired, Unauthenticated
from tests.unit.access.signers import NOW, claims

SECONDS = NOW.timestamp()


def read(audience: Any = None, issuer: Any = None, **said: Any) -> Claims:
    return read_claims(claims(**said), Expected(audience, issuer), NOW)


_BAD: dict[str, tuple[object, ...]] = {
    "sub": (
        *(None, "", " ", "x" * 129, 7, True, ["ann"], {}, "a\nb", "a\x00", "a\u202eb"),
        *(
            "guest:",
            "guest:a1b2c3d4",
            "guest:link:0",
            "key:cbafc808",
            "import",
            "operator",
            "server",
        ),
    ),
    "name": (7, ["Ann"], {}, True),
    "color": ("red", "#12345", "#1234567", 7, [], "#12345g", "url(x)"),
    "exp": (None, "soon", True, [], -1, 1e300, float("nan"), float("inf"), 10**400),
    "nbf": ("soon", True, [], -1, SECONDS + 60),
    "iat": ("soon", False, {}, SECONDS + 60),
    "roles": (
        *([], "editor", 7, True, {"notes": "god"}, {"notes": 4}, {"notes": None}),
        *({name: "editor"} for name in ("", "a/b", "**", "*a", "a*b", "a**", "../*", " ")),
        {"x" * 129: "editor"},
    ),
    "aud": ("somebody else",),
}


@pytest.mark.parametrize(
    ("claim", "value"), [(claim, value) for claim, values in _BAD.items() for value in values]
)
def test_a_claim_that_cannot_be_used(claim: str, value: object) -> None:
    """It is named in one sentence, and nothing of the token is repeated."""
    with pytest.raises(Unauthenticated, match=rf"\b{claim}\b") as refused:
        read(**{claim: value})
    assert str(refused.value).endswith("; get a new one.")
    assert "god" not in str(refused.value)
    assert "somebody" not in str(refused.value)


@pytest.mark.parametrize("said", [None, [], "x", 7, True])
def test_a_payload_without_claims(said: object) -> None:
    """A payload that is no object is refused."""
    with pytest.raises(Unauthenticated):
        read_claims(said, Expected(), NOW)


class TestTime:
    def test_the_end(self) -> None:
        """A token ends at its `exp` and the leeway, to the moment."""
        assert read(exp=SECONDS - 9.999).expires_at > NOW
        with pytest.raises(TokenExpired) as ended:
            read(exp=SECONDS - 10)
        assert ended.value.code is ErrorCode.TOKEN_EXPIRED

    @pytest.mark.parametrize("claim", ["nbf", "iat"])
    def test_the_beginning(self, claim: str) -> None:
        """A token begins at `nbf` and `iat`, less the leeway."""
        assert read(**{claim: SECONDS + 10}).subject == "ann"
        with pytest.raises(Unauthenticated, match=claim):
            read(**{claim: SECONDS + 10.001})

    def test_the_leeway_is_a_setting(self) -> None:
        """Without leeway the clock counts as it is."""
        strict = Expected(leeway=timedelta(0))
        assert read_claims(claims(exp=SECONDS + 1), strict, NOW).expires_at > NOW
        with pytest.raises(TokenExpired):
            read_claims(claims(exp=SECONDS), strict, NOW)


class TestParties:
    @pytest.mark.parametrize("audience", ["collab", ["other", "collab"]])
    def test_our_audience(self, audience: object) -> None:
        """The audience may be one or a list with ours in it."""
        assert read(audience="collab", aud=audience).subject == "ann"

    @pytest.mark.parametrize("audience", [None, "other", "collab2", ["other"], [], {}, 7, [["x"]]])
    def test_another_audience(self, audience: object) -> None:
        """A token for another, or for nobody, is refused when an audience is set."""
        with pytest.raises(Unauthenticated, match="aud"):
            read(audience="collab", aud=audience)

    @pytest.mark.parametrize("issuer", [None, "other", "", ["us"], 7])
    def test_another_issuer(self, issuer: object) -> None:
        """The issuer must be the one of the settings when that is set."""
        assert read(issuer="us", iss="us").subject == "ann"
        with pytest.raises(Unauthenticated, match="iss"):
            read(issuer="us", iss=issuer)


class TestRoles:
    def test_patterns(self) -> None:
        """Whole ids, beginnings and the star alone are roles."""
        roles = read(roles={"notes": "viewer", "team-*": "owner", "*": "commenter"}).roles
        found = [roles.role_in(name) for name in ("notes", "team-a", "else")]
        assert found == [Role.COMMENTER, Role.OWNER, Role.COMMENTER]

    def test_none_at_all(self) -> None:
        """A token without roles says who it is, and opens nothing."""
        said = read(roles=None)
        assert said.subject == "ann"
        assert said.roles.role_in("notes") is None
