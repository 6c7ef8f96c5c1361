"""Facts about what a log line may not say."""

from __future__ import annotations

import time

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
        "cannot reach postgresql://collab:hun:ter/hunter22@db.example/collab",
        "cannot reach postgresql://collab:p@hunter22@db.example/collab",
        "Authorization: Basic hunter22",
        "{'Authorization': 'Basic hunter22'}",
        "authorization=digest  hunter22",
        "Authorization: Bearer  hunter22",
        "?header=Bearer%20hunter22",
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
        "http://127.0.0.1:8080/docs tells more; write to help@collab.example",
        "basic authentication is not offered",
        'File "/srv/collab/access/tokens.py", line 12, in verify',
    ],
)
def test_the_rest_stays(line: str) -> None:
    """Lines without secrets are as they were."""
    assert redacted(line) == line


@pytest.mark.parametrize(
    "piece",
    [
        "://", ":", "://:", "a:", "@", "://a:b", "eyJ", "eyJaaaa.", "link.", "collab_", "token", "token=",
        "token ", "token\t\t\t\t\t\t", "bearer ", "bearer", "Bearer%20", "authorization:", " ", "=", "'", "a",
        "authorization: a ", "collab_0123456789ab_", "password'",
    ],
)  # fmt: skip
def test_no_line_takes_long(piece: str) -> None:
    """Whatever somebody gets into the log, by the hundred thousand characters."""
    for start in ("", "://", "token", "authorization", "eyJaaaa"):
        began = time.process_time()
        redacted(start + piece * (300_000 // len(piece)))
        assert time.process_time() - began < 1.0


def test_a_very_long_line_is_cut() -> None:
    """A line has an end, and says that it had more; what is left of it is redacted."""
    told = redacted("password=hunter22 " + "x" * 1_000_000)
    assert len(told) < 70_000
    assert told.startswith("password=[secret] x")
    assert told.endswith(" [cut off]")
