"""Secrets this server makes itself: share links and API keys. Only their SHA-256 is ever kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final, Self

__all__ = ["API_KEY", "LINK", "ApiKey", "digest_of", "is_same", "new_link", "read_api_key"]

LINK: Final = "link."
"""Before a link's secret, where a client can only send a token."""
API_KEY: Final = "collab_"
"""How every API key begins, so that scanners of repositories and logs find it."""
_SECRET_BYTES: Final = 24
"""192 bits: nobody guesses it, and a plain hash of it is as good as a slow one."""
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
_KEY: Final = re.compile(rf"{API_KEY}([0-9a-f]{{12}})_([A-Za-z0-9_-]{{32}})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A new API key: `text` is shown once, `id` and `digest` are kept."""

    id: str
    text: str
    digest: bytes

    @classmethod
    def new(cls) -> Self:
        """Return a key nobody has had before."""
        name, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
        return cls(name, f"{API_KEY}{name}_{secret}", digest_of(secret))


def new_link() -> tuple[str, str, bytes]:
    """Return a new link's public id, its secret (shown once), and what is kept of the secret."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    return secrets.token_hex(8), secret, digest_of(secret)


def digest_of(secret: str) -> bytes:
    """Return the SHA-256 of `secret`; of one we could not have made, a digest that fits nothing."""
    if not _SECRET.fullmatch(secret):
        return b""
    return hashlib.sha256(secret.encode()).digest()


def read_api_key(token: str) -> tuple[str, bytes] | None:
    """Return the id and the digest of an API key; None if `token` cannot be one."""
    found = _KEY.fullmatch(token)
    return None if found is None else (found[1], digest_of(found[2]))


def is_same(kept: bytes, shown: bytes) -> bool:
    """Return whether two digests are the same, in a time that tells nothing about them."""
    return hmac.compare_digest(kept, shown)
