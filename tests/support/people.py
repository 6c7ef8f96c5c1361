"""People with real CRDT documents, in the same process: they type, and their updates come out."""

from __future__ import annotations

from typing import Any

from pycrdt import Doc, Text, XmlElement, XmlFragment, XmlText

from collab.access.gate import Grant, Principal
from collab.access.roles import Role

__all__ = ["Person", "grant"]


class Person:
    """Somebody with a replica of their own (root text `text`); `updates` are what they made."""

    def __init__(self, client_id: int = 0) -> None:
        self.doc: Doc[Any] = Doc(client_id=client_id) if client_id else Doc()
        self.text = self.doc.get("text", type=Text)
        self.updates: list[bytes] = []
        self._hearing = False
        self._subscription = self.doc.observe(self._on_update)

    def _on_update(self, event: object) -> None:
        update = getattr(event, "update", b"")
        if not self._hearing and update != b"\x00\x00":
            self.updates.append(update)

    def type(self, words: str, at: int | None = None) -> bytes:
        """Insert `words` (at the end unless told) and return the update it makes."""
        position = len(str(self.text)) if at is None else at
        self.text.insert(position, words)
        return self.updates[-1]

    def bold(self, start: int, end: int) -> bytes:
        """Make characters bold and return the update it makes."""
        self.text.format(start, end, {"bold": True})
        return self.updates[-1]

    def delete(self, start: int, end: int) -> bytes:
        """Delete characters and return the update it makes."""
        del self.text[start:end]
        return self.updates[-1]

    @property
    def editor_text(self) -> str:
        """What the editor's root says, as XML."""
        return str(self._editor)

    def add_paragraph(self, words: str) -> bytes:
        """Append a paragraph to the editor's root and return the update it makes."""
        with self.doc.transaction():
            children: Any = self._editor.children
            paragraph = children.append(XmlElement("paragraph"))
            paragraph.children.append(XmlText(words))
        return self.updates[-1]

    def type_into_paragraph(self, number: int, words: str) -> bytes:
        """Type at the end of a paragraph of the editor's root and return the update it makes."""
        children: Any = self._editor.children
        text = children[number].children[0]
        text.insert(len(str(text)), words)
        return self.updates[-1]

    def hear(self, update: bytes) -> None:
        """Merge what somebody else did."""
        self._hearing = True
        try:
            self.doc.apply_update(update)
        finally:
            self._hearing = False

    @property
    def _editor(self) -> XmlFragment:
        root: XmlFragment = self.doc.get("default", type=XmlFragment)
        return root

    @property
    def state(self) -> bytes:
        """The whole document as one update."""
        return self.doc.get_update()

    @property
    def vector(self) -> bytes:
        """The encoded state vector."""
        return self.doc.get_state()

    def __str__(self) -> str:
        return str(self.text)


def grant(name: str = "ann", role: Role = Role.EDITOR, document: str = "d") -> Grant:
    """Return a grant as the gate would make it."""
    return Grant(Principal(id=name, name=name.title(), color="#123456"), document, role)
