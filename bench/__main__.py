"""All benchmarks, one after the other: `python -m bench`."""

from __future__ import annotations

import subprocess
import sys

for name in ("fanout", "acks", "history", "sizes"):
    print(f"--- {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
