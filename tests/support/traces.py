"""The real editing histories of `tests/traces`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Final

__all__ = ["TRACES", "end_content"]

_FOLDER: Final = Path(__file__).resolve().parents[1] / "traces"
TRACES: Final = {
    name: _FOLDER / f"{name}.json.gz" for name in ("automerge-paper", "friendsforever")
}


def end_content(name: str) -> str:
    """Return the text the history ends with."""
    with gzip.open(TRACES[name]) as file:
        text: str = json.load(file)["endContent"]
    return text
