"""The guard: a child lives as long as its standard input, and never longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from collab.store import guard
from tests.support.waiting import eventually

CHILD = "echo $$; exec sleep 600"
DEAF = "trap '' INT; echo $$; sleep 600 & wait; wait"


@pytest.fixture
def guarded() -> Callable[..., subprocess.Popen[bytes]]:
    """Start a shell command under a guard."""

    def start(command: str, grace: float = 10) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", str(Path(guard.__file__))),
                *(str(os.getuid()), str(os.getgid()), str(grace), "--", "sh", "-c", command),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    return start


def is_running(process: int) -> bool:
    """Return whether the process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def child_of(process: subprocess.Popen[bytes]) -> int:
    """Return the id the guarded command prints first."""
    assert process.stdout is not None
    return int(process.stdout.readline())


Start = Callable[..., subprocess.Popen[bytes]]


def test_the_childs_end_is_the_guards(guarded: Start) -> None:
    """With its exit status."""
    with guarded("exit 7") as process:
        assert process.wait(20) == 7


def test_the_end_of_input_stops_the_child(guarded: Start) -> None:
    """As when our process ends, however it does."""
    with guarded(CHILD) as process:
        child = child_of(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) != 0
        assert not is_running(child)


def test_a_deaf_child_is_stopped_harder(guarded: Start) -> None:
    """One that ignores the polite signal is given SIGQUIT after the grace."""
    with guarded(DEAF, grace=0.05) as process:
        child = child_of(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) != 0
        assert not is_running(child)


async def test_a_killed_guard_takes_the_child_along(guarded: Start) -> None:
    """Kill -9 of the guard alone."""
    with guarded(CHILD) as process:
        child = child_of(process)
        assert is_running(child)
        process.kill()
        await eventually(lambda: not is_running(child))


def test_signals_for_a_terminals_group_pass_it_by(guarded: Start) -> None:
    """Control-C in a terminal reaches our server, not its database."""
    with guarded(CHILD) as process:
        child_of(process)
        for number in guard._SIGNALS:
            process.send_signal(number)
        assert process.stdin is not None
        process.stdin.close()
        # It lived to stop the child itself, and tells how that one ended.
        assert process.wait(20) == -signal.SIGINT & 0xFF
