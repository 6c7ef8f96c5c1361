"""The house rules a machine can check: sizes, names, and that every module stands on its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES: Final = sorted(
    path.relative_to(ROOT)
    for folder in ("collab", "schemas")
    for path in (ROOT / folder).rglob("*.py")
    if "static" not in path.parts
)
BANNED: Final = {"utils", "helpers", "manager", "common", "misc"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", MODULES, ids=str)
class TestSizes:
    def test_modules_are_rooms_one_can_live_in(self, path: Path) -> None:
        """No module has more than 400 lines."""
        assert len((ROOT / path).read_text().splitlines()) <= 400

    def test_functions_fit_a_screen(self, path: Path) -> None:
        """No function has more than 40 lines, its docstring not counted."""
        for function in functions(path):
            assert function.end_lineno is not None
            body = function.body
            documented = ast.get_docstring(function) is not None
            last = body[0].end_lineno if documented else None
            docstring = (last - body[0].lineno + 1) if last is not None else 0
            lines = function.end_lineno - function.lineno + 1 - docstring
            assert lines <= 40, f"{function.name} has {lines} lines"


def test_no_drawers_for_odds_and_ends() -> None:
    """No module is called utils, helpers, manager or common."""
    assert [str(path) for path in MODULES if path.stem in BANNED] == []


def test_every_module_says_what_it_is() -> None:
    """Every module starts with a docstring."""
    silent = [
        str(path)
        for path in MODULES
        if ast.get_docstring(ast.parse((ROOT / path).read_text())) is None
    ]
    assert silent == []


def test_every_module_imports_alone() -> None:
    """Each module can be the first one imported: no circle hides behind import order."""
    names = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if path.stem != "__main__"
    ]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [m for m in sys.modules if m.split('.')[0] in ('collab', 'schemas')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
