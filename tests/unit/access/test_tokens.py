"""Tokens: the good ones are believed, and every attack gets the same short answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.access.claims import Claims, Expected
from collab.access.keys import ASYMMETRIC, SYMMETRIC, Key, KeySet, OneKey, UnknownKey
from collab.access.roles import Role
from collab.access.tokens import TOKEN_BYTES, TokenVerifier
from collab.errors import ErrorCode, TokenExpired, Unauthenticated
from tests.unit.access.signers import (
    NOW,
    SECRET,
    claims,
    jwk,
    private_key,
    public_pem,
    raw,
    token,
)

UNVERIFIED = "The token cannot be verified; get a new one from where you signed in."
RSA = private_key("RS256")


def by_secret(*algorithms: str, **expected: Any) -> TokenVerifier:
    ring = OneKey(Key.of_secret(SECRET.encode()))
    return TokenVerifier(ring, frozenset(algorithms or ("HS256",)), Expected(**expected))


def by_public(key: Any, *algorithms: str) -> TokenVerifier:
    ring = OneKey(Key.of_pem(public_pem(key)))
    return TokenVerifier(ring, frozenset(algorithms or ASYMMETRIC), Expected())


def by_set(*entries: dict[str, Any]) -> TokenVerifier:
    ring = KeySet.read(json.dumps({"keys": entries}).encode())
    return TokenVerifier(ring, frozenset(ASYMMETRIC), Expected())


def refusal(verifier: TokenVerifier, presented: str) -> str:
    """Verify a token that must be refused; return the sentence."""
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(presented, NOW)
    assert refused.value.code is ErrorCode.UNAUTHENTICATED
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert len(sentence) < 120
    assert SECRET not in sentence
    return sentence


class TestBelieved:
    @pytest.mark.parametrize("algorithm", SYMMETRIC)
    def test_signed_with_the_secret(self, algorithm: str) -> None:
        """What the shared secret signed is believed."""
        verifier = by_secret(algorithm)
        assert verifier.verify(token(SECRET, algorithm), NOW).subject == "ann"

    @pytest.mark.parametrize("algorithm", ASYMMETRIC)
    def test_signed_with_a_private_key(self, algorithm: str) -> None:
        """What a private key signed its public one verifies, alone or in a set."""
        key = private_key(algorithm)
        alone, listed = by_public(key), by_set(jwk("k1", algorithm, key))
        assert alone.verify(token(key, algorithm), NOW).subject == "ann"
        assert listed.verify(token(key, algorithm, kid="k1"), NOW).subject == "ann"

    def test_what_it_says(self) -> None:
        """All claims arrive, the end with the leeway."""
        said = by_secret().verify(token(color="#1d4ed8", roles={"notes": "editor"}), NOW)
        assert isinstance(said, Claims)
        assert (said.subject, said.name, said.color) == ("ann", "Ann", "#1d4ed8")
        assert said.roles.role_in("notes") is Role.EDITOR
        assert said.expires_at == NOW + timedelta(seconds=70)


class TestForged:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
    def test_no_signature(self, algorithm: str) -> None:
        """`alg: none` is no algorithm, however it is written, with or without a signature."""
        payload = json.dumps(claims()).encode()
        for verifier in (by_secret(*SYMMETRIC), by_public(RSA), by_set(jwk("k", "RS256", RSA))):
            for signature in (b"", b"x"):
                forged = raw({"alg": algorithm, "kid": "k"}, payload, signature)
                assert refusal(verifier, forged) == UNVERIFIED

    @pytest.mark.parametrize("allowed", [("RS256",), ("RS256", "HS256")])
    @pytest.mark.parametrize("named", [None, "k"])
    def test_a_public_key_as_a_secret(self, allowed: tuple[str, ...], named: str | None) -> None:
        """Signed by HMAC with the public key's text: refused, even if somebody listed both kinds."""
        pem = public_pem(RSA).encode()
        header = {"alg": "HS256"} if named is None else {"alg": "HS256", "kid": named}
        unsigned = raw(header, json.dumps(claims()).encode()).rsplit(".", 1)[0]
        mac = hmac.new(pem, unsigned.encode(), hashlib.sha256).digest()
        forged = f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert refusal(by_public(RSA, *allowed), forged) == UNVERIFIED
        assert refusal(by_set(jwk("k", "RS256", RSA)), forged)

    def test_an_algorithm_that_is_not_on_the_list(self) -> None:
        """The right secret with another algorithm is refused: settings choose, not tokens."""
        assert refusal(by_secret("HS256"), token(SECRET, "HS512")) == UNVERIFIED
        assert refusal(by_public(RSA, "RS256"), token(RSA, "RS512")) == UNVERIFIED

    def test_another_key(self) -> None:
        """Signed with a key that is not ours."""
        assert refusal(by_secret(), token("t" * 64)) == UNVERIFIED
        assert refusal(by_public(RSA), token(private_key("RS256", 1), "RS256")) == UNVERIFIED
        other = private_key("ES256", 1)
        assert refusal(by_set(jwk("k", "ES256", private_key("ES256"))), token(other, "ES256"))

    def test_a_key_of_another_name(self) -> None:
        """A key of the set counts for its own name only."""
        verifier = by_set(jwk("a", "RS256", RSA), jwk("b", "RS256", private_key("RS256", 1)))
        assert refusal(verifier, token(RSA, "RS256", kid="b")) == UNVERIFIED

    @pytest.mark.parametrize("name", [None, "", "other", "../../k", "k\x00"])
    def test_an_unknown_name_can_be_asked_for(self, name: str | None) -> None:
        """A `kid` that is not there is told apart, so that the keys can be fetched anew."""
        verifier = by_set(jwk("k", "RS256", RSA))
        with pytest.raises(UnknownKey) as refused:
            verifier.verify(token(RSA, "RS256", kid=name), NOW)
        assert str(refused.value) == UNVERIFIED

    def test_every_changed_character_breaks_it(self) -> None:
        """Header, payload and signature are all covered."""
        good = token()
        for place in range(0, len(good), 7):
            changed = "A" if good[place] != "A" else "B"
            refusal(by_secret(), good[:place] + changed + good[place + 1 :])

    def test_keys_that_come_with_the_token(self) -> None:
        """A key in the header (`jwk`, `jku`, `x5u`) is not looked at."""
        own = private_key("RS256", 1)
        entry = jwk("k", "RS256", own)
        for header in ({"jwk": entry}, {"jku": "http://127.0.0.1:1/"}, {"x5u": "http://x/"}):
            forged = jwt.encode(claims(), own, "RS256", {**header, "kid": "k"})
            assert refusal(by_public(RSA), forged) == UNVERIFIED
            assert refusal(by_set(jwk("k", "RS256", RSA)), forged) == UNVERIFIED


