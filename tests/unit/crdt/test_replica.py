"""The contract of a replica: one suite, sat by both engines."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from collab.crdt.replica import (
    Engine,
    EngineFailure,
    Replica,
    default_engine,
    open_replica,
    refuse_unsupported,
)
from collab.crdt.update import inspect_update
from collab.errors import UnsupportedContent
from tests.unit.crdt.builder import delete_set, identity, root, string, text_struct, update

ENGINES = pytest.mark.parametrize("engine", list(Engine))
SUBDOCUMENT = bytes.fromhex("010107002901016d0173057375622d31760000")
TYPED = [
    bytes.fromhex(made)
    for made in ("0101030004010178013100", "01010301840300013200", "01010302840301013300")
]


def opened(engine: Engine, updates: Sequence[bytes]) -> Replica:
    return open_replica(engine, [(made, inspect_update(made)) for made in updates])


def test_ypy_is_the_default_where_it_is_installed() -> None:
    """It is the faster one, and installed here."""
    assert default_engine() is Engine.YPY


@ENGINES
def test_a_new_replica_is_empty(engine: Engine) -> None:
    """It knows nobody, and its state is the empty update."""
    replica = open_replica(engine)
    assert replica.engine is engine
    assert replica.state_vector() == {}
    assert replica.state() == replica.diff({3: 1}) == b"\x00\x00"


@ENGINES
def test_updates_add_up(engine: Engine) -> None:
    """Three keystrokes are the text `123`; the state vector is kept along the way."""
    replica = open_replica(engine)
    vector = replica.state_vector()
    for clock, made in enumerate(TYPED, 1):
        replica.apply(made, inspect_update(made))
        assert vector == {3: clock}
    assert replica.state() == update((3, 0, [text_struct("123", parent=root("x"))]))


@ENGINES
def test_known_updates_change_nothing(engine: Engine) -> None:
    """Applying an update again is harmless."""
    once, twice = opened(engine, TYPED), opened(engine, [*TYPED, *TYPED])
    assert once.state() == twice.state()
    assert once.state_vector() == twice.state_vector()


@ENGINES
def test_a_diff_holds_what_is_lacking(engine: Engine) -> None:
    """It starts at the other's clock; clocks from the future and zeros are no matter."""
    replica = opened(engine, TYPED)
    lacking = update((3, 1, [text_struct("23", origin=(3, 0))]))
    assert replica.diff({3: 1}) == replica.diff({3: 1, 4: 7}) == lacking
    assert replica.diff({3: 3}) == replica.diff({3: 99}) == b"\x00\x00"
    assert replica.diff({3: 0}) == replica.state()


@ENGINES
def test_deletions_are_always_told(engine: Engine) -> None:
    """A diff for somebody who has all the text still says what was deleted."""
    replica = opened(engine, [*TYPED, b"\x00" + delete_set({3: [(1, 1)]})])
    assert replica.diff({3: 3}) == b"\x00" + delete_set({3: [(1, 1)]})


@ENGINES
@pytest.mark.parametrize(
    "cut",
    [
        b"\x00" + delete_set({3: [(0, 2)]}),
        b"\x00" + delete_set({3: [(2, 2)]}),
        update((4, 0, [text_struct("x", origin=(3, 1))])),
        update((4, 0, [text_struct("x", right=(3, 2))])),
        update((3, 2, [text_struct("\ufffd", origin=(3, 1))])),
    ],
    ids=["deletion to", "deletion from", "origin", "right origin", "overlap"],
)
def test_emoji_are_not_cut_in_two(engine: Engine, cut: bytes) -> None:
    """Engines and browsers would differ for ever, so such an update is refused, unapplied."""
    replica = opened(engine, [update((3, 0, [text_struct("a😀b")]))])
    before = replica.state()
    with pytest.raises(UnsupportedContent):
        replica.apply(cut, inspect_update(cut))
    assert replica.state() == before
    assert replica.state_vector() == {3: 4}


