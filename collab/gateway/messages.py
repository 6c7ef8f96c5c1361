"""What Socket.IO clients say and are answered, checked and put into words the same way everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from collab.access.gate import Credentials
from collab.errors import CollabError, ErrorCode, InvalidRequest
from schemas.realtime import ConnectAuth

__all__ = ["about", "credentials", "refusal", "validated"]

Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], payload: object) -> Model:
    """Return `payload` as `model`. Raises `InvalidRequest`, naming the first field that is wrong."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        message = f"{where}: {first['msg']}."
        raise InvalidRequest(message) from None


def credentials(auth: object) -> Credentials:
    """Return what the `auth` object of a connection says. Raises `InvalidRequest`."""
    said = validated(ConnectAuth, {} if auth is None else auth)
    return Credentials(said.token, said.id, said.name, said.color, said.link)


def about(error: CollabError) -> Mapping[str, str]:
    """Return an error as clients are told it."""
    return {"code": ErrorCode(error.code).value, "message": str(error)}


def refusal(error: CollabError) -> Mapping[str, object]:
    """Return the ack of an event that was refused."""
    return {"ok": False, "error": about(error)}