_SHAPES = {
    "nothing between the dots": "..",
    "one part": "abc",
    "four parts": "a.b.c.d",
    "text": "hello world",
    "a megabyte": "a" * 1_000_000,
    "a megabyte of parts": "." * 1_000_000,
    "not ASCII": "é.ü.ß",
    "half a surrogate pair": "\ud800.\ud800.\ud800",
    "NUL": "\x00",
    "header is no object": raw([], b"{}"),
    "header is null": raw(None, b"{}"),
    "alg is a number": raw({"alg": 256}, b"{}"),
    "alg is a list": raw({"alg": ["HS256"]}, b"{}"),
    "no alg": raw({"typ": "JWT"}, b"{}"),
    "kid is an object": raw({"alg": "HS256", "kid": {}}, b"{}"),
    "detached payload": raw({"alg": "HS256", "b64": False, "crit": ["b64"]}, b""),
    "critical things nobody knows": raw({"alg": "HS256", "crit": ["exp"]}, b"{}"),
    "deep header": base64.urlsafe_b64encode(b"[" * 9_000).decode().rstrip("=") + ".e30.e30",
    "long number in the header": base64.urlsafe_b64encode(b'{"a":' + b"9" * 6_000 + b"}")
    .decode()
    .rstrip("=")
    + ".e30.e30",
}


@pytest.mark.parametrize("shape", _SHAPES)
def test_what_is_not_a_token(shape: str) -> None:
    """Anything at all is refused in words, by every kind of verifier."""
    for verifier in (by_secret(), by_public(RSA), by_set(jwk("k", "RS256", RSA))):
        sentence = refusal(verifier, _SHAPES[shape])
        assert sentence == UNVERIFIED or str(TOKEN_BYTES) in sentence


@given(st.text(max_size=300))
def test_any_text_is_refused(text: str) -> None:
    """No text that is not signed makes anything but a refusal."""
    refusal(by_secret(), text)


@given(st.binary(max_size=300))
def test_any_signed_payload_is_read_or_refused(payload: bytes) -> None:
    """Even a signer can only say claims: other payloads are refused in words."""
    unsigned = raw({"alg": "HS256"}, payload).rsplit(".", 1)[0]
    mac = hmac.new(SECRET.encode(), unsigned.encode(), hashlib.sha256).digest()
    signed = f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert refusal(by_secret(), signed) != UNVERIFIED


def test_a_long_good_token_ends_at_the_cap() -> None:
    """Just below the cap a token is believed, above it not looked at."""
    roles = {f"{'d' * 100}{number}": "viewer" for number in range(100)}
    fitting = token(roles=roles)
    assert len(fitting) <= TOKEN_BYTES
    assert by_secret().verify(fitting, NOW).subject == "ann"
    roles = {f"{'d' * 100}{number}": "viewer" for number in range(120)}
    assert str(TOKEN_BYTES) in refusal(by_secret(), token(roles=roles))


def test_expiry_is_told_only_to_the_owner() -> None:
    """A forged token that is also expired is a forged one; a good expired one is `token_expired`."""
    past = int(NOW.timestamp()) - 60
    with pytest.raises(TokenExpired):
        by_secret().verify(token(exp=past), NOW)
    assert refusal(by_secret(), token("t" * 64, exp=past)) == UNVERIFIED


def test_a_verifier_shows_no_secret() -> None:
    """Neither the key nor what holds it says the secret."""
    key = Key.of_secret(SECRET.encode())
    assert SECRET not in f"{key!r} {OneKey(key)!r} {by_secret()!r}"
