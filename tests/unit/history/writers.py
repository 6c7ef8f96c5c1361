"""People who write one after the other in one document, and the log of what they did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pycrdt import Doc, Map, Text, XmlElement, XmlFragment, XmlText

from collab.crdt.compaction import compact
from collab.crdt.update import inspect_update
from collab.history.attribution import Attribution, authors_of
from collab.history.records import Author, LogRow

__all__ = ["Writers", "said"]

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Writers:
    """A log, and a replica for each writer; everyone has heard everything before they write."""

    def __init__(self) -> None:
        self.rows: list[LogRow] = []
        self._docs: dict[str, Doc[Any]] = {}
        self._made: list[bytes] = []
        self._subscriptions: list[object] = []

    def doc(self, name: str) -> Doc[Any]:
        """Return the replica of `name`, which has heard everything."""
        if name not in self._docs:
            made: Doc[Any] = Doc(client_id=len(self._docs) + 1)
            self._docs[name] = made
            self._subscriptions.append(made.observe(lambda event: self._made.append(event.update)))
        doc = self._docs[name]
        for row in self.rows:
            doc.apply_update(row.update)
        self._made.clear()
        return doc

    def log(self, name: str) -> None:
        """Append what `name` has just done, as one row."""
        for update in self._made:
            number = len(self.rows) + 1
            at = BEGINNING + timedelta(seconds=number)
            self.rows.append(LogRow(number, number, Author(name, name.title()), at, update))
        self._made.clear()

    def type(self, name: str, words: str, at: int | None = None) -> None:
        """Have `name` insert `words` into the text root, at the end unless told."""
        text = self.doc(name).get("text", type=Text)
        text.insert(len(str(text).encode()) if at is None else at, words)
        self.log(name)

    def delete(self, name: str, start: int, end: int) -> None:
        """Have `name` delete from the text root."""
        del self.doc(name).get("text", type=Text)[start:end]
        self.log(name)

    def paragraph(self, name: str, words: str, kind: str = "paragraph", **attributes: str) -> None:
        """Have `name` append a block to the editor's root."""
        doc = self.doc(name)
        fragment = doc.get("default", type=XmlFragment)
        with doc.transaction():
            element = fragment.children.append(XmlElement(kind, attributes))
            element.children.append(XmlText(words))
        self.log(name)

    def go_on(self, name: str, block: int, words: str) -> None:
        """Have `name` type at the end of a block."""
        text: Any = self.doc(name).get("default", type=XmlFragment).children[block].children[0]
        text.insert(len(str(text).encode()), words)
        self.log(name)

    def remove_block(self, name: str, block: int) -> None:
        """Have `name` delete a block."""
        del self.doc(name).get("default", type=XmlFragment).children[block]
        self.log(name)

    def append(self, name: str, update: bytes) -> None:
        """Append an update that `name` did not type."""
        self._made.append(update)
        self.log(name)

    def put(self, name: str, key: str, value: object) -> None:
        """Have `name` set a key of the map root."""
        self.doc(name).get("map", type=Map)[key] = value
        self.log(name)

    @property
    def state(self) -> bytes:
        """The whole document, compacted."""
        return compact([row.update for row in self.rows])

    @property
    def written(self) -> Attribution:
        """Who wrote what."""
        owners: dict[int, list[tuple[int, Author]]] = {}
        for row in self.rows:
            for client in inspect_update(row.update).clocks:
                owners.setdefault(client, [(0, row.author)])
        return authors_of(owners)


def said(*updates: bytes) -> tuple[str, str, dict[str, Any]]:
    """Return the text, the editor's blocks and the map of a document."""
    doc: Doc[Any] = Doc()
    for update in updates:
        doc.apply_update(update)
    blocks = str(doc.get("default", type=XmlFragment))
    return str(doc.get("text", type=Text)), blocks, dict(doc.get("map", type=Map).to_py() or {})
