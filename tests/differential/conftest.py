"""One Node process with real Yjs for all differential tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.node import PEER, NodeChild


@pytest.fixture(scope="session")
def yjs() -> Iterator[NodeChild]:
    with NodeChild(PEER / "differential.mjs") as child:
        yield child
