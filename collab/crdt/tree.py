"""A document's content as plain values: read from a state, or written into a new one.

The state must have passed `inspect_update`. Reading is bounded in depth and needs no schema: XML
becomes elements and runs of formatted text (y-prosemirror's encoding), everything else JSON.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from collab.crdt.replica import EngineFailure
from collab.crdt.roots import root_kinds
from collab.crdt.update import RootKind

__all__ = ["Element", "Node", "Root", "Run", "TextNode", "read_roots", "write_fragment"]

_DEEPEST: Final = 100
"""Levels of nesting that are read; what lies deeper is left out."""


@dataclass(frozen=True, slots=True)
class Run:
    """Text (or one embedded value) with the formatting attributes it has throughout."""

    value: object
    marks: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextNode:
    """Formatted text inside an element."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element: a block of the editor, its attributes and what is in it."""

    tag: str
    attributes: Mapping[str, object]
    children: tuple[Node, ...]


Node = Element | TextNode


@dataclass(frozen=True, slots=True)
class Root:
    """One root of a document; `value` is nodes (XML), runs (text) or JSON (map, array)."""

    kind: RootKind
    value: object


def read_roots(state: bytes) -> dict[str, Root]:
    """Return what every root of `state` holds, by name. Raises `InvalidUpdate`, `EngineFailure`."""
    roots = root_kinds(state)
    try:
        document: Doc[Any] = Doc()
        document.apply_update(state)
        return {name: _read_root(document, name, kind) for name, kind in roots.items()}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:
        message = "pycrdt could not read a document"
        raise EngineFailure(message) from failure


def write_fragment(nodes: Sequence[Element], *, root: str, client_id: int) -> bytes:
    """Return the update of a new document whose XML root `root` holds `nodes`."""
    document: Doc[Any] = Doc(client_id=client_id)
    fragment = document.get(root, type=XmlFragment)
    with document.transaction():
        for node in nodes:
            _write_element(fragment.children, node)
    return document.get_update()


# --- reading ---


def _read_root(document: Doc[Any], name: str, kind: RootKind) -> Root:
    if kind is RootKind.XML:
        return Root(kind, _read_children(document.get(name, type=XmlFragment), 0))
    if kind is RootKind.TEXT:
        return Root(kind, _runs(document.get(name, type=Text).diff()))
    if kind is RootKind.MAP:
        return Root(kind, _plain(document.get(name, type=Map), 0))
    if kind is RootKind.ARRAY:
        return Root(kind, _plain(document.get(name, type=Array), 0))
    return Root(kind, None)


def _read_children(parent: Any, depth: int) -> tuple[Node, ...]:
    if depth >= _DEEPEST:
        return ()
    nodes: list[Node] = []
    for child in parent.children:
        if isinstance(child, XmlText):
            nodes.append(TextNode(_runs(child.diff())))
        elif isinstance(child, XmlElement):
            attributes = {str(name): _plain(value, 0) for name, value in _pairs(child.attributes)}
            tag = child.tag or ""
            nodes.append(Element(tag, attributes, _read_children(child, depth + 1)))
    return tuple(nodes)


def _pairs(attributes: Any) -> Any:
    """Return the (name, value) pairs of an element's attributes, which pycrdt types too loosely."""
    return iter(attributes)


def _runs(delta: Sequence[tuple[Any, Mapping[str, Any] | None]]) -> tuple[Run, ...]:
    return tuple(
        Run(
            value if isinstance(value, str) else _plain(value, 0),
            {name: _plain(mark, 0) for name, mark in (marks or {}).items()},
        )
        for value, marks in delta
    )


def _plain(value: Any, depth: int) -> object:
    """Return `value` as JSON has it: whole floats as integers, bytes as base64."""
    if depth >= _DEEPEST:
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (Map, dict)):
        return {str(key): _plain(value[key], depth + 1) for key in value.keys()}  # noqa: SIM118
    if isinstance(value, (Array, list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, (Text, XmlText)):
        return "".join(run for run, _ in value.diff() if isinstance(run, str))
    if isinstance(value, (XmlFragment, XmlElement)):
        return None
    return value if isinstance(value, (str, bool, int)) else None


# --- writing ---


def _write_element(children: Any, element: Element) -> None:
    attributes = {name: _number(value) for name, value in element.attributes.items()}
    written = children.append(XmlElement(element.tag))
    for name, value in attributes.items():
        written.attributes[name] = value
    for child in element.children:
        if isinstance(child, Element):
            _write_element(written.children, child)
        else:
            _write_text(written.children.append(XmlText()), child)


def _write_text(text: Any, node: TextNode) -> None:
    text.insert(0, "".join(str(run.value) for run in node.runs))
    start = 0
    for run in node.runs:
        # pycrdt counts text in UTF-8 bytes.
        end = start + len(str(run.value).encode())
        if run.marks:
            text.format(start, end, {name: _number(mark) for name, mark in run.marks.items()})
        start = end


def _number(value: object) -> object:
    """Return `value` with integers as floats: pycrdt writes integers as BigInt, which editors lack."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, Mapping):
        return {name: _number(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_number(item) for item in value]
    return value
