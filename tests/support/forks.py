"""`collab` in processes forked from one that has loaded the program already.

Tests start hundreds of servers, and loading the program is most of what a start costs. What runs is
the same: `collab.cli.main` with these arguments, in a process of its own, with just this environment.
Each has a minder for a parent, who tells its process id and later its exit status.

`python -m tests.support.forks FD` is the loaded one; it ends when whoever started it does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final, NamedTuple, Self

__all__ = ["ROOT", "Forked", "Outcome", "run_collab"]

ROOT: Final = Path(__file__).resolve().parents[2]
_MOST_BYTES: Final = 128 * 1024
"""Arguments and environment together."""
_PATIENCE: Final = 100.0
"""Seconds."""

_Pipe = tuple[asyncio.StreamReader, asyncio.ReadTransport]


class Outcome(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    error: str


async def run_collab(*arguments: str, **environment: str) -> Outcome:
    """Run `collab` to its end. Raises `TimeoutError`, and kills it, when that takes too long."""
    with tempfile.TemporaryFile() as errors:
        process = await Forked.start(arguments, environment, errors)
        try:
            async with asyncio.timeout(_PATIENCE):
                out = await process.communicate()
        finally:
            process.send_signal(signal.SIGKILL)
        errors.seek(0)
        assert process.returncode is not None
        return Outcome(process.returncode, out.decode(), errors.read().decode())


class Forked:
    """A process that runs `collab`; much of what `asyncio.subprocess.Process` offers."""

    def __init__(self, pid: int, output: _Pipe, status: _Pipe) -> None:
        self.pid = pid
        self.stdout, self._output = output
        self._status = status
        self.returncode: int | None = None
        """The exit status; the negative number of a signal that ended it; None while it runs."""
        self._is_read = False
        self._ending = asyncio.create_task(self._end())

    @classmethod
    async def start(
        cls, arguments: Sequence[str], environment: Mapping[str, str], stderr: IO[bytes]
    ) -> Self:
        """Run `collab` with these arguments; of our environment it has what is not for collab."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("COLLAB_") and name not in {"DATABASE_URL", "REDIS_URL"}
        }
        both = {**inherited, **environment}
        order = json.dumps({"arguments": arguments, "environment": both}).encode()
        assert len(order) <= _MOST_BYTES
        (output, their_output), (status, their_status) = os.pipe(), os.pipe()
        try:
            socket.send_fds(_loaded()[0], [order], [their_output, stderr.fileno(), their_status])
        finally:
            os.close(their_output)
            os.close(their_status)
        told = await _opened(status)
        pid = int(await told[0].readline())
        return cls(pid, await _opened(output), told)

    async def _end(self) -> None:
        reader, transport = self._status
        self.returncode = int(await reader.readline())
        transport.close()
        if not self._is_read:
            self._output.close()

    async def communicate(self) -> bytes:
        """Return all it writes to its standard output, once it has ended."""
        self._is_read = True
        out = await self.stdout.read()
        await self.wait()
        return out

    async def wait(self) -> int:
        """Return the exit status once it has ended."""
        await asyncio.shield(self._ending)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)


async def _opened(pipe: int) -> _Pipe:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    return reader, transport


@cache
def _loaded() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that is forked; return the line to it, and it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forks", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
        )
    return ours, process


# --- the other side ---


def _next(line: socket.socket) -> dict[str, dict[str, str] | list[str]] | None:
    """Return the next order, in a process made for it; None once nobody can give any more."""
    while True:
        said, handed, _, _ = socket.recv_fds(line, _MOST_BYTES, 3)
        if not said:
            return None
        if os.fork() == 0:
            line.close()
            _mind(*handed)
            order: dict[str, dict[str, str] | list[str]] = json.loads(said)
            return order
        for number in handed:
            os.close(number)


def _mind(output: int, errors: int, status: int) -> None:
    """Make the process that runs the program; tell of it, and wait for its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        for number in (output, errors, status):
            os.close(number)
        return
    os.close(output)
    os.close(errors)
    os.write(status, f"{pid}\n".encode())
    _, how = os.waitpid(pid, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(how)}\n".encode())
    os._exit(0)


def _main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    from collab.cli import main

    gc.freeze()
    order = _next(line)
    if order is None:
        return
    environment, arguments = order["environment"], order["arguments"]
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["collab", *arguments]
    main()


if __name__ == "__main__":
    _main()
