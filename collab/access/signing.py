"""Signing tokens, for hosts without a library for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.api_jws import PyJWS

from collab.access.claims import COLOR, SUBJECT_RULE, is_pattern, is_subject
from collab.access.keys import SYMMETRIC, Key, UnusableKey, fitting_algorithms
from collab.access.roles import Role

__all__ = ["Signer", "SigningKey", "TokenRequest"]

_PREFERRED: Final = ("HS256", "RS256", "ES256", "ES384", "ES512", "EdDSA")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """Whom a token is to be about. Raises `ValueError` with a sentence when it cannot be believed."""

    subject: str
    roles: Mapping[str, Role]
    """By document id, or beginning of ids and `*`."""
    name: str | None = None
    color: str | None = None
    audience: str | None = None
    issuer: str | None = None

    def __post_init__(self) -> None:
        if not is_subject(self.subject):
            message = f"sub {SUBJECT_RULE}"
            raise ValueError(message)
        if self.color is not None and not COLOR.fullmatch(self.color):
            message = "color must look like #1d4ed8"
            raise ValueError(message)
        for pattern in self.roles:
            if not is_pattern(pattern):
                message = (
                    f"{pattern!r} is neither a document id nor the beginning of ids and *; "
                    "ids have letters, digits and . _ ~ -"
                )
                raise ValueError(message)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What tokens are signed with."""

    algorithm: str
    _material: Any = field(repr=False)

    @classmethod
    def of_secret(cls, secret: str, algorithm: str | None = None) -> Self:
        """Return the key of a shared secret. Raises `UnusableKey`."""
        key = Key.of_secret(secret.encode())
        return cls(_chosen(algorithm, key.algorithms), key.material)

    @classmethod
    def of_pem(cls, pem: str, algorithm: str | None = None) -> Self:
        """Return the key of a PEM private key without a password. Raises `UnusableKey`."""
        try:
            private = load_pem_private_key(pem.encode(), password=None)
            public = private.public_key()
        except Exception:  # noqa: BLE001 - the library's errors are many, and may repeat the text
            message = "this is not a PEM private key (without a password)"
            raise UnusableKey(message) from None
        fit = fitting_algorithms(public)
        if not fit:
            message = "the key must be RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519"
            raise UnusableKey(message)
        return cls(_chosen(algorithm, fit), private)

    def sign(
        self,
        request: TokenRequest,
        *,
        issued_at: datetime,
        expires_at: datetime,
        name: str | None = None,
    ) -> str:
        """Return the token; `name` says which key signed it (`kid`)."""
        said = {
            "sub": request.subject,
            "name": request.name,
            "color": request.color,
            "aud": request.audience,
            "iss": request.issuer,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "roles": {pattern: role.label for pattern, role in request.roles.items()},
        }
        payload = json.dumps({claim: value for claim, value in said.items() if value is not None})
        headers = {"typ": "JWT"} if name is None else {"typ": "JWT", "kid": name}
        signatures = PyJWS(options={"enforce_minimum_key_length": True})
        return signatures.encode(payload.encode(), self._material, self.algorithm, headers)


@dataclass(frozen=True, slots=True)
class Signer:
    """What a server signs tokens with that it will believe itself."""

    key: SigningKey
    audience: str | None
    issuer: str | None


def _chosen(asked: str | None, fit: frozenset[str]) -> str:
    if asked is None:
        return next(name for name in _PREFERRED if name in fit)
    if asked not in fit:
        least = SYMMETRIC.get(asked)
        longer = f" of at least {least} bytes" if least is not None else ""
        message = f"{asked} needs another key{longer}; this one is for {', '.join(sorted(fit))}"
        raise UnusableKey(message)
    return asked
