"""What foreign documents are called here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from collab.errors import InvalidRequest
from collab.importing.foreign import UnreadableStore
from schemas.identifiers import DOCUMENT_ID_RULE, is_document_id

__all__ = ["Naming", "legible"]

_LONGEST_SHOWN: Final = 200


class Naming:
    """Gives foreign names their ids: those asked for, else their own."""

    def __init__(self, renames: Mapping[str, str], only: str | None = None) -> None:
        self._renames = renames
        self._only = only
        self._used: set[str] = set()
        self._given: dict[str, str] = {}
        """Ids, and whose they are: two documents are not made one because of a name."""

    @classmethod
    def of(cls, renames: Iterable[str], only: str | None) -> Naming:
        """Return the naming of `FROM=TO` texts, or of `only` for the one document there is.

        Raises `InvalidRequest` when one of them cannot be used.
        """
        asked: dict[str, str] = {}
        for rename in renames:
            # An id has no "=", a foreign name may.
            name, mark, document = rename.rpartition("=")
            if not mark or not name:
                message = f"--rename {legible(rename)}: write it as FROM=TO."
                raise InvalidRequest(message)
            asked[name] = document
        for document in (*asked.values(), *(() if only is None else (only,))):
            if not is_document_id(document):
                message = f"{legible(document)} cannot be an id. {DOCUMENT_ID_RULE}"
                raise InvalidRequest(message)
        return cls(asked, only)

    def document_for(self, name: str) -> str:
        """Return the id of the document that another server calls `name`.

        Raises `UnreadableStore` when the name cannot be one and nothing else was asked for, or when
        a document with another name has that id already.
        """
        document = self._asked(name)
        if not is_document_id(document):
            message = f"Its name cannot be an id; give it one with --rename. {DOCUMENT_ID_RULE}"
            raise UnreadableStore(message)
        owner = self._given.setdefault(document, name)
        if owner != name:
            message = (
                f"The id {document} is given to {legible(owner)} already; give this one another"
                " with --rename."
            )
            raise UnreadableStore(message)
        return document

    def _asked(self, name: str) -> str:
        if name in self._renames:
            self._used.add(name)
            return self._renames[name]
        return name if self._only is None else self._only

    def unused(self) -> list[str]:
        """Return the names that were to be renamed and never came."""
        return [name for name in self._renames if name not in self._used]


def legible(name: str) -> str:
    """Return `name` fit for one line of a terminal."""
    shown = name if name.isprintable() else name.encode("unicode_escape").decode()
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
