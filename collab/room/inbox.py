"""A room's inbox: where updates wait whose check is too long a piece of work for the event loop.

Whatever arrives behind one waits its turn, so that order is kept. While they wait rights may change:
what a letter's sender may do is looked at when it is taken in.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from collab.access.gate import Grant
from collab.counts import Counts
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import CollabError, Overloaded
from collab.limits import Limits
from collab.room.records import Claim

__all__ = ["Committed", "Inbox", "Judge", "Letter"]

_log = logging.getLogger(__name__)

_INTERNAL: Final = "Something went wrong on the server; try again."

Committed = Callable[["int | CollabError"], None]
"""Called once: with the update's sequence number after commit, or with why it will never commit."""
Judge = Callable[[Grant], "Grant | CollabError"]
"""Says what a grant is now: itself where nothing changed, another one, or why there is none."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One update on its way in."""

    grant: Grant
    sender: str | None
    update: bytes
    committed: Committed
    inherited: Sequence[Claim] = ()
    refused: CollabError | None = None
    """Why it will not be taken in: its sender was put out while it waited."""

    def judged(self, judge: Judge) -> Letter:
        """Return the letter as its sender's rights are now."""
        verdict = judge(self.grant)
        if isinstance(verdict, CollabError):
            return replace(self, refused=verdict)
        return replace(self, grant=verdict)


TakeIn = Callable[[Letter, UpdateInfo], None]


class Inbox:
    """The letters of one room that wait.

    It knows its room only while one does: a lasting reference would make a circle of the two, and a
    document's replica must be let go of on the thread it belongs to, not by a collector on any.
    """

    def __init__(self, limits: Limits, counts: Counts) -> None:
        self._limits = limits
        self._counts = counts
        self._letters: deque[Letter] = deque()
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits or is being checked."""
        return self._reader is None

    def put(self, letter: Letter, take_in: TakeIn) -> None:
        """Have `letter` wait its turn; `take_in`, the same for all, is called with it once checked.

        Raises `Overloaded` when too much waits already.
        """
        waiting = sum(len(waiting.update) for waiting in self._letters)
        if waiting + len(letter.update) > 2 * self._limits.document_bytes:
            message = "Large updates are being checked; keep your edits and send them again."
            raise Overloaded(message)
        self._letters.append(letter)
        if self._reader is None:
            self._reader = asyncio.get_running_loop().create_task(self._read(take_in))

    def regrant(self, connection: str, grant: Grant) -> None:
        """Let what `connection` sent go on with another grant."""
        for place, letter in enumerate(self._letters):
            if letter.sender == connection:
                self._letters[place] = replace(letter, grant=grant)

    def reconsider(self, judge: Judge) -> None:
        """Have `judge` say anew what the senders of all that waits may do."""
        for place, letter in enumerate(self._letters):
            self._letters[place] = letter.judged(judge)

    async def read(self) -> None:
        """Return once nothing waits."""
        if self._reader is not None:
            await asyncio.wait([self._reader])

    async def _read(self, take_in: TakeIn) -> None:
        letters, depth = self._letters, self._limits.value_depth
        try:
            while letters:
                update, committed = letters[0].update, letters[0].committed
                try:
                    info = await asyncio.to_thread(inspect_update, update, value_depth=depth)
                    # Only now: its sender's rights may have changed during the check.
                    letter = letters[0]
                    if letter.refused is not None:
                        raise letter.refused  # noqa: TRY301 - answered like what the check refuses
                    take_in(letter, info)
                except CollabError as error:
                    self._counts.updates_refused[error.code.value] += 1
                    committed(error)
                except Exception:  # noqa: BLE001 - those who wait behind it must not lose theirs
                    _log.exception("update failed", extra={"action": "update"})
                    committed(CollabError(_INTERNAL))
                letters.popleft()
        finally:
            letters.clear()
            self._reader = None
