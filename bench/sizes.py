"""How much a page loads for the widget: until the text can be read, and until it can be written in.

Counts the built files as they travel (gzip -9), following what each script imports.

    python -m bench.sizes
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "collab" / "static"
FIRST_LIMIT, RICH_LIMIT = 60_000, 250_000

_STATIC_IMPORT = re.compile(r'(?:from|import)\s*"(\.{1,2}/[^"]+\.js)"')
_LATER = ("widget-rich-", "widget-formats-", "widget-history-")


def loaded(entry: Path) -> set[Path]:
    """Return `entry` and every script it imports at once, directly or through others."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        script = waiting.pop().resolve()
        if script in found:
            continue
        found.add(script)
        waiting += [script.parent / name for name in _STATIC_IMPORT.findall(script.read_text())]
    return found


def travelled(scripts: set[Path]) -> int:
    """Return the bytes of `scripts` as they travel."""
    return sum(len(gzip.compress(script.read_bytes(), 9)) for script in scripts)


def main() -> None:
    """Print both sizes beside their limits."""
    first = loaded(STATIC / "widget.js")
    rich = set(first)
    for script in (STATIC / "assets").glob("widget-*.js"):
        if script.name.startswith(_LATER):
            rich |= loaded(script)
    for name, scripts, limit in (("text readable", first, FIRST_LIMIT), ("rich", rich, RICH_LIMIT)):
        size = travelled(scripts)
        print(f"{name:14} {size:8,d} bytes gzip in {len(scripts)} files, limit {limit:,d}")


if __name__ == "__main__":
    main()
