"""The one table of what a rich document may hold: nodes, marks and their attributes.

A node is ProseMirror's JSON: `{type, attrs?, content?}`, text is `{type: "text", text, marks?}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["BLOCKS", "INLINE", "MARKS", "Node", "NodeType", "is_safe_url"]

Node = dict[str, Any]

_SAFE_URL: Final = re.compile(
    r"(?:https?://|mailto:|tel:|/(?!/)|#)[^\x00-\x20\x7f]*", re.IGNORECASE
)
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")
_ALIGNMENTS: Final = {"left", "center", "right", "justify"}


def is_safe_url(value: object) -> bool:
    """Return whether `value` is a link that runs nothing: http(s), mail, telephone, or a path."""
    return isinstance(value, str) and len(value) <= 2048 and _SAFE_URL.fullmatch(value) is not None


def _is_level(value: object) -> bool:
    return type(value) is int and 1 <= value <= 6


def _is_span(value: object) -> bool:
    return type(value) is int and 1 <= value <= 1000


def _is_widths(value: object) -> bool:
    return value is None or (
        isinstance(value, list) and len(value) <= 100 and all(_is_pixels(width) for width in value)
    )


def _is_pixels(value: object) -> bool:
    return type(value) is int and 0 <= value <= 10_000


def _is_start(value: object) -> bool:
    return type(value) is int and 0 <= value <= 1_000_000


def _is_language(value: object) -> bool:
    return value is None or (isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None)


def _is_alignment(value: object) -> bool:
    return value is None or (isinstance(value, str) and value in _ALIGNMENTS)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 2_000)


def _is_colour(value: object) -> bool:
    return value is None or (
        isinstance(value, str)
        and re.fullmatch(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,20}", value) is not None
    )


Check = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node: its attributes' checks and which kinds may stand in it (none: a leaf)."""

    attributes: Mapping[str, Check] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()


INLINE: Final = frozenset({"text", "hardBreak"})
_FLOW: Final = frozenset(
    {
        "paragraph", "heading", "bulletList", "orderedList", "taskList", "blockquote",
        "codeBlock", "horizontalRule", "table", "image",
    }
)  # fmt: skip
_CELL: Final[Mapping[str, Check]] = {
    "colspan": _is_span,
    "rowspan": _is_span,
    "colwidth": _is_widths,
    "align": _is_alignment,
}
_ALIGNED: Final[Mapping[str, Check]] = {"textAlign": _is_alignment}

BLOCKS: Final[Mapping[str, NodeType]] = {
    "doc": NodeType(holds=_FLOW),
    "paragraph": NodeType(_ALIGNED, INLINE),
    "heading": NodeType({"level": _is_level, **_ALIGNED}, INLINE),
    "bulletList": NodeType(holds=frozenset({"listItem"})),
    "orderedList": NodeType({"start": _is_start, "type": _is_text}, frozenset({"listItem"})),
    "listItem": NodeType(holds=_FLOW),
    "taskList": NodeType(holds=frozenset({"taskItem"})),
    "taskItem": NodeType({"checked": _is_flag}, _FLOW),
    "blockquote": NodeType(holds=_FLOW),
    "codeBlock": NodeType({"language": _is_language}, frozenset({"text"})),
    "horizontalRule": NodeType(),
    "hardBreak": NodeType(),
    "table": NodeType(holds=frozenset({"tableRow"})),
    "tableRow": NodeType(holds=frozenset({"tableCell", "tableHeader"})),
    "tableCell": NodeType(_CELL, _FLOW),
    "tableHeader": NodeType(_CELL, _FLOW),
    "image": NodeType({"src": is_safe_url, "alt": _is_text, "title": _is_text}),
}

MARKS: Final[Mapping[str, Mapping[str, Check]]] = {
    "bold": {},
    "italic": {},
    "underline": {},
    "strike": {},
    "code": {},
    "highlight": {"color": _is_colour},
    "link": {
        "href": is_safe_url,
        "target": _is_text,
        "rel": _is_text,
        "class": _is_text,
        "title": _is_text,
    },
}
