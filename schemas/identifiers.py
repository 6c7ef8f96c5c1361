"""What names documents on the wire."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import StringConstraints

__all__ = ["DOCUMENT_ID_PATTERN", "DOCUMENT_ID_RULE", "DocumentId", "is_document_id"]

DOCUMENT_ID_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}"
DOCUMENT_ID_RULE: Final = (
    "A document id has up to 128 letters, digits and . _ ~ - and starts with a letter or digit."
)
"""What people are told about an id that cannot be one."""
_DOCUMENT_ID: Final = re.compile(DOCUMENT_ID_PATTERN)

DocumentId = Annotated[str, StringConstraints(pattern=f"^{DOCUMENT_ID_PATTERN}$")]


def is_document_id(text: str) -> bool:
    """Return whether `text` may name a document."""
    return _DOCUMENT_ID.fullmatch(text) is not None
