"""Keys: which are taken, which are not, and that none is repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from collab.access.keys import Key, KeySet, UnusableKey
from tests.unit.access.signers import jwk, private_key, private_pem, public_pem

RSA = private_key("RS256")


def read(*entries: object) -> dict[str, frozenset[str]]:
    document = json.dumps({"keys": entries}).encode()
    return {name: key.algorithms for name, key in KeySet.read(document).keys.items()}


def test_a_secret_is_used_only_where_it_is_long_enough() -> None:
    """HS256, HS384 and HS512 need 32, 48 and 64 bytes."""
    fit = [sorted(Key.of_secret(b"x" * size).algorithms) for size in (32, 48, 64)]
    assert fit == [["HS256"], ["HS256", "HS384"], ["HS256", "HS384", "HS512"]]
    with pytest.raises(UnusableKey, match="32 bytes"):
        Key.of_secret(b"x" * 31)


def test_a_key_is_no_secret() -> None:
    """A PEM given as the secret is noticed."""
    with pytest.raises(UnusableKey, match="PEM"):
        Key.of_secret(public_pem(RSA).encode())


@pytest.mark.parametrize("algorithm", ["ES256", "ES384", "ES512", "EdDSA"])
def test_a_public_key_fits_one_algorithm(algorithm: str) -> None:
    """The kind of the key says what it is used with."""
    assert Key.of_pem(public_pem(private_key(algorithm))).algorithms == {algorithm}


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "x",
        "-----BEGIN PUBLIC KEY-----\nxxxx\n-----END PUBLIC KEY-----\n",
        private_pem(RSA),
        public_pem(rsa.generate_private_key(65_537, 1_024)),
        public_pem(ec.generate_private_key(ec.SECP256K1())),
    ],
    ids=["empty", "text", "garbage", "private", "short RSA", "another curve"],
)
def test_what_is_no_public_key(pem: str) -> None:
    """It is refused in words that repeat nothing of it."""
    with pytest.raises(UnusableKey) as refused:
        Key.of_pem(pem)
    lines = [line for line in pem.splitlines() if len(line) > 20]
    assert not any(line in str(refused.value) for line in lines)


class TestSets:
    def test_every_kind(self) -> None:
        """RSA, the three curves and Ed25519 are taken; `alg` narrows what RSA may."""
        entries = [jwk(name, name, private_key(name)) for name in ("ES256", "ES384", "EdDSA")]
        found = read(*entries, jwk("all", "RS256", RSA), jwk("one", "RS256", RSA, alg="RS384"))
        assert found == {
            "ES256": {"ES256"},
            "ES384": {"ES384"},
            "EdDSA": {"EdDSA"},
            "all": {"RS256", "RS384", "RS512"},
            "one": {"RS384"},
        }

    @pytest.mark.parametrize(
        "entry",
        [
            {"kty": "oct", "k": "c2VjcmV0", "kid": "k"},
            {"kty": "oct", "k": "c2VjcmV0", "kid": "k", "alg": "HS256"},
            jwk("k", "RS256", RSA, alg="HS256"),
            jwk("k", "RS256", RSA, alg="none"),
            jwk("k", "RS256", RSA, alg="ES256"),
            jwk("k", "RS256", RSA, use="enc"),
            jwk("", "RS256", RSA),
            {"kty": "RSA", "kid": "k"},
            {"kty": "RSA", "kid": "k", "n": 7, "e": []},
            {"kty": "EC", "kid": "k", "crv": "P-256", "x": "AA", "y": "AA"},
            {"kty": "OKP", "kid": "k", "crv": "X25519", "x": "AA"},
            {"kty": ["RSA"], "kid": "k"},
            {"kid": "k"},
            {**jwk("k", "RS256", RSA), "kid": 7},
            {**json.loads(RSAAlgorithm.to_jwk(RSA)), "kid": "k"},
            "text",
            None,
        ],
    )
    def test_entries_that_are_left_out(self, entry: Any) -> None:
        """Secrets, private keys, keys for encryption and garbage are not taken; the rest is."""
        good = jwk("good", "ES256", private_key("ES256"))
        assert set(read(entry, good)) == {"good"}

    @pytest.mark.parametrize(
        "document",
        [b"", b"x", b"[]", b"{}", b'{"keys":{}}', b'{"keys":null}', b"[" * 99_999, b"\xff"],
    )
    def test_what_is_no_set(self, document: bytes) -> None:
        """Another document is refused as a whole, so that the keys of before stay."""
        with pytest.raises(UnusableKey):
            KeySet.read(document)

    def test_too_many(self) -> None:
        """A set has an end."""
        with pytest.raises(UnusableKey, match="256"):
            read(*({} for _ in range(257)))
