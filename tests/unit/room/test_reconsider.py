"""Rights that change while people are in a room, and while what they sent still waits."""

from __future__ import annotations

from dataclasses import replace

from collab.access.gate import Grant
from collab.access.roles import Role
from collab.errors import CollabError, Forbidden
from collab.room.core import Visitor
from collab.room.inbox import Judge
from tests.support.people import Person, grant
from tests.support.waiting import eventually
from tests.unit.room.test_room import Stage, open_stage

LARGE = "x" * 300_000
"""Enough for an update to be checked beside the event loop, and so to wait."""


def out(name: str) -> Forbidden:
    return Forbidden(f"{name} is out.")


def judge(**roles: Role | None) -> Judge:
    """Return the judge that gives these people these roles, and none to whom it names None."""

    def judging(held: Grant) -> Grant | CollabError:
        name = held.principal.id
        if name not in roles:
            return held
        role = roles[name]
        return out(name) if role is None else replace(held, role=role)

    return judging


def written(stage: Stage) -> list[str]:
    """Return whose updates are in the log."""
    stage.log.commit()
    return [entry.author for entry in stage.log.entries]


async def answered(stage: Stage, count: int) -> None:
    """Wait for so many answers, having the log commit what comes."""

    def are_there() -> bool:
        stage.log.commit()
        return len(stage.answers) == count

    await eventually(are_there)


class TestWhatWaits:
    async def test_of_somebody_put_out(self) -> None:
        """It is never taken in: not into the log, not to the others; its sender is told."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.enter("b", "ben")
        stage.send("b", Person().type(LARGE))
        stage.send("b", Person().type("small"))
        stage.send("a", Person().type("of somebody else"))
        stage.room.reconsider(judge(ben=None))
        await answered(stage, 3)
        refused = [answer for answer in stage.answers if isinstance(answer, Forbidden)]
        assert [str(error) for error in refused] == ["ben is out."] * 2
        assert written(stage) == ["ann"]
        assert [event.payload["code"] for event in stage.outlet.to("b", "accessRevoked")] == [
            "forbidden"
        ]
        assert stage.outlet.to("a", "update") == []
        assert b"small" not in stage.room.whole()

    async def test_of_somebody_lowered(self) -> None:
        """Edits that wait are refused, the person stays."""
        stage = await open_stage()
        stage.enter("b", "ben")
        stage.send("b", Person().type(LARGE))
        stage.room.reconsider(judge(ben=Role.VIEWER))
        await answered(stage, 1)
        assert isinstance(stage.answers[0], Forbidden)
        assert written(stage) == []
        assert [event.payload["role"] for event in stage.outlet.to("b", "roleChanged")] == [
            "viewer"
        ]

    async def test_of_somebody_with_a_lesser_token(self) -> None:
        """A newer grant of one connection counts for what it sent before."""
        stage = await open_stage()
        stage.enter("b", "ben")
        stage.send("b", Person().type(LARGE))
        stage.room.regrant("b", grant("ben", Role.VIEWER))
        await answered(stage, 1)
        assert isinstance(stage.answers[0], Forbidden)
        assert written(stage) == []

    async def test_of_a_request(self) -> None:
        """What came over plain HTTP is reconsidered like the rest."""
        stage = await open_stage()
        stage.room.receive(grant("ben"), None, Person().type(LARGE), stage.answers.append)
        stage.room.reconsider(judge(ben=None))
        await answered(stage, 1)
        assert isinstance(stage.answers[0], Forbidden)
        assert written(stage) == []

    async def test_of_somebody_who_left(self) -> None:
        """Leaving takes nothing back: what was sent before is kept."""
        stage = await open_stage()
        stage.enter("b", "ben")
        stage.send("b", Person().type(LARGE))
        stage.room.leave("b")
        await answered(stage, 1)
        assert stage.answers == [1]


class TestWhoIsHere:
    async def test_nobody_hears_of_what_did_not_change(self) -> None:
        """A judge that changes nothing says nothing."""
        stage = await open_stage()
        stage.enter("a", "ann")
        stage.room.reconsider(judge(ben=None))
        assert stage.outlet.told == []

    async def test_every_session_of_a_person(self) -> None:
        """All of a person's connections follow, and nobody else's."""
        stage = await open_stage()
        for connection, name in (("a", "ann"), ("b1", "ben"), ("b2", "ben")):
            stage.room.join(Visitor(connection, grant(name)), None, None)
        stage.room.reconsider(judge(ben=None))
        assert [visitor.connection for visitor in stage.room.visitors()] == ["a"]
