"""Nodes as HTML, and HTML as nodes. Only what the table of nodes knows comes through, either way."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import nh3
from lxml import html as parser

from collab.library.nodes import BLOCKS, MARKS, Node, is_safe_url

__all__ = ["from_html", "to_html"]

_TAGS: Final[Mapping[str, str]] = {
    "paragraph": "p", "bulletList": "ul", "orderedList": "ol", "listItem": "li",
    "blockquote": "blockquote", "table": "table", "tableRow": "tr",
    "tableCell": "td", "tableHeader": "th",
}  # fmt: skip
_MARK_TAGS: Final[Mapping[str, str]] = {
    "bold": "strong", "italic": "em", "underline": "u", "strike": "s", "code": "code",
    "highlight": "mark",
}  # fmt: skip
_MARK_OF_TAG: Final[Mapping[str, str]] = {
    "strong": "bold", "b": "bold", "em": "italic", "i": "italic", "u": "underline",
    "s": "strike", "del": "strike", "strike": "strike", "code": "code", "mark": "highlight",
}  # fmt: skip
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
    "code": {"class"},
    "ul": {"data-type"},
    "li": {"data-checked"},
}
_ALLOWED: Final = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr",
    "br", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "img", "a", "div", "section",
    "article", "span", *_MARK_OF_TAG,
}  # fmt: skip
_URL_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_DEEPEST: Final = 60


def to_html(document: Node) -> str:
    """Return `document` as HTML that runs nothing: known nodes, marks, attributes and links only."""
    rendered = "".join(_render(node, 0) for node in document.get("content", ()))
    # Whatever the renderer thinks, the sanitiser has the last word.
    return _clean(rendered)


def from_html(markup: str) -> Node:
    """Return the document that `markup` describes; scripts, styles and the unknown are left out."""
    cleaned = _clean(markup)
    # One root, whatever there is: lxml would otherwise guess at a head and a body.
    body = parser.fragment_fromstring(cleaned, create_parent="div")
    return {"type": "doc", "content": _blocks(body, 0) or [{"type": "paragraph"}]}


def _clean(markup: str) -> str:
    return nh3.clean(
        markup,
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        url_schemes=_URL_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


# --- nodes to HTML ---


def _render(node: Node, depth: int) -> str:
    kind = node.get("type")
    if kind == "text":
        return _render_text(node)
    if kind == "hardBreak":
        return "<br>"
    if kind == "horizontalRule":
        return "<hr>"
    if depth > _DEEPEST:
        return ""
    attributes = _checked(node)
    if kind == "image":
        return f"<img{_attribute('src', attributes)}{_attribute('alt', attributes)}>"
    inner = "".join(_render(child, depth + 1) for child in node.get("content", ()))
    if kind == "heading":
        level = attributes.get("level", 1)
        return f"<h{level}>{inner}</h{level}>"
    if kind == "codeBlock":
        language = attributes.get("language")
        name = f' class="language-{html.escape(str(language))}"' if language else ""
        return f"<pre><code{name}>{inner}</code></pre>"
    if kind == "taskList":
        return f'<ul data-type="taskList">{inner}</ul>'
    if kind == "taskItem":
        checked = "true" if attributes.get("checked") else "false"
        return f'<li data-checked="{checked}">{inner}</li>'
    tag = _TAGS.get(str(kind))
    if tag is None:
        # A node the editor never makes: its text stays, its name does not.
        return inner
    spans = "".join(_attribute(name, attributes) for name in ("colspan", "rowspan", "start"))
    return f"<{tag}{spans}>{inner}</{tag}>"


def _render_text(node: Node) -> str:
    text = html.escape(str(node.get("text", "")), quote=False)
    for mark in node.get("marks", ()):
        kind = mark.get("type")
        if kind == "link":
            href = mark.get("attrs", {}).get("href")
            if is_safe_url(href):
                text = f'<a href="{html.escape(href)}">{text}</a>'
        elif kind in _MARK_TAGS:
            text = f"<{_MARK_TAGS[kind]}>{text}</{_MARK_TAGS[kind]}>"
    return text


def _checked(node: Node) -> dict[str, Any]:
    known = BLOCKS.get(str(node.get("type")))
    if known is None:
        return {}
    given: Mapping[str, Any] = node.get("attrs", {})
    return {
        name: given[name]
        for name, is_valid in known.attributes.items()
        if name in given and is_valid(given[name])
    }


def _attribute(name: str, attributes: Mapping[str, Any]) -> str:
    value = attributes.get(name)
    return "" if value in (None, 1) else f' {name}="{html.escape(str(value))}"'


# --- HTML to nodes ---


def _blocks(parent: Any, depth: int) -> list[Node]:
    """Return the blocks in `parent`; loose text between them becomes paragraphs."""
    blocks: list[Node] = []
    loose: list[Node] = []

    def close() -> None:
        content = _trimmed(loose)
        loose.clear()
        if content:
            blocks.append({"type": "paragraph", "content": content})

    _add_text(loose, parent.text, [])
    for child in parent:
        maker = _MAKERS.get(child.tag)
        if depth > _DEEPEST:
            _add_text(loose, child.text_content(), [])
        elif maker is not None:
            close()
            blocks.extend(maker(child, depth + 1))
        else:
            _inline(child, [], loose)
        _add_text(loose, child.tail, [])
    close()
    return blocks


def _inline(element: Any, marks: list[Node], into: list[Node]) -> None:
    """Add what is in `element`, an inline one, with the marks around it."""
    if element.tag == "br":
        into.append({"type": "hardBreak"})
        return
    here = list(marks)
    name = _MARK_OF_TAG.get(element.tag)
    if name is not None and all(mark["type"] != name for mark in here):
        here.append({"type": name})
    href = element.get("href") if element.tag == "a" else None
    if is_safe_url(href):
        here = [mark for mark in here if mark["type"] != "link"]
        here.append({"type": "link", "attrs": {"href": href}})
    _add_text(into, element.text, here)
    for child in element:
        _inline(child, here, into)
        _add_text(into, child.tail, here)


def _add_text(into: list[Node], text: str | None, marks: list[Node]) -> None:
    folded = " ".join(f"|{text}|".split())[1:-1] if text else ""
    # HTML folds white space, also across the borders of elements.
    if folded.startswith(" ") and (not into or str(into[-1].get("text", "")).endswith(" ")):
        folded = folded[1:]
    if folded:
        node: Node = {"type": "text", "text": folded}
        into.append({**node, "marks": list(marks)} if marks else node)


def _trimmed(content: Sequence[Node]) -> list[Node]:
    nodes = list(content)
    while nodes and nodes[-1].get("type") == "text" and not nodes[-1]["text"].strip():
        nodes.pop()
    if nodes and nodes[-1].get("type") == "text":
        nodes[-1] = {**nodes[-1], "text": nodes[-1]["text"].rstrip()}
    return nodes


def _phrase(element: Any) -> list[Node]:
    content: list[Node] = []
    _add_text(content, element.text, [])
    for child in element:
        _inline(child, [], content)
        _add_text(content, child.tail, [])
    return _trimmed(content)


def _with_content(node: Node, content: list[Node]) -> Node:
    return {**node, "content": content} if content else node


def _paragraph(element: Any, depth: int) -> list[Node]:
    del depth
    return [_with_content({"type": "paragraph"}, _phrase(element))]


def _heading(element: Any, depth: int) -> list[Node]:
    del depth
    attrs = {"level": int(element.tag[1])}
    return [_with_content({"type": "heading", "attrs": attrs}, _phrase(element))]


def _container(element: Any, depth: int) -> list[Node]:
    return _blocks(element, depth)


def _quote(element: Any, depth: int) -> list[Node]:
    return [{"type": "blockquote", "content": _blocks(element, depth) or [{"type": "paragraph"}]}]


def _list(element: Any, depth: int) -> list[Node]:
    is_tasks = element.get("data-type") == "taskList"
    kind = "taskList" if is_tasks else "orderedList" if element.tag == "ol" else "bulletList"
    items: list[Node] = []
    for child in element:
        if child.tag != "li":
            continue
        item: Node = {"type": "taskItem" if is_tasks else "listItem"}
        if is_tasks:
            item["attrs"] = {"checked": child.get("data-checked") == "true"}
        items.append({**item, "content": _led_by_paragraph(_blocks(child, depth))})
    node: Node = {"type": kind}
    start = element.get("start", "")
    if kind == "orderedList" and start.isascii() and start.isdigit() and len(start) < 6:
        node["attrs"] = {"start": int(start)}
    return [{**node, "content": items}] if items else []


def _led_by_paragraph(blocks: list[Node]) -> list[Node]:
    leads = bool(blocks) and blocks[0]["type"] == "paragraph"
    return blocks if leads else [{"type": "paragraph"}, *blocks]


def _code(element: Any, depth: int) -> list[Node]:
    del depth
    node: Node = {"type": "codeBlock"}
    for inner in element.iter("code"):
        name = (inner.get("class") or "").removeprefix("language-")
        if name and BLOCKS["codeBlock"].attributes["language"](name):
            node["attrs"] = {"language": name}
    text = element.text_content().removesuffix("\n")
    return [_with_content(node, [{"type": "text", "text": text}] if text else [])]


def _rule(element: Any, depth: int) -> list[Node]:
    del element, depth
    return [{"type": "horizontalRule"}]


def _table(element: Any, depth: int) -> list[Node]:
    rows: list[Node] = []
    for row in element.iter("tr"):
        cells = [_cell(cell, depth) for cell in row if cell.tag in {"td", "th"}]
        if cells:
            rows.append({"type": "tableRow", "content": cells})
    return [{"type": "table", "content": rows}] if rows else []


def _cell(element: Any, depth: int) -> Node:
    kind = "tableHeader" if element.tag == "th" else "tableCell"
    attributes: dict[str, int] = {}
    for name in ("colspan", "rowspan"):
        span = element.get(name, "")
        is_number = span.isascii() and span.isdigit() and len(span) < 4
        attributes[name] = max(1, int(span)) if is_number else 1
    content = _blocks(element, depth) or [{"type": "paragraph"}]
    return {"type": kind, "attrs": attributes, "content": content}


_MAKERS: Final[Mapping[str, Callable[[Any, int], list[Node]]]] = {
    "p": _paragraph, "h1": _heading, "h2": _heading, "h3": _heading, "h4": _heading,
    "h5": _heading, "h6": _heading, "div": _container, "section": _container,
    "article": _container, "blockquote": _quote, "ul": _list, "ol": _list, "pre": _code,
    "hr": _rule, "table": _table,
}  # fmt: skip

assert set(_MARK_TAGS) | {"link"} == set(MARKS)
