"""Both engines against real Yjs: what the server holds is what the people hold."""

from __future__ import annotations

import random

import pytest

from collab.crdt.replica import Engine
from tests.differential.peer import SeamServer, delivery, encoded, play
from tests.support.node import NodeChild

SLICE = 150
WHOLE = 2_000


@pytest.mark.timeout(900)
def test_both_engines_hold_what_real_people_hold(yjs: NodeChild, long_form: bool) -> None:
    """Random rich sessions, badly delivered and restarted, end in the people's document."""
    for seed in range(1, 1 + (WHOLE if long_form else SLICE)):
        session = play(yjs, seed, steps=60)
        dice = random.Random(seed)
        updates = delivery(session, dice)
        restarts = {dice.randrange(len(updates)) for _ in range(dice.randrange(3))}
        states: list[list[str]] = []
        for engine in Engine:
            server = SeamServer(engine)
            for index, update in enumerate(updates):
                server.receive(update)
                if index in restarts:
                    server = server.restarted()
            assert len(server.parking) == 0, f"seed {seed}: {engine} still waits"
            states += [encoded(answer) for answer in server.answers(session)]
        verdicts = yjs.ask({"do": "judge", "seed": seed, "states": states})
        assert verdicts == [None] * len(states), f"seed {seed}, restarts {restarts}"
