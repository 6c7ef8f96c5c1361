"""How `collab import` tells what it does: a line for each document, then what it came to."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from collab.config import Settings
from collab.errors import InvalidRequest
from collab.importing.detection import open_source
from collab.importing.foreign import Kind, Source, UnreadableStore
from collab.importing.naming import Naming, legible
from collab.maintenance import Imported

__all__ = ["ImportLines"]

_SECONDS_BETWEEN: Final = 2.0
"""Between two words about a document that takes long."""


class ImportLines:
    """An `ImportReport` on the terminal: what was done on standard output, what was not on the other."""

    def __init__(self, *, is_dry: bool) -> None:
        self._is_dry = is_dry
        self._documents = self._updates = self._size = self._refused = 0
        self._told_at = time.monotonic()

    def opened(
        self, paths: Sequence[Path], kind: Kind | None, settings: Settings, *, only: str | None
    ) -> list[Source]:
        """Return the stores at `paths`; those that cannot be opened are told of.

        Raises `InvalidRequest` when all is to become the document `only` and may be several.
        """
        found: list[Source] = []
        for path in paths:
            try:
                found.append(open_source(path, kind, settings.document_bytes))
            except UnreadableStore as error:
                self.refused(str(path), str(error))
        is_one = len(paths) == 1 and not paths[0].is_dir()
        if only is not None and not (
            is_one and all(source.kind in (Kind.YJS, Kind.YSTORE_FILE) for source in found)
        ):
            message = "--as names the document of one file; for what is in a store, use --rename."
            raise InvalidRequest(message)
        named = set(map(_place, paths))
        for source in found:
            for entry, why in source.left_out:
                if _place(entry) not in named:
                    self.refused(str(entry), why)
        return found

    def imported(self, document: Imported) -> None:
        """Tell of a document that was taken in."""
        self._documents += 1
        self._updates += document.updates
        self._size += document.size
        self._told_at = time.monotonic()
        notes = [] if document.is_news else ["nothing new"]
        if document.waiting:
            notes.append(f"{_count(document.waiting, 'update')} waiting for missing ones")
        note = f" ({', '.join(notes)})" if notes else ""
        what = f"{_count(document.updates, 'update')}, {document.size} bytes"
        click.echo(f"{document.document}: {what}{note}")

    def refused(self, name: str, why: str) -> None:
        """Tell of what was not taken in, and why."""
        self._refused += 1
        shown = legible(name)
        # Sentences about files name them already.
        click.echo(why if why.startswith(name) else f"{shown}: {why}", err=True)

    def progress(self, document: str, done: int, pieces: int) -> None:
        """Tell now and then how far a large document is."""
        if done == 0:
            # What was waited for before the document's first part is not the document's time.
            self._told_at = time.monotonic()
        if time.monotonic() - self._told_at < _SECONDS_BETWEEN:
            return
        self._told_at = time.monotonic()
        click.echo(f"… {document}: {done} of {pieces} parts", err=True)

    def told_all(self, naming: Naming) -> bool:
        """Tell what it came to; return whether everything was taken in."""
        for name in naming.unused():
            self.refused(name, "There is no such document; look at its name in --rename.")
        done = "Would import" if self._is_dry else "Imported"
        what = f"{_count(self._documents, 'document')}, {_count(self._updates, 'update')}"
        left = f"; {self._refused} not imported" if self._refused else ""
        click.echo(f"{done} {what}, {self._size} bytes{left}.")
        return not self._refused


def _place(path: Path) -> str:
    # Links stay as they are: what one leads to is another thing to name.
    return os.path.abspath(path)  # noqa: PTH100


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
