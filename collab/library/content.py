"""What a state says, as text, JSON or HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from collab.crdt.replica import EngineFailure
from collab.crdt.tree import Element, Root, Run, TextNode, read_roots
from collab.crdt.tree import Node as TreeNode
from collab.crdt.update import RootKind
from collab.errors import NotFound, Unavailable
from collab.library.markup import to_html
from collab.library.nodes import Node

__all__ = ["EDITOR_ROOT", "ContentFormat", "read_content", "to_text"]

EDITOR_ROOT: Final = "default"
"""The root the editor writes in: the default field of Tiptap's collaboration."""

_LINES: Final = {"paragraph", "heading", "codeBlock", "horizontalRule", "image", "tableRow"}


class ContentFormat(StrEnum):
    """The formats a document can be read in."""

    JSON = "json"
    HTML = "html"
    TEXT = "text"
    YJS = "yjs"


def read_content(state: bytes, wanted: ContentFormat, root: str | None = None) -> object:
    """Return what `state` says: a string for text and HTML, JSON values for JSON.

    Read is `root`; unless given, the editor's, or else the first XML, or text root there is. As JSON,
    XML is a ProseMirror document, text its string, and a document without either all its
    roots by name. Raises `NotFound` when `root` is not there.
    """
    try:
        roots = read_roots(state)
    except EngineFailure as failure:
        message = "This document cannot be read at the moment; its edits are safe."
        raise Unavailable(message) from failure
    chosen = _choose(roots, root)
    if chosen is None:
        return _rest(roots) if wanted is ContentFormat.JSON else ""
    if wanted is ContentFormat.JSON:
        return _value(chosen)
    if chosen.kind is RootKind.XML:
        document = _document(chosen)
        return to_html(document) if wanted is ContentFormat.HTML else to_text(document)
    text = _string(chosen)
    if wanted is ContentFormat.TEXT:
        return text
    lines = [_paragraph(line) for line in text.split("\n")]
    return to_html({"type": "doc", "content": lines})


def to_text(node: Node) -> str:
    """Return the plain text of a ProseMirror node: a line a block, cells set apart by tabs."""
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    content: Sequence[Node] = node.get("content", ())
    if kind == "tableRow":
        return "\t".join(to_text(cell).replace("\n", " ") for cell in content)
    if kind in _LINES:
        return "".join(to_text(child) for child in content)
    return "\n".join(to_text(child) for child in content)


# --- private ---


def _choose(roots: Mapping[str, Root], root: str | None) -> Root | None:
    if root is not None:
        if root not in roots:
            message = f"This document has no root {root[:64]!r}."
            raise NotFound(message)
        return roots[root]
    by_default = roots.get(EDITOR_ROOT)
    if by_default is not None and by_default.kind in {RootKind.XML, RootKind.TEXT}:
        return by_default
    for kind in (RootKind.XML, RootKind.TEXT):
        for found in roots.values():
            if found.kind is kind:
                return found
    return None


def _rest(roots: Mapping[str, Root]) -> Node:
    if not roots:
        return {"type": "doc", "content": []}
    return {"roots": {name: _value(root) for name, root in roots.items()}}


def _value(root: Root) -> object:
    if root.kind is RootKind.XML:
        return _document(root)
    return _string(root) if root.kind is RootKind.TEXT else root.value


def _string(root: Root) -> str:
    runs = root.value
    if root.kind is not RootKind.TEXT or not isinstance(runs, tuple):
        return ""
    return "".join(run.value for run in runs if isinstance(run.value, str))


def _document(root: Root) -> Node:
    nodes: Any = root.value
    return {"type": "doc", "content": _nodes(nodes)}


def _nodes(children: Sequence[TreeNode]) -> list[Node]:
    nodes: list[Node] = []
    for child in children:
        if isinstance(child, TextNode):
            nodes += [_text(run) for run in child.runs if isinstance(run.value, str) and run.value]
        else:
            nodes.append(_element(child))
    return nodes


def _element(element: Element) -> Node:
    node: Node = {"type": element.tag}
    attributes = {name: value for name, value in element.attributes.items() if value is not None}
    if attributes:
        node["attrs"] = attributes
    if element.children:
        node["content"] = _nodes(element.children)
    return node


def _text(run: Run) -> Node:
    node: Node = {"type": "text", "text": run.value}
    marks = [_mark(name, value) for name, value in sorted(run.marks.items()) if value is not None]
    if marks:
        node["marks"] = marks
    return node


def _mark(name: str, value: object) -> Node:
    # y-prosemirror stores marks that may overlap themselves under "name--hash".
    mark: Node = {"type": name.split("--", 1)[0]}
    if isinstance(value, dict) and value:
        mark["attrs"] = {key: item for key, item in value.items() if item is not None}
    return mark


def _paragraph(line: str) -> Node:
    content = [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}
