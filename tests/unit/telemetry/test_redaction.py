"""Facts about what a log line may not say."""

from __future__ import annotations

import pytest

from collab.telemetry.redaction import redacted

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "line",
    [
        "GET /yjs/notes?token=hunter22&id=7",
        "GET /yjs/notes?token=" + TOKEN,
        f"Sec-WebSocket-Protocol: token.{TOKEN}",
        "Authorization: Bearer hunter22",
        "cannot reach postgresql://collab:hunter22@db.example:5432/collab",
        'asyncpg: {"password": "hunter22"}',
        "Settings(database_url='redis://:hunter22@cache/0')",
        "api_key=hunter22, and more",
        "secret: hunter22",
        f"jwt.decode('{TOKEN}')",
    ],
)
def test_secrets_are_taken_out(line: str) -> None:
    """Wherever they stand; the rest of the line stays."""
    told = redacted(line)
    assert "hunter22" not in told
    assert TOKEN not in told
    assert "c2lnbmF0dXJl" not in told
    assert "[secret]" in told


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-01T00:00:00.000Z info    the database is back; edits are stored action=append",
        "client sent away: The token has expired; connect again with a new one. code=token_expired",
        "cannot listen on http://127.0.0.1:8080",
        'File "/srv/collab/access/tokens.py", line 12, in verify',
    ],
)
def test_the_rest_stays(line: str) -> None:
    """Lines without secrets are as they were."""
    assert redacted(line) == line
