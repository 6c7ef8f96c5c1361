"""Keys of every kind, and tokens of every shape, made as a stranger would make them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.algorithms import get_default_algorithms

__all__ = [
    "NOW", "SECRET", "claims", "jwk", "private_key", "private_pem", "public_pem", "raw", "token",
]  # fmt: skip

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
SECRET: Final = "s" * 64

_KINDS: Final = {
    "RS": lambda: rsa.generate_private_key(65_537, 2_048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES512": lambda: ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@cache
def private_key(algorithm: str, number: int = 0) -> Any:
    """Return the private key `number` for `algorithm`, always the same in one run."""
    del number
    return _KINDS["RS" if algorithm.startswith("RS") else algorithm]()


def private_pem(key: Any) -> str:
    """Return a private key as text."""
    held: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return held.decode()


def public_pem(key: Any) -> str:
    """Return the public half of a private key as text."""
    public = key.public_key()
    held: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return held.decode()


def jwk(name: str, algorithm: str, key: Any, **more: str) -> dict[str, Any]:
    """Return the entry of a key set for the public half of `key`."""
    entry = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**entry, "kid": name, **more}


def claims(**changes: object) -> dict[str, object]:
    """Return good claims with `changes`; what is changed to None is left out."""
    seconds = int(NOW.timestamp())
    good = {"sub": "ann", "name": "Ann", "exp": seconds + 60, "roles": {"notes": "editor"}}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def token(key: Any = SECRET, algorithm: str = "HS256", *, kid: Any = None, **said: Any) -> str:
    """Return a token with good claims changed by `said`, signed with `key`."""
    headers = None if kid is None else {"kid": kid}
    return jwt.encode(claims(**said), key, algorithm=algorithm, headers=headers)


def raw(header: object, payload: bytes, signature: bytes = b"") -> str:
    """Return a token of whatever parts."""
    parts = (json.dumps(header).encode(), payload, signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
