"""Broken updates: valid ones with a few bytes changed, as rot or malice would."""

from __future__ import annotations

import random
from collections.abc import Sequence

from collab.crdt.lib0 import write_var_uint

__all__ = ["mutated"]

_NUMBERS = tuple(
    number for power in (7, 14, 21, 28, 31, 32, 53) for number in (2**power - 1, 2**power)
)


def mutated(update: bytes, corpus: Sequence[bytes], dice: random.Random) -> bytes:
    """Return `update` with one to three random changes; `corpus` lends pieces of others."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        update = dice.choice(_WAYS)(update, corpus, dice)
    return update


def _truncated(update: bytes, _: Sequence[bytes], dice: random.Random) -> bytes:
    return update[: dice.randrange(len(update) + 1)]


def _flipped(update: bytes, _: Sequence[bytes], dice: random.Random) -> bytes:
    changed = bytearray(update)
    for _bit in range(dice.randrange(1, 5)):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _set(update: bytes, _: Sequence[bytes], dice: random.Random) -> bytes:
    if not update:
        return update
    at = dice.randrange(len(update))
    return (
        update[:at]
        + bytes([dice.choice((0, 1, 2, 0x7F, 0x80, 0xFF, dice.randrange(256)))])
        + (update[at + 1 :])
    )


def _number(update: bytes, _: Sequence[bytes], dice: random.Random) -> bytes:
    at = dice.randrange(len(update) + 1)
    number = dice.choice(_NUMBERS)
    encoded = write_var_uint(number) if number < 2**53 else b"\x80" * 7 + b"\x10"
    return update[:at] + encoded + update[at + 1 :]


def _cut(update: bytes, _: Sequence[bytes], dice: random.Random) -> bytes:
    one, other = sorted((dice.randrange(len(update) + 1), dice.randrange(len(update) + 1)))
    return update[:one] + update[other:]


def _spliced(update: bytes, corpus: Sequence[bytes], dice: random.Random) -> bytes:
    other = dice.choice(corpus)
    return update[: dice.randrange(len(update) + 1)] + other[dice.randrange(len(other) + 1) :]


def _inserted(update: bytes, corpus: Sequence[bytes], dice: random.Random) -> bytes:
    other = dice.choice(corpus)
    start = dice.randrange(len(other) + 1)
    at = dice.randrange(len(update) + 1)
    return update[:at] + other[start : start + dice.randrange(12)] + update[at:]


def _random(_: bytes, __: Sequence[bytes], dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(60))


_WAYS = (
    _truncated,
    _flipped,
    _flipped,
    _set,
    _set,
    _set,
    _number,
    _cut,
    _spliced,
    _inserted,
    _random,
)
