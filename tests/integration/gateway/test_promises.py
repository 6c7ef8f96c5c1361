"""What the server says over Socket.IO is what `schemas/events.py` promises.

Every guest of every test checks all that it hears and is answered; here each thing is said once that
needs no trouble.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from schemas.events import ANSWERS
from tests.support.guest import Guest
from tests.support.people import Person
from tests.support.promises import broken_by_answer, broken_by_event
from tests.support.server import RunningServer
from tests.support.tokens import SECRET, token

_MakeServer = Callable[..., Awaitable[RunningServer]]
_CLIENT = 5
_SHOWN = json.dumps({"cursor": 1}).encode()
_AWARENESS = bytes((1, _CLIENT, 1, len(_SHOWN))) + _SHOWN
"""One client, its clock, its state: an awareness update of y-protocols."""


async def test_a_visit_from_beginning_to_end(make_server: _MakeServer) -> None:
    """Every event a client can send is answered, and its neighbours hear of it, as promised."""
    server = await make_server(COLLAB_JWT_SECRET=SECRET)
    signed = {name: token(name, {"d": "owner"}) for name in ("ann", "ben")}
    ann, ben = [await Guest.connect(server.url, auth={"token": signed[n]}) for n in signed]
    answers = {"joinDocument": await ann.join("d")}
    await ben.join("d", clientId=_CLIENT)
    asked: dict[str, dict[str, object]] = {
        "awareness": {"document": "d", "update": _AWARENESS},
        "update": {"document": "d", "update": ben.person.type("hello")},
        "syncDocument": {"document": "d", "stateVector": ben.person.vector},
        "refreshToken": {"token": token("ben", {"d": "owner"})},
    }
    for event, payload in asked.items():
        answers[event] = await ben.ask(event, payload)
    await ann.reads("hello")
    headers = {"authorization": f"Bearer {signed['ann']}"}
    async with aiohttp.ClientSession(f"{server.url}/api/v1/documents/", headers=headers) as http:
        await http.post("d/versions", json={"name": "First"})
        await ben.hears("versionCreated")
        await ben.type("d", " and more")
        await http.post("d/versions/1/restore", json={})
        await ben.hears("versionRestored")
        stranger = Person()
        stranger.type("never sent")
        late = stranger.type(", but this was")
        await ben.ask("update", {"document": "d", "update": late})
        await ben.hears("syncRequired")
        answers["leaveDocument"] = await ben.ask("leaveDocument", {"document": "d"})
        await http.delete("d")
    for event in ("userJoined", "awareness", "userLeft", "documentDeleted"):
        await ann.hears(event)
    assert {event for event, answer in answers.items() if answer["ok"]} == set(ANSWERS)
    for guest in (ann, ben):
        await guest.close()


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("update", {"document": "d", "update": "text"}),
        ("update", {"document": "d"}),
        ("userLeft", {"document": "d", "user": {"id": "a", "name": "A", "color": "#000000"}}),
        ("storage", {"document": "d", "available": True, "since": 3}),
        ("sessionEnded", {"code": "tired", "message": "Good night."}),
        ("surprise", {"document": "d"}),
    ],
)
def test_broken_promises_are_noticed(event: str, payload: object) -> None:
    """A field too many or too few, of another kind, or an event nobody promised."""
    assert broken_by_event(event, payload) is not None


@pytest.mark.parametrize(
    "answer", [{"ok": True}, {"ok": False}, {"ok": True, "sequence": 1, "saved": True}, {}]
)
def test_broken_answers_are_noticed(answer: dict[str, object]) -> None:
    """The same of acknowledgements."""
    assert broken_by_answer("update", answer) is not None
