"""DATABASE_URL: what can be one of PostgreSQL's, what is shown of it, what is said when it cannot."""

from __future__ import annotations

import pytest

from collab.errors import StartupError
from collab.store.pool import ConnectionTarget, reason_of

_MALFORMED = [
    "",
    "collab",
    "localhost:5432/collab",
    "/var/run/postgresql",
    "mysql://ada@localhost/collab",
    "http://localhost/collab",
    "postgresql+asyncpg://ada@localhost/collab",
    "postgres",
    "postgresql://[::1/collab",
    "postgresql://[::1]extra:5432/collab",
    "postgresql://::1/collab",
    "postgresql://localhost:port/collab",
    "postgresql://localhost:99999/collab",
    "postgresql://localhost:0/collab",
    "postgresql://localhost:-1/collab",
    "postgresql://one:5432,two:x/collab",
    "postgresql://localhost/collab#fragment",
    "postgresql://ada:s3#cret@localhost/collab",
    "postgresql://ada:s3/cret@localhost/collab",
    "postgresql://ada:12/s3cret@localhost/collab",
    "postgresql://ada:12?s3cret@localhost/collab",
    "postgresql://localhost/col\nlab",
    "postgresql://localhost/col\x00lab",
    "postgresql://localhost/\udcff",
]


@pytest.mark.parametrize("url", _MALFORMED)
def test_what_cannot_be_an_address_is_refused_with_one_sentence(url: str) -> None:
    """It shows what one looks like, and nothing of what was given: that may be a password."""
    with pytest.raises(StartupError) as caught:
        ConnectionTarget(url)
    assert str(caught.value) == (
        "DATABASE_URL must look like postgresql://user:password@host:5432/database; "
        "write a # / ? or @ inside the password as %23 %2F %3F or %40."
    )


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("postgresql://ada:s3cret@db.example:5432/collab", "postgresql://db.example:5432/collab"),
        ("postgres://db.example/collab", "postgres://db.example/collab"),
        ("POSTGRESQL://ada@db.example", "postgresql://db.example"),
        ("postgresql://", "postgresql://"),
        ("postgresql:///collab?host=/run/pg", "postgresql:///collab"),
        ("postgresql://ada:s3%23cr%40et@h/collab?sslmode=require", "postgresql://h/collab"),
        ("postgresql://ada:s3@cret@h/collab", "postgresql://h/collab"),
        ("postgresql://ada:s3cret@[::1]:5432/collab", "postgresql://[::1]:5432/collab"),
        ("postgresql://ada:s3cret@[fe80::1%25eth0]/c", "postgresql://[fe80::1%25eth0]/c"),
        ("postgresql://ada:s3cret@one:5432,two/collab", "postgresql://one:5432,two/collab"),
        ("postgresql://ada:пароль@h/collab?password=s3cret", "postgresql://h/collab"),
        ("postgresql://h:/collab", "postgresql://h:/collab"),
    ],
)
def test_what_is_shown_of_an_address(url: str, public: str) -> None:
    """Host and database, never user, password or options, neither in messages nor in a repr."""
    target = ConnectionTarget(url)
    assert target.public == public
    assert repr(target) == f"ConnectionTarget({public})"


@pytest.mark.parametrize(
    ("url", "other"),
    [
        (
            "postgresql://ada:s3cret@h:1/a?sslmode=require",
            "postgresql://ada:s3cret@h:1/b?sslmode=require",
        ),
        ("postgresql:///a?host=/run/pg", "postgresql:///b?host=/run/pg"),
        ("postgresql://h", "postgresql://h/b"),
    ],
)
def test_another_database_of_the_same_server(url: str, other: str) -> None:
    """Everything else stays."""
    assert ConnectionTarget(url).with_database("b").url == other


def test_a_reason_is_one_line() -> None:
    """The first line of the error's text, or its name when it has none."""
    assert reason_of(ValueError("it broke.\nDETAIL: badly")) == "it broke"
    assert reason_of(TimeoutError()) == "TimeoutError"
    assert reason_of(OSError(2, "No such file", "/x")) == "[Errno 2] No such file: '/x'"
