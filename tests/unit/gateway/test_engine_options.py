"""Facts about the transport's numbers."""

from __future__ import annotations

import pytest

from collab.gateway.engine_options import TransportOptions


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_origins": ()},
        {"ping_interval": 0.0},
        {"ping_timeout": -1.0},
        {"connect_timeout": 0.0},
        {"max_frame_bytes": 0},
    ],
)
def test_what_cannot_work(wrong: dict[str, object]) -> None:
    """An empty list of origins and a time of nothing are refused when the server is made."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TransportOptions(**wrong)  # type: ignore[arg-type]
