"""Bounds that several parts of the store rely on."""

from __future__ import annotations

from typing import Final

__all__ = ["MERGED_AT_MOST"]

MERGED_AT_MOST: Final = 5_000
"""How many rows may be replaced at once: so no row reaches further over moments than that."""
