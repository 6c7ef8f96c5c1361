"""Who did something that is worth remembering, and from where."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPERATOR", "Actor"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes rights or documents, as the audit log names them."""

    id: str
    name: str
    address: str
    """The network address the wish came from; empty for the command line."""


OPERATOR = Actor("operator", "operator", "")
"""Whoever has the command line has the whole database."""
