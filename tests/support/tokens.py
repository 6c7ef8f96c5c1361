"""Signed tokens for the tests of servers that ask for them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import jwt

__all__ = ["LEEWAY", "SECRET", "token"]

SECRET: Final = "a secret for tests, longer than thirty-two bytes"
"""For `COLLAB_JWT_SECRET`."""

LEEWAY: Final = 10.0
"""Seconds for which the server still believes a token after its `exp`."""


def token(
    name: str, roles: Mapping[str, str], *, seconds: float = 600, secret: str = SECRET
) -> str:
    """Sign a token about a person, with a role by document id, believed for `seconds`."""
    claims = {
        "sub": name,
        "name": name.title(),
        "roles": dict(roles),
        "exp": time.time() + seconds - LEEWAY,
    }
    return jwt.encode(claims, secret, algorithm="HS256")
