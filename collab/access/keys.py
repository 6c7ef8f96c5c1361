"""Keys that tokens are checked with, each bound to the algorithms it may be used with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK, PyJWTError
from pydantic_core import from_json

from collab.errors import Unauthenticated

__all__ = [
    "ASYMMETRIC", "SYMMETRIC", "Key", "KeyRing", "KeySet", "OneKey", "UnknownKey", "UnusableKey",
    "fitting_algorithms",
]  # fmt: skip

SYMMETRIC: Final[Mapping[str, int]] = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Algorithms of a shared secret, each with the least bytes of it (RFC 7518, section 3.2)."""
_RSA: Final = ("RS256", "RS384", "RS512")
_EDWARDS: Final = ("EdDSA",)
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
ASYMMETRIC: Final = (*_RSA, *_CURVES.values(), *_EDWARDS)
"""Algorithms of a private key and its public one."""
_LEAST_RSA_BITS: Final = 2_048
_SIGNING: Final = "sig"
_MOST_KEYS: Final = 256
_KEY_ID_LENGTH: Final = 256


class UnknownKey(Unauthenticated):
    """The token names a key that is not known (yet): ask for the keys anew, try again once."""


class UnusableKey(ValueError):
    """The text is not a key that tokens can be checked with; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key, and the only algorithms it is ever used with."""

    material: Any = field(repr=False)
    """A shared secret's bytes, or a public key."""
    algorithms: frozenset[str]

    @classmethod
    def of_secret(cls, secret: bytes) -> Self:
        """Return the key of a shared secret. Raises `UnusableKey` when it is too short."""
        fit = frozenset(name for name, least in SYMMETRIC.items() if len(secret) >= least)
        if not fit:
            message = "the secret needs at least 32 bytes"
            raise UnusableKey(message)
        if b"-----BEGIN" in secret:
            message = "the secret looks like a PEM key; a secret is random bytes both sides keep"
            raise UnusableKey(message)
        return cls(secret, fit)

    @classmethod
    def of_pem(cls, pem: str) -> Self:
        """Return the key of a PEM public key. Raises `UnusableKey`; the text is never repeated."""
        if "PRIVATE KEY" in pem:
            message = "this is a private key; give the public one, and keep the private one away"
            raise UnusableKey(message)
        try:
            public = load_pem_public_key(pem.encode())
        except Exception:  # noqa: BLE001 - the library's errors are many, and may repeat the text
            message = "this is not a PEM public key"
            raise UnusableKey(message) from None
        return cls.of_public(public)

    @classmethod
    def of_public(cls, public: object) -> Self:
        """Return the key of a loaded public key. Raises `UnusableKey`."""
        fit = fitting_algorithms(public)
        if not fit:
            message = "the key must be RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519"
            raise UnusableKey(message)
        return cls(public, fit)


class KeyRing(Protocol):
    """Where keys are looked up."""

    def find(self, name: str | None) -> Key:
        """Return the key a token's `kid` names (None: it names none). Raises `UnknownKey`."""
        ...


@dataclass(frozen=True, slots=True)
class OneKey:
    """The ring with one key, whatever name a token calls it by."""

    key: Key

    def find(self, name: str | None) -> Key:
        """Return the key."""
        del name
        return self.key


@dataclass(frozen=True, slots=True)
class KeySet:
    """Public keys by name: a JSON Web Key Set (RFC 7517)."""

    keys: Mapping[str, Key]

    @classmethod
    def read(cls, document: bytes) -> Self:
        """Return the keys of a key set that can check tokens; the others are left out.

        Secrets, private keys, keys without a name and keys for encryption are never taken.
        Raises `UnusableKey` when the document is no key set at all.
        """
        try:
            said = from_json(document)
        except ValueError:
            said = None
        listed = said.get("keys") if isinstance(said, dict) else None
        if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
            message = f"this is not a JSON Web Key Set of at most {_MOST_KEYS} keys"
            raise UnusableKey(message)
        named = ((_name_of(entry), _key_of(entry)) for entry in listed)
        return cls({name: key for name, key in named if name is not None and key is not None})

    def find(self, name: str | None) -> Key:
        """Return the key called `name`. Raises `UnknownKey`."""
        key = self.keys.get(name) if name is not None else None
        if key is None:
            message = "The token cannot be verified; get a new one from where you signed in."
            raise UnknownKey(message)
        return key


def fitting_algorithms(public: object) -> frozenset[str]:
    """Return the algorithms a public key may be used with; none for what is not one."""
    if isinstance(public, RSAPublicKey):
        return frozenset(_RSA if public.key_size >= _LEAST_RSA_BITS else ())
    if isinstance(public, EllipticCurvePublicKey):
        name = _CURVES.get(public.curve.name)
        return frozenset(() if name is None else (name,))
    return frozenset(_EDWARDS if isinstance(public, (Ed25519PublicKey, Ed448PublicKey)) else ())


def _name_of(entry: object) -> str | None:
    name = entry.get("kid") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and 0 < len(name) <= _KEY_ID_LENGTH else None


def _key_of(entry: Any) -> Key | None:
    """Return the entry's public key; None when it has none that may check signatures."""
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    if "d" in entry or entry.get("use", _SIGNING) != _SIGNING:
        return None
    stated = entry.get("alg")
    if stated is not None and stated not in ASYMMETRIC:
        return None
    try:
        key = Key.of_public(PyJWK.from_dict(entry).key)
    except (PyJWTError, UnusableKey, ValueError, TypeError, AttributeError, OverflowError):
        return None
    if stated is None:
        return key
    return Key(key.material, frozenset({stated})) if stated in key.algorithms else None
