"""The first content of a new document: text, HTML or ProseMirror JSON as one Yjs update."""

from __future__ import annotations

from typing import Any, Final

from collab.crdt.tree import Element, Run, TextNode, write_fragment
from collab.errors import InvalidRequest
from collab.library.content import EDITOR_ROOT
from collab.library.markup import from_html
from collab.library.nodes import BLOCKS, MARKS, Node

__all__ = ["seed_from"]

_DEEPEST: Final = 60
_MOST_NODES: Final = 200_000
_EMPTY_UPDATE: Final = b"\x00\x00"


def seed_from(content_format: str, value: object, *, client_id: int) -> bytes:
    """Return the update that makes an empty document say `value`; `client_id` is its author's.

    `content_format` is `text` (a paragraph a line), `html` or `json` (a ProseMirror document).
    Raises `InvalidRequest` naming what is wrong with the value and where.
    """
    if content_format == "json":
        document = _validated(value)
    elif not isinstance(value, str):
        message = f"content.value: for the format {content_format} it must be a string."
        raise InvalidRequest(message)
    elif content_format == "html":
        document = from_html(value)
    else:
        document = _of_text(value)
    blocks = [_element(node) for node in document.get("content", ())]
    if not blocks:
        return _EMPTY_UPDATE
    return write_fragment(blocks, root=EDITOR_ROOT, client_id=client_id)


def _of_text(text: str) -> Node:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    paragraphs: list[Node] = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        if line
        else {"type": "paragraph"}
        for line in lines
    ]
    return {"type": "doc", "content": paragraphs}


# --- checking JSON ---


def _validated(value: object) -> Node:
    if not isinstance(value, dict) or value.get("type") != "doc":
        message = 'content.value: expected a ProseMirror document, {"type": "doc", "content": […]}.'
        raise InvalidRequest(message)
    waiting: list[tuple[Any, str, int]] = [(value, "content.value", 0)]
    seen = 0
    while waiting:
        node, where, depth = waiting.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST_NODES:
            message = f"{where}: the document is nested too deeply or has too many nodes."
            raise InvalidRequest(message)
        if node["type"] == "text":
            _check_text(node, where)
            continue
        _check_attributes(node, BLOCKS[node["type"]].attributes, where)
        for index, child in enumerate(_content(node, where)):
            place = f"{where}.content.{index}"
            allowed = BLOCKS[node["type"]].holds
            kind = child.get("type") if isinstance(child, dict) else None
            if not isinstance(kind, str) or kind not in allowed:
                message = f"{place}: a {node['type']} cannot hold {kind!r}."
                raise InvalidRequest(message)
            waiting.append((child, place, depth + 1))
    return value


def _content(node: Node, where: str) -> list[Any]:
    content = node.get("content", [])
    if not isinstance(content, list):
        message = f"{where}.content: expected a list of nodes."
        raise InvalidRequest(message)
    return content


def _check_attributes(node: Node, known: Any, where: str) -> None:
    attributes = node.get("attrs") or {}
    if not isinstance(attributes, dict):
        message = f"{where}.attrs: expected an object."
        raise InvalidRequest(message)
    for name, given in attributes.items():
        is_valid = known.get(name)
        if is_valid is None or not (given is None or is_valid(given)):
            message = f"{where}.attrs.{str(name)[:40]}: not an attribute a {node['type']} can have."
            raise InvalidRequest(message)


def _check_text(node: Node, where: str) -> None:
    text = node.get("text")
    if not isinstance(text, str) or not text:
        message = f"{where}.text: expected a string that is not empty."
        raise InvalidRequest(message)
    marks = node.get("marks", [])
    if not isinstance(marks, list):
        message = f"{where}.marks: expected a list."
        raise InvalidRequest(message)
    for index, mark in enumerate(marks):
        kind = mark.get("type") if isinstance(mark, dict) else None
        if not isinstance(kind, str) or kind not in MARKS:
            message = f"{where}.marks.{index}: there is no mark {kind!r}."
            raise InvalidRequest(message)
        _check_attributes(mark, MARKS[kind], f"{where}.marks.{index}")


# --- nodes to the tree ---


def _element(node: Node) -> Element:
    attributes = {k: v for k, v in (node.get("attrs") or {}).items() if v is not None}
    children: list[Element | TextNode] = []
    runs: list[Run] = []
    for child in node.get("content", ()):
        if child["type"] == "text":
            runs.append(Run(child["text"], _marks(child)))
            continue
        if runs:
            children.append(TextNode(tuple(runs)))
            runs = []
        children.append(_element(child))
    if runs:
        children.append(TextNode(tuple(runs)))
    return Element(node["type"], attributes, tuple(children))


def _marks(node: Node) -> dict[str, object]:
    return {mark["type"]: dict(mark.get("attrs") or {}) for mark in node.get("marks", ())}
