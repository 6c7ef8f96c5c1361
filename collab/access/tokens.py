"""Signed tokens (JSON Web Tokens, RFC 7519): which are believed, and why the others are not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from jwt import PyJWTError
from jwt.api_jws import PyJWS
from pydantic_core import from_json

from collab.access.claims import Claims, Expected, read_claims
from collab.access.keys import KeyRing, UnknownKey
from collab.errors import Unauthenticated

__all__ = ["TOKEN_BYTES", "TokenVerifier", "UnknownKey"]

TOKEN_BYTES: Final = 16 * 1024
"""A longer token is not looked at."""


class TokenVerifier:
    """Believes tokens that a key of the ring signed with an algorithm of the list.

    A token's own words choose neither: its `alg` must be on the list *and* belong to the key its
    `kid` finds, and no key is ever used with both a symmetric and an asymmetric algorithm.
    """

    def __init__(self, ring: KeyRing, algorithms: frozenset[str], expected: Expected) -> None:
        self._ring = ring
        self._algorithms = algorithms
        self._expected = expected
        self._signatures = PyJWS(options={"enforce_minimum_key_length": True})

    def verify(self, token: str, now: datetime) -> Claims:
        """Return what `token` says. Raises `Unauthenticated`, `UnknownKey`, `TokenExpired`.

        Until the signature holds every refusal is the same, whatever is wrong.
        """
        if len(token) > TOKEN_BYTES:
            message = f"The token is longer than {TOKEN_BYTES} characters; get a shorter one."
            raise Unauthenticated(message)
        try:
            payload = self._signed_payload(token)
        except UnknownKey:
            raise
        # Whatever a library makes of a stranger's bytes, it ends here as a refusal.
        except (PyJWTError, Unauthenticated, ValueError, TypeError, RecursionError):
            message = "The token cannot be verified; get a new one from where you signed in."
            raise Unauthenticated(message) from None
        try:
            said = from_json(payload)
        except ValueError:
            said = None
        return read_claims(said, self._expected, now)

    def _signed_payload(self, token: str) -> bytes:
        """Return the payload whose signature holds. Raises many things otherwise."""
        header: dict[str, Any] = self._signatures.get_unverified_header(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise Unauthenticated
        key = self._ring.find(header.get("kid"))
        if algorithm not in key.algorithms:
            raise Unauthenticated
        payload: bytes = self._signatures.decode(token, key.material, algorithms=[algorithm])
        return payload
