"""Signing tokens over plain HTTP, for hosts without a library for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from collab.access.roles import role_of
from collab.access.signing import TokenRequest
from collab.api.documents import answer
from collab.api.requests import actor, body, caller
from collab.api.services import SERVICES
from collab.errors import Conflict, Forbidden, InvalidRequest
from collab.sharing.records import Deed
from schemas.sharing import SignToken, TokenOut

__all__ = ["sign_token"]


async def sign_token(request: web.Request) -> web.Response:
    """Sign a token for a person; only programs with an API key may ask for one."""
    if not caller(request).is_service:
        message = "Tokens are signed for who has an API key; make one with collab key create."
        raise Forbidden(message)
    services, asked = request.app[SERVICES], await body(request, SignToken)
    signer = services.signer
    if signer is None:
        raise Conflict(_why_not(asks_for_tokens=services.rights.asks_for_tokens))
    issued_at = datetime.now(UTC).replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=asked.expires_in)
    try:
        wanted = TokenRequest(
            subject=asked.sub,
            roles={pattern: role_of(role) for pattern, role in asked.roles.items()},
            name=asked.name,
            color=asked.color,
            audience=signer.audience,
            issuer=signer.issuer,
        )
    except ValueError as error:
        message = f"No token: {error}."
        raise InvalidRequest(message) from None
    token = signer.key.sign(wanted, issued_at=issued_at, expires_at=expires_at)
    said = {"sub": asked.sub, "roles": asked.roles, "expiresAt": expires_at.isoformat()}
    await services.sharing.audit.note(actor(request), Deed.TOKEN_SIGNED, said)
    return answer(TokenOut(token=token, expires_at=expires_at), status=201)


def _why_not(*, asks_for_tokens: bool) -> str:
    if not asks_for_tokens:
        return "This server asks nobody for a token; set COLLAB_JWT_SECRET to have it do so."
    return (
        "This server only has a public key to check tokens with; sign them where the private key"
        " is, with a JWT library or collab token --private-key FILE."
    )
