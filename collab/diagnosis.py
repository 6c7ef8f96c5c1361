"""What `collab doctor` looks at: everything the server needs, and what to do about what is missing."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from collab.app import PAGES, open_database
from collab.config import Settings
from collab.crdt.replica import Engine, EngineFailure, default_engine, open_replica
from collab.crdt.update import inspect_update
from collab.errors import CollabError, StartupError
from collab.store.binaries import find_binaries, major_version
from collab.store.migrations import current_revision, head_revision
from collab.store.pool import check_server

__all__ = ["Finding", "examine"]

_HELLO = bytes.fromhex("01010100040101740568656c6c6f00")
"""A Yjs update that writes "hello" into the root text `t`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    sentence: str


async def examine(settings: Settings) -> list[Finding]:
    """Return what was found, in the order the server needs it."""
    findings = list(_examine_program(settings))
    findings += await _examine_database(settings)
    findings.append(_examine_port(settings))
    findings.append(_examine_pages(PAGES))
    return findings


def _examine_program(settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding("Python", sys.version_info >= (3, 11), f"{version} (3.11 or newer is needed)")
    try:
        replica = open_replica(settings.engine, [(_HELLO, inspect_update(_HELLO))])
        works = replica.state_vector() == {1: 5}
    except (EngineFailure, ImportError):
        works = False
    if works:
        note = "" if settings.engine is default_engine() else " (chosen by setting)"
        yield Finding("Merge engine", ok=True, sentence=f"{settings.engine.value} works{note}")
    else:
        other = Engine.PYCRDT.value
        told = f"{settings.engine.value} does not work here; start with --engine {other}."
        yield Finding("Merge engine", ok=False, sentence=told)


async def _examine_database(settings: Settings) -> list[Finding]:
    findings: list[Finding] = []
    try:
        if settings.database_url is None:
            binaries = find_binaries()
            findings.append(
                Finding("PostgreSQL", ok=True, sentence=f"{major_version(binaries)} in {binaries}")
            )
            findings.append(_examine_data_dir(settings.data_dir))
        async with AsyncExitStack() as stack:
            target = await open_database(settings, stack)
            version = await check_server(target)
            findings.append(
                Finding("Database", ok=True, sentence=f"PostgreSQL {version} at {target.public}")
            )
            found, head = await current_revision(target), head_revision()
            told = f"at {found}" if found == head else f"at {found}, {head} on the next start"
            findings.append(Finding("Schema", ok=True, sentence=told))
    except StartupError as error:
        findings.append(Finding("Database", ok=False, sentence=str(error)))
    except CollabError as error:
        findings.append(Finding("Schema", ok=False, sentence=str(error)))
    return findings


def _examine_data_dir(folder: Path) -> Finding:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if os.access(existing, os.W_OK):
        return Finding("Data directory", ok=True, sentence=str(folder))
    told = f"{folder} cannot be written; choose another with --data-dir."
    return Finding("Data directory", ok=False, sentence=told)


def _examine_port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            told = f"{settings.port} on {settings.host} is not free ({error.strerror}); use --port."
            return Finding("Port", ok=False, sentence=told)
    return Finding("Port", ok=True, sentence=f"{settings.port} on {settings.host} is free")


def _examine_pages(pages: Path) -> Finding:
    missing = [name for name in ("index.html", "editor.html") if not (pages / name).is_file()]
    if missing:
        told = f"{', '.join(missing)} missing in {pages}; run make setup, or install the package."
        return Finding("Web pages", ok=False, sentence=told)
    return Finding("Web pages", ok=True, sentence=str(pages))
