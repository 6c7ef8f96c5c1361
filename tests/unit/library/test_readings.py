"""The browser reads documents as the server does: both are held to one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from collab.library.content import to_text
from collab.library.markup import to_html

_ROOT: Final = Path(__file__).resolve().parents[3]
_TABLE: Final = _ROOT / "web" / "packages" / "editor" / "test" / "readings.json"
_READINGS: Final[list[dict[str, Any]]] = json.loads(_TABLE.read_text("utf-8"))


@pytest.mark.parametrize("reading", _READINGS, ids=[one["name"] for one in _READINGS])
def test_server_says_what_the_table_says(reading: dict[str, Any]) -> None:
    """`reading.test.ts` asks the same of the browser."""
    assert reading["text"] == to_text(reading["document"])
    assert reading["html"] == to_html(reading["document"])
