"""What the server promises to say over Socket.IO, and whether what it said is that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas.events import ANSWERS, CONNECTION_EVENTS, DOCUMENT_EVENTS, ErrorOut

__all__ = ["broken_by_answer", "broken_by_event"]

_EVENTS = {**DOCUMENT_EVENTS, **CONNECTION_EVENTS}


def broken_by_event(event: str, payload: object) -> str | None:
    """Return which promise an event of the server breaks; None if it keeps them."""
    model = _EVENTS.get(event)
    if model is None:
        return f"{event} is promised nowhere"
    return _broken(event, model.model_validate, payload)


def broken_by_answer(event: str, answer: Mapping[str, Any]) -> str | None:
    """Return which promise the acknowledgement of a client's `event` breaks; None if it keeps them."""
    if answer.get("ok") is not True:
        return _broken(f"{event} refused", ErrorOut.model_validate, answer.get("error"))
    # Unknown events are refused.
    rest = {name: value for name, value in answer.items() if name != "ok"}
    return _broken(f"{event} accepted", ANSWERS[event].model_validate, rest)


def _broken(what: str, validate: Any, said: object) -> str | None:
    try:
        validate(said)
    except ValidationError as error:
        return f"{what}: {error}"
    return None
