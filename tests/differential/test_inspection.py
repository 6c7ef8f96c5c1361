"""The inspection against mutated and random updates: a guard for both engines and for browsers."""

from __future__ import annotations

import random
import sys
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence

import pytest

from collab.crdt.replica import Engine
from collab.crdt.update import UpdateInfo, inspect_update
from collab.errors import InvalidUpdate, UnsupportedContent
from tests.differential.mutation import mutated
from tests.differential.peer import SeamServer, encoded, play
from tests.support.node import ChildDied, LineChild, NodeChild

MEMORY = 64 * 2**20
SLICE = 15_000
WHOLE = 200_000
PER_SESSION = 500
VICTIM = (sys.executable, "-m", "tests.differential.victim")

Case = tuple[bytes, bytes]
"""A document's state and a mutated update that is ready for it."""


def rewrites_history(info: UpdateInfo, known: Mapping[int, int]) -> bool:
    """Return whether an update begins within known clocks and goes on beyond them.

    With other content than before that is a forgery, which every Yjs reads in its own way.
    """
    return any(first < known.get(client, 0) < end for client, (first, end) in info.clocks.items())


def inspected_vector(state: bytes) -> dict[int, int]:
    """Return the state vector of a whole document."""
    return {client: end for client, (_, end) in inspect_update(state).clocks.items()}


def mutants(yjs: NodeChild, count: int) -> Iterator[Sequence[Case]]:
    """Yield what passes the inspection and is ready, session by session; `count` are tried."""
    for seed in range(count // PER_SESSION):
        session = play(yjs, seed, steps=30)
        updates = [update for _, update in session.updates]
        dice = random.Random(seed)
        server = SeamServer(Engine.PYCRDT)
        for update in updates[: dice.randrange(len(updates))]:
            server.receive(update)
        passed = []
        for _ in range(PER_SESSION):
            mutant = mutated(dice.choice(updates), updates, dice)
            try:
                info = inspect_update(mutant)
            except (InvalidUpdate, UnsupportedContent):
                continue
            if info.is_ready(server.replica.state_vector()):
                passed.append((server.replica.state(), mutant))
        yield passed


def outcomes(victim: LineChild, cases: Sequence[Case]) -> list[list[str | None]]:
    """Return what both engines make of `cases`; fails with the update that killed the process."""
    requests = [encoded(case) for case in cases]
    try:
        answers: list[list[str | None]] = victim.ask({"cases": requests})
    except ChildDied:
        for request in requests:
            with LineChild(*VICTIM) as witness:
                try:
                    witness.ask({"cases": [request]})
                except ChildDied:
                    pytest.fail(f"this killed an engine: {request}")
        raise
    return answers


@pytest.mark.timeout(900)
def test_mutants_harm_neither_engines_nor_browsers(yjs: NodeChild, long_form: bool) -> None:
    """No mutant that passes kills an engine, and unless it forges history none makes Yjs throw.

    It then reads the same in Yjs as through each engine, but for less than one in two hundred:
    origins in two different types, which no editing produces and each side places differently.
    """
    checked, different = 0, []
    with LineChild(*VICTIM) as child:
        for cases in mutants(yjs, WHOLE if long_form else SLICE):
            answers = outcomes(child, cases)
            pairs = [
                (encoded(case), [state])
                for case, states in zip(cases, answers, strict=True)
                if not rewrites_history(inspect_update(case[1]), inspected_vector(case[0]))
                for state in states
                if state is not None
            ]
            verdicts = yjs.ask({"do": "compare", "cases": pairs})
            for (case, _), verdict in zip(pairs, verdicts, strict=True):
                assert verdict is None or "Yjs throws" not in verdict, (case, verdict)
                if verdict is not None:
                    different.append((case, verdict))
            checked += len(pairs)
    assert checked > SLICE // 100
    assert len(different) * 200 <= checked, different


def test_mutants_never_take_much_memory(yjs: NodeChild, long_form: bool) -> None:
    """The inspection of any mutant or random bytes peaks below 64 MB."""
    tracemalloc.start()
    try:
        for seed in range(40 if long_form else 4):
            updates = [update for _, update in play(yjs, seed, steps=30).updates]
            dice = random.Random(seed)
            for _ in range(500):
                try:
                    inspect_update(mutated(dice.choice(updates), updates, dice))
                except (InvalidUpdate, UnsupportedContent):
                    continue
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def test_no_valid_update_is_refused(yjs: NodeChild, long_form: bool) -> None:
    """Everything real Yjs writes, keystrokes and whole states, passes."""
    for seed in range(300 if long_form else 20):
        session = play(yjs, seed, steps=60)
        for _, update in session.updates:
            assert inspect_update(update).size == len(update)
        assert inspect_update(session.state).size == len(session.state)
