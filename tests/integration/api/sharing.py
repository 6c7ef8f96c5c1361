"""People with tokens who share documents on a server, for the tests of sharing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.integration.api.conftest import Answer, Http
from tests.support.guest import Guest
from tests.support.server import RunningServer
from tests.support.tokens import token

__all__ = ["Shared"]


@dataclass(slots=True)
class Shared:
    """A server that asks for tokens, and one document on it that `ann` made."""

    http: Http
    document: str = "notes"

    @classmethod
    @asynccontextmanager
    async def on(cls, server: RunningServer) -> AsyncIterator[Shared]:
        """Have ann make the document; her token says nothing but that she may create it."""
        async with aiohttp.ClientSession() as session:
            shared = cls(Http(server, session))
            maker = {"Authorization": f"Bearer {token('ann', {'notes': 'editor'})}"}
            made = await shared.http("POST", "/documents", json={"id": "notes"}, headers=maker)
            assert made.status == 201, made
            yield shared

    async def ask(
        self,
        name: str | None,
        method: str,
        path: str = "",
        *,
        roles: Mapping[str, str] | None = None,
        link: str | None = None,
        **options: Any,
    ) -> Answer:
        """Ask something about the document, as somebody whose token says only `roles`."""
        headers = {} if name is None else {"Authorization": f"Bearer {token(name, roles or {})}"}
        if link is not None:
            headers["Collab-Link"] = link
        address = f"/documents/{self.document}{path}"
        return await self.http(method, address, headers=headers, **options)

    async def done(self, name: str, method: str, path: str = "", **options: Any) -> Any:
        """Ask something that must succeed; return its JSON."""
        answer = await self.ask(name, method, path, **options)
        assert 200 <= answer.status < 300, answer
        return answer.json

    async def code(self, name: str | None, method: str, path: str = "", **options: Any) -> str:
        """Ask something that must be refused; return the code."""
        answer = await self.ask(name, method, path, **options)
        assert 400 <= answer.status < 500, answer
        code: str = answer.json["code"]
        return code

    async def let_in(self, person: str, role: str, *, by: str = "ann") -> Any:
        """Give somebody a role."""
        return await self.done(by, "PUT", f"/members/{person}", json={"role": role})

    async def link(self, role: str = "editor", **more: object) -> Any:
        """Have ann make a share link."""
        return await self.done("ann", "POST", "/links", json={"role": role, **more})

    async def members(self) -> dict[str, str]:
        """Return everybody's role."""
        listed = await self.done("ann", "GET", "/members", roles={"notes": "owner"})
        return {member["user"]: member["role"] for member in listed["members"]}

    async def visit(self, name: str | None, **auth: str) -> Guest:
        """Connect somebody whose token says nothing, or a guest, and have them join."""
        said = auth if name is None else {"token": token(name, {}), **auth}
        guest = await Guest.connect(self.http.server.url, auth=said)
        await guest.join(self.document)
        return guest
