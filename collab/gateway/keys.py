"""The keys of whoever signs the tokens, fetched from a URL and kept up to date (RFC 7517)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

import aiohttp

from collab.access.keys import Key, KeySet, UnusableKey
from collab.errors import Unavailable

__all__ = ["RemoteKeys"]

_log = logging.getLogger(__name__)

_DOCUMENT_BYTES: Final = 256 * 1024
_CHUNK_BYTES: Final = 16 * 1024
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0)


class _Unfetched(Exception):
    """The key set could not be fetched; the text says why, without the address."""


class RemoteKeys:
    """The ring of keys behind a URL: `await start()`, then `find`; `await close()` at the end.

    They are fetched every `every` seconds, so that a key taken from the set stops counting, and
    when `refresh` is called, which strangers can cause: then at most once in `pause` seconds.
    While the URL is away the keys that are known stay in force.
    """

    def __init__(self, url: str, *, every: float = 600.0, pause: float = 30.0) -> None:
        self._url = url
        self._every = every
        self._pause = pause
        self._keys: KeySet | None = None
        self._asked_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Fetch the keys for the first time; that they are away is logged, and tried again."""
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        )
        await self._fetched()
        self._renewing = asyncio.create_task(self._renew())

    async def close(self) -> None:
        """Stop fetching."""
        for task in (self._renewing, self._fetching):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if self._session is not None:
            await self._session.close()

    def find(self, name: str | None) -> Key:
        """Return the key called `name`, of those known now. Raises `UnknownKey`."""
        return (self._keys or KeySet({})).find(name)

    async def refresh(self) -> None:
        """Fetch the keys again, unless that was done a moment ago.

        Raises `Unavailable` when it was, and as long as they could not be fetched even once.
        """
        is_due = self._fetching is not None or self._is_due()
        if is_due:
            # Who asked may hang up; those who wait for the same answer must get it all the same.
            await asyncio.shield(self._fetched())
        if self._keys is None:
            message = "The keys that tokens are checked with are away; try again in a moment."
            raise Unavailable(message)
        if not is_due:
            # The key may have been published since: a final no would keep an honest client away.
            message = "The keys are being fetched; try again in a moment."
            raise Unavailable(message)

    def _is_due(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self._asked_at is None or now - self._asked_at >= self._pause

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._every if self._keys is not None else self._pause)
            await self._fetched()

    def _fetched(self) -> asyncio.Task[None]:
        """Return the fetch that is under way, or begin one."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._forget)
        return self._fetching

    def _forget(self, task: asyncio.Task[None]) -> None:
        del task
        self._fetching = None

    async def _fetch(self) -> None:
        self._asked_at = asyncio.get_running_loop().time()
        try:
            self._keys = KeySet.read(await self._download())
        except (_Unfetched, UnusableKey, aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) if isinstance(error, _Unfetched | UnusableKey) else "unreachable"
            _log.warning("keys not fetched", extra={"action": "keys", "reason": reason})

    async def _download(self) -> bytes:
        assert self._session is not None, "start first"
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        # A redirect could lead from https to http, or into the house: the URL must be the real one.
        async with self._session.get(self._url, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:
                message = f"the answer was {answer.status}, not 200"
                raise _Unfetched(message)
            held = bytearray()
            async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                held += chunk
                if len(held) > _DOCUMENT_BYTES:
                    message = f"the key set is larger than {_DOCUMENT_BYTES} bytes"
                    raise _Unfetched(message)
        return bytes(held)
