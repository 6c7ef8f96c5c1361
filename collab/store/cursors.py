"""Cursors: where a page ended, as an opaque word that fetches the next one."""

from __future__ import annotations

import base64
import json
from typing import Final

from collab.errors import InvalidRequest

__all__ = ["invalid_cursor", "read_cursor", "write_cursor"]

_BIGINT_BITS: Final = 63


def write_cursor(*numbers: int) -> str:
    """Return the cursor that says `numbers`."""
    return base64.urlsafe_b64encode(json.dumps(numbers).encode()).decode()


def read_cursor(cursor: str, count: int) -> tuple[int, ...]:
    """Return the `count` numbers a cursor says, each a `bigint`. Raises `InvalidRequest`."""
    try:
        numbers = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        raise invalid_cursor() from None
    if not isinstance(numbers, list) or len(numbers) != count:
        raise invalid_cursor()
    if any(type(number) is not int or number.bit_length() > _BIGINT_BITS for number in numbers):
        raise invalid_cursor()
    return tuple(numbers)


def invalid_cursor() -> InvalidRequest:
    """Return the error for a cursor that says nothing we could have said."""
    message = "The cursor is not one this server gave out; start again without it."
    return InvalidRequest(message)
