"""A process that may die: gives updates to both engines. Run as `python -m tests.differential.victim`.

Reads `{"cases": [[base, update], …]}` in base64, one line each; answers with a list per case of what
each engine then holds (base64), or null where the engine failed in an orderly way.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys

from collab.crdt.inspection import Inspection
from collab.crdt.replica import Engine, EngineFailure, open_replica, refuse_unsupported
from collab.errors import UnsupportedContent

MEMORY = 2 * 2**30


def outcome(engine: Engine, base: bytes, update: bytes) -> str | None:
    """Return the state of a document of `engine` that holds `base` and `update`."""
    loaded = [(base, Inspection(base, 64).run())]
    replica = open_replica(engine, loaded)
    info = Inspection(update, 64).run()
    try:
        refuse_unsupported(engine, info)
        replica.apply(update, info)
        return base64.b64encode(replica.state()).decode()
    except (EngineFailure, UnsupportedContent):
        return None


def main() -> None:
    """Answer until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Panics print a trace each; the parent looks at the answers only.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for line in sys.stdin:
        cases = json.loads(line)["cases"]
        answers = [
            [outcome(engine, base64.b64decode(base), base64.b64decode(update)) for engine in Engine]
            for base, update in cases
        ]
        sys.stdout.write(json.dumps({"ok": answers}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
