"""Restores, judged by real Yjs clients, also by those who typed while it happened."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

import pytest

from collab.crdt.compaction import compact
from collab.crdt.deletions import Deletions
from collab.crdt.replica import Engine
from collab.history.attribution import authors_of
from collab.history.digest import digest_of
from collab.history.rescuing import rescue_from
from collab.history.restoring import Restoring, work_out
from tests.differential.peer import SeamServer, Session, delivery, encoded, play
from tests.support.node import PEER, NodeChild

WHOLE, SLICE = 500, 150

_NOBODY = authors_of({})


@pytest.fixture(scope="module")
def judge() -> Iterator[NodeChild]:
    with NodeChild(PEER / "history.mjs") as child:
        yield child


def moments(session: Session, dice: random.Random) -> tuple[bytes, bytes]:
    """Return a random earlier state and the last one, as the store compacts and keeps them."""
    server = SeamServer(dice.choice(list(Engine)))
    updates = delivery(session, dice)
    chosen = dice.randrange(len(updates))
    past = b"\0\0"
    for index, update in enumerate(updates):
        if index == chosen:
            past = compact([server.replica.state()])
        server.receive(update)
    return past, compact([server.replica.state()])


@pytest.mark.timeout(900)
def test_a_restore_is_exact_and_loses_nothing_typed_meanwhile(
    yjs: NodeChild, judge: NodeChild, long_form: bool
) -> None:
    """Any moment comes back exactly; people who type during it end alike, with all their words."""
    for seed in range(1, 1 + (WHOLE if long_form else SLICE)):
        dice = random.Random(seed)
        past, present = moments(play(yjs, seed, steps=60), dice)
        restoring = work_out(past, present, _NOBODY, dice.randrange(2**32))
        wanted, got = _rendered(judge, [past], [present, restoring.update])
        assert got == wanted, f"seed {seed}"
        back = work_out(present, compact([present, restoring.update]), _NOBODY, 1)
        again, was = _rendered(judge, [present, restoring.update, back.update], [present])
        assert again == was, f"seed {seed}: the way back"
        _type_meanwhile(judge, seed, present, restoring)


def _type_meanwhile(judge: NodeChild, seed: int, present: bytes, restoring: Restoring) -> None:
    order = {
        "do": "meanwhile",
        "seed": seed,
        "state": encoded([present])[0],
        "restoring": encoded([restoring.update])[0],
    }
    told = judge.ask(order)
    assert told["agree"], f"seed {seed}"
    late = [base64.b64decode(update) for update in told["updates"]]
    rescue = rescue_from(present, late, restoring.update, done=Deletions())
    everything = [present, *late, restoring.update]
    if rescue is not None:
        shown = work_out(rescue.shown, rescue.hidden, _NOBODY, 2)
        everything.append(shown.update)
        again = rescue_from(present, late, restoring.update, done=rescue.typed)
        assert again is None, f"seed {seed}"
    one, other = _rendered(judge, everything, everything[::-1])
    assert one == other, f"seed {seed}"
    assert [one.count(word) for word in told["words"]] == [1] * 9, f"seed {seed}"


def test_a_digest_knows_what_says_the_same(yjs: NodeChild) -> None:
    """Two states have one digest exactly when they say the same, whatever their past."""
    for seed in range(600, 620):
        dice = random.Random(seed)
        past, present = moments(play(yjs, seed, steps=40), dice)
        restoring = work_out(past, present, _NOBODY, 3)
        restored = compact([present, restoring.update])
        assert digest_of(restored) == digest_of(past)
        assert (restoring.update == b"\0\0") == (digest_of(present) == digest_of(past))


def _rendered(judge: NodeChild, *cases: list[bytes]) -> list[str]:
    shown: list[str] = judge.ask({"do": "rendered", "cases": [encoded(case) for case in cases]})
    return shown