@ENGINES
def test_text_beside_emoji_may_be_edited(engine: Engine) -> None:
    """Whole characters can be deleted, and text put on either side of them."""
    replica = opened(engine, [update((3, 0, [text_struct("a😀b")]))])
    for made in (
        update((4, 0, [text_struct("x", origin=(3, 0), right=(3, 1))])),
        update((4, 1, [text_struct("y", origin=(3, 2), right=(3, 3))])),
        b"\x00" + delete_set({3: [(1, 2)]}),
    ):
        replica.apply(made, inspect_update(made))
    assert replica.state_vector() == {3: 4, 4: 2}


@ENGINES
def test_a_diff_never_starts_within_an_emoji(engine: Engine) -> None:
    """Asked for the second half, it gives the whole."""
    replica = opened(engine, [update((3, 0, [text_struct("a😀b")]))])
    assert replica.diff({3: 2}) == replica.diff({3: 1})


@ENGINES
def test_an_engine_that_fails_says_so(engine: Engine) -> None:
    """Text inside text is well formed when it comes in two updates; no engine can merge it."""
    replica = opened(engine, [update((3, 0, [text_struct("abc")]))])
    inside = update((4, 0, [text_struct("x", parent=b"\x00" + identity((3, 1)))]))
    info = inspect_update(inside)
    with pytest.raises(EngineFailure):
        replica.apply(inside, info)


@ENGINES
def test_what_refers_to_collected_structs_is_collected(engine: Engine) -> None:
    """As in browsers: whatever was put into, after or before garbage is garbage itself."""
    gone = update((3, 0, [b"\x00\x05"]))
    late = [
        update((4, 0, [text_struct("in", parent=b"\x00" + identity((3, 0)))])),
        update((5, 0, [text_struct("after", origin=(3, 2))])),
        update((6, 0, [text_struct("before", right=(3, 4))])),
        update((7, 0, [text_struct("after that", origin=(5, 1))])),
        b"\x00" + delete_set({3: [(2, 3)], 5: [(0, 5)]}),
    ]
    replica = opened(engine, [gone, *late])
    info = inspect_update(replica.state())
    assert info.collected == {3: [(0, 5)], 4: [(0, 2)], 5: [(0, 5)], 6: [(0, 6)], 7: [(0, 10)]}
    assert info.deletions == {client: tuple(spans) for client, spans in info.collected.items()}


@ENGINES
def test_deletions_go_on_behind_collected_structs(engine: Engine) -> None:
    """A range that starts with garbage and goes on with text deletes the text."""
    made = update((3, 0, [b"\x00\x05", text_struct("abc")]))
    replica = opened(engine, [made, b"\x00" + delete_set({3: [(2, 5)]})])
    assert inspect_update(replica.state()).deletions == {3: ((0, 7),)}


def test_ypy_refuses_subdocuments() -> None:
    """They would end the process; the check comes before the engine."""
    info = inspect_update(SUBDOCUMENT)
    with pytest.raises(UnsupportedContent):
        refuse_unsupported(Engine.YPY, info)
    refuse_unsupported(Engine.PYCRDT, info)
    assert opened(Engine.PYCRDT, [SUBDOCUMENT]).state_vector() == {7: 1}


def test_ypy_refuses_client_ids_beyond_32_bits() -> None:
    """It would cut them; pycrdt keeps them."""
    made = update((2**53 - 1, 0, [text_struct("a")]))
    with pytest.raises(EngineFailure):
        opened(Engine.YPY, [made])
    assert opened(Engine.PYCRDT, [made]).state() == made


def test_map_entries_with_binary_and_undefined_are_merged() -> None:
    """y-py panics when it reads them, but nobody reads through it."""
    made = update(
        (
            3,
            0,
            [
                b"\x28" + root() + string("a") + b"\x01\x7f",
                b"\x23" + root() + string("b") + b"\x01x",
            ],
        )
    )
    states = {opened(engine, [made]).state() for engine in Engine}
    assert [inspect_update(state).clocks for state in states] == [{3: (0, 2)}] * len(states)
