"""What the models promise and what the server and its client know are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

from collab.access.roles import Role
from collab.errors import ErrorCode
from schemas.events import ErrorCodeName
from schemas.sharing import RoleName
from tests.support.node import REPOSITORY

_WEB = REPOSITORY / "web"


def test_the_clients_types_are_those_of_the_models(tmp_path: Path) -> None:
    """What `make types` would write is what is there."""
    command = [sys.executable, str(_WEB / "wire_types.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    committed = _WEB / "packages" / "client" / "src" / "generated"
    expected = {file.name: file.read_text() for file in tmp_path.iterdir()}
    found = {file.name: file.read_text() for file in committed.iterdir()}
    assert expected == found, "Run `make types`."


def test_every_error_code_is_promised() -> None:
    """Clients are told of every code the server may answer, and of no other."""
    assert set(get_args(ErrorCodeName)) == set(ErrorCode)


def test_every_role_is_promised() -> None:
    """The same of roles."""
    assert set(get_args(RoleName)) == {role.label for role in Role}
