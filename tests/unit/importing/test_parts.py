"""The small parts: Snappy, LevelDB's logs, compressed blobs, names."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import zlib
from collections.abc import Callable

import pytest

from collab.errors import InvalidRequest
from collab.importing.compression import plain
from collab.importing.foreign import UnreadableStore
from collab.importing.leveldb_parts import log_records
from collab.importing.naming import Naming, legible
from collab.importing.snappy import uncompressed


class TestSnappy:
    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"\x00", b""),
            (b"\x03\x08abc", b"abc"),
            (b"\x09\x08abc\x09\x03", b"abcabcabc"[:9]),  # a copy of 6 from 3 back: it repeats
            (b"\x06\x08abc\x0a\x03\x00", b"abcabc"),  # the same with a longer offset
            (b"\x06\x08abc\x0b\x03\x00\x00\x00", b"abcabc"),
            (b"\x3d\xf0\x3c" + b"x" * 61, b"x" * 61),  # a length in a byte of its own
        ],
    )
    def test_every_kind_of_element(self, data: bytes, text: bytes) -> None:
        assert uncompressed(data) == text

    @pytest.mark.parametrize(
        "data",
        [b"", b"\x80", b"\x05\x08abc", b"\x06\x08abc\x09", b"\x06\x01\x03", b"\x06\x08abc\x09\x04"],
    )
    def test_damage_is_noticed(self, data: bytes) -> None:
        with pytest.raises(UnreadableStore):
            uncompressed(data)

    def test_nothing_but_one_kind_of_error(self) -> None:
        """Whatever the bytes, it returns or says that they are damaged."""
        dice = random.Random(3)
        for _ in range(3_000):
            data = bytes([dice.randint(0, 40)]) + dice.randbytes(dice.randint(0, 40))
            try:
                uncompressed(data)
            except UnreadableStore:
                continue


def test_logs_of_random_bytes_are_refused_or_end() -> None:
    """No bytes make the reader of logs do anything else."""
    dice = random.Random(4)
    for _ in range(500):
        try:
            for _ in log_records(dice.randbytes(dice.randint(0, 200)), "000003.log"):
                pytest.fail("random bytes passed the checksum")
        except UnreadableStore:
            continue


class TestCompression:
    @pytest.mark.parametrize(
        "squeeze", [zlib.compress, gzip.compress, bz2.compress, lzma.compress, bytes]
    )
    def test_what_is_undone(self, squeeze: Callable[[bytes], bytes]) -> None:
        data = b"\x01\x02" * 500
        assert plain(squeeze(data), 1_000) == data

    def test_an_update_that_starts_like_zlib_stays(self) -> None:
        data = b"\x78\x9c" + b"not compressed at all"
        assert plain(data, 1_000) == data

    def test_a_bomb_is_refused(self) -> None:
        with pytest.raises(UnreadableStore, match="COLLAB_DOCUMENT_BYTES"):
            plain(zlib.compress(b"\x00" * 1_000_000), 1_000)

    def test_what_cannot_be_undone(self) -> None:
        with pytest.raises(UnreadableStore, match="Zstandard"):
            plain(b"\x28\xb5\x2f\xfd rest", 1_000)


class TestNaming:
    def test_renames_and_the_rest(self) -> None:
        naming = Naming.of(["a/b=ab", "x=1=x1", "never=n"], None)
        assert [naming.document_for(name) for name in ("a/b", "x=1", "plain")] == [
            "ab",
            "x1",
            "plain",
        ]
        assert naming.unused() == ["never"]

    def test_names_that_cannot_be_ids(self) -> None:
        naming = Naming({})
        for name in ("", "a/b", "-x", "ä", "x" * 129):
            with pytest.raises(UnreadableStore, match="--rename"):
                naming.document_for(name)

    @pytest.mark.parametrize("names", [("my notes", "my-notes"), ("my-notes", "my notes")])
    def test_two_documents_do_not_become_one(self, names: tuple[str, str]) -> None:
        """Whoever comes second is refused; more of the first is the same document."""
        naming = Naming.of(["my notes=my-notes"], None)
        first, second = names
        assert naming.document_for(first) == "my-notes"
        with pytest.raises(UnreadableStore, match=f"is given to {first} already"):
            naming.document_for(second)
        assert naming.document_for(first) == "my-notes"
        assert naming.unused() == []

    @pytest.mark.parametrize("rename", ["x", "=y", "x=", "x=a/b"])
    def test_bad_wishes(self, rename: str) -> None:
        with pytest.raises(InvalidRequest):
            Naming.of([rename], None)

    def test_what_a_terminal_must_not_be_shown(self) -> None:
        assert legible("a\x1b[31m\n") == "a\\x1b[31m\\n"
        assert len(legible("x" * 1_000)) == 201
