"""What PostgreSQL can keep as text."""

from __future__ import annotations

import re
from typing import Final

from collab.errors import InvalidRequest

__all__ = ["refuse_unstorable"]

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What JSON can write and PostgreSQL's UTF-8 cannot."""


def refuse_unstorable(*texts: str) -> None:
    """Return if all of `texts` can be stored. Raises `InvalidRequest`."""
    if any(_UNSTORABLE.search(text) for text in texts):
        message = "Text may not hold the character NUL or half of a surrogate pair."
        raise InvalidRequest(message)
