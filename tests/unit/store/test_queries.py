"""The SQL files: every query has a name, and every name is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import collab.store
from collab.store.queries import load_queries

PACKAGE = Path(collab.store.__file__).parent


@pytest.mark.parametrize("file", [path.stem for path in (PACKAGE / "sql").glob("*.sql")])
def test_every_query_is_named_once_and_used(file: str) -> None:
    """What is in `sql/<file>.sql` is what `<file>.py` asks for, no more and no less."""
    text = (PACKAGE / "sql" / f"{file}.sql").read_text()
    names = re.findall(r"^-- (\w+) --$", text, re.MULTILINE)
    asked = re.findall(r'_SQL\["(\w+)"\]', (PACKAGE / f"{file}.py").read_text())
    queries = load_queries(file)
    assert len(names) == len(set(names)) == len(queries)
    assert set(queries) == set(names) == set(asked)
    assert all(query and not query.startswith(";") for query in queries.values())
