"""Every role, every action, every door: the table of roles decides, and nothing else does.

A door or an action that is added without a row here fails the first test.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp
import pytest

import collab.gateway
from collab.access.roles import Action, Role, allows
from tests.journeys.ways import (
    EDIT,
    HOCUSPOCUS,
    HTTP,
    NATIVE,
    TEXT,
    Y_SOCKET_IO,
    Y_WEBSOCKET,
    Stage,
    Way,
)
from tests.support.server import RunningServer
from tests.support.tokens import SECRET

pytestmark = pytest.mark.timeout(300)

_MakeServer = Callable[..., Awaitable[RunningServer]]

_ROLES: Final = (None, *Role)
"""None: a person with a token, and without a role in the document."""

_ONLY_HTTP: Final = (
    Action.RENAME,
    Action.DELETE,
    Action.NAME_VERSION,
    Action.RESTORE,
    Action.ERASE_HISTORY,
    Action.READ_MEMBERS,
    Action.SHARE,
    Action.TRANSFER,
    Action.READ_AUDIT,
)
"""What no socket offers."""

_WAYS: Final[Mapping[str, Mapping[Action, Way | None]]] = {
    "NativeDoor": {**NATIVE, **dict.fromkeys(_ONLY_HTTP)},
    "YSocketIoDoor": {**Y_SOCKET_IO, **dict.fromkeys(_ONLY_HTTP)},
    "YWebsocketDoor": {**Y_WEBSOCKET, **dict.fromkeys(_ONLY_HTTP)},
    "HocuspocusDoor": {**HOCUSPOCUS, **dict.fromkeys(_ONLY_HTTP)},
    "HTTP": {**HTTP, Action.APPEAR: None},
}
"""Every door and every action: a way to try it, or None where the door does not offer it."""


def _doors() -> set[str]:
    """Return the names of all doors there are in the gateway."""
    names: set[str] = set()
    for module in pkgutil.iter_modules(collab.gateway.__path__):
        found = vars(importlib.import_module(f"collab.gateway.{module.name}"))
        names |= {name for name in found if name.endswith("Door") and isinstance(found[name], type)}
    return names


def test_nothing_is_left_out() -> None:
    """Each door of the gateway, and HTTP, has a row for each action of the table."""
    assert set(_WAYS) == _doors() | {"HTTP"}
    for door, ways in _WAYS.items():
        assert set(ways) == set(Action), door


@pytest.mark.parametrize("door", _WAYS)
async def test_the_table_decides(make_server: _MakeServer, door: str) -> None:
    """Each role is let through where the table says so, and changes nothing anywhere else."""
    server = await make_server("--auth", "jwt", COLLAB_JWT_SECRET=SECRET)
    async with aiohttp.ClientSession() as http:
        for action, way in _WAYS[door].items():
            for role in _ROLES if way is not None else ():
                assert way is not None
                stage = Stage(server, http, role)
                await stage.prepare(exists=action is not Action.CREATE)
                expected = role is not None and allows(role, action)
                async with asyncio.timeout(30):
                    assert await way(stage) is expected, (door, action, role)
                await _check_text(stage, action, was_allowed=expected)
    assert "Traceback" not in server.log()


async def _check_text(stage: Stage, action: Action, *, was_allowed: bool) -> None:
    """Fail unless the document says what it should after the try."""
    if action in (Action.CREATE, Action.DELETE):
        status = await stage.ask("GET", f"/documents/{stage.document}", stage.owner)
        is_there = was_allowed is (action is Action.CREATE)
        assert status == (200 if is_there else 404), (action, stage.role)
        return
    expected = TEXT + (EDIT if action is Action.EDIT and was_allowed else "")
    assert await stage.text() == expected, (action, stage.role)
