"""Facts about who may connect."""

from __future__ import annotations

import pytest

from collab.access.origins import is_allowed_origin, is_answered_host, is_host, is_origin


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        (None, "docs.example", None, True),
        ("https://docs.example", "docs.example", None, True),
        ("http://docs.example", "docs.example", None, True),
        ("http://docs.example:8080", "docs.example:8080", None, True),
        ("http://docs.example:8080", "docs.example", None, False),
        ("http://evil.example", "docs.example", None, False),
        ("null", "null", None, False),
        ("", "", None, False),
        ("http://", "", None, False),
        ("ftp://docs.example", "docs.example", None, False),
        ("http://docs.example/", "docs.example", None, False),
        ("http://user@docs.example", "docs.example", None, False),
        ("http://[::1", "[::1", None, False),
        ("https://app.example", "docs.example", ("https://app.example",), True),
        ("https://docs.example", "docs.example", ("https://app.example",), True),
        ("https://app.example:444", "docs.example", ("https://app.example",), False),
        ("https://any.example", "docs.example", ("*",), True),
    ],
)
def test_origins(
    origin: str | None, host: str, allowed: tuple[str, ...] | None, *, expected: bool
) -> None:
    """Own pages, listed pages and clients that are no page may connect; nobody else."""
    assert is_allowed_origin(origin, host, allowed) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://app.example", True),
        ("http://app.example:8080", True),
        ("http://[::1]:8080", True),
        ("https://app.example/", False),
        ("https://app.example/page", False),
        ("https://App.example", False),
        ("app.example", False),
        ("null", False),
        ("https://", False),
        ("https://*.example", False),
        ("https://a.example; script-src *", False),
        ("https://a.example 'unsafe-inline'", False),
        ("https://a.example,b.example", False),
        ("https://u@app.example", False),
        ("https://app.example:x", False),
        ("ftp://app.example", False),
    ],
)
def test_what_can_be_listed(text: str, *, expected: bool) -> None:
    """Only what a browser sends as an origin; nothing that would mean more inside a policy."""
    assert is_origin(text) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8080", True),
        ("127.8.9.1:8080", True),
        ("localhost", True),
        ("LocalHost:8080", True),
        ("[::1]:8080", True),
        ("[::1]", True),
        ("docs.example", True),
        ("Docs.Example:8080", True),
        ("rebind.evil.example:8080", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("docs.example.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0:8080", False),
        ("[::]:8080", False),
        ("localhost@evil.example", False),
        ("localhost, evil.example", False),
        ("localhost:port", False),
        ("", False),
    ],
)
def test_names_that_are_answered(host: str, *, expected: bool) -> None:
    """Those of this machine, with any port, and listed ones; nothing that only looks like them."""
    assert is_answered_host(host, ("docs.example",)) is expected


def test_names_that_can_be_listed() -> None:
    """A name or an address as it is compared later."""
    for text in ("docs.example", "10.0.0.1", "[fd00::7]", "my_box"):
        assert is_host(text)
    for text in ("docs.example:80", "Docs.example", "https://docs.example", "*", "a b", ""):
        assert not is_host(text)
