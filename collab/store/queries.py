"""The SQL of this package, by name: `-- name --` starts a query in `sql/*.sql`."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

__all__ = ["load_queries"]

_HEADER: Final = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)


def load_queries(file: str) -> dict[str, str]:
    """Return the queries of `sql/<file>.sql` by name."""
    text = (files("collab.store") / "sql" / f"{file}.sql").read_text()
    parts = _HEADER.split(text)[1:]
    return {name: query.strip() for name, query in zip(parts[::2], parts[1::2], strict=True)}
