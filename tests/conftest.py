"""What all tests share: the `--long` option."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`: run the random tests in full (minutes) instead of a slice (seconds)."""
    parser.addoption("--long", action="store_true", help="run the random tests in full (minutes)")


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    """Whether the random tests run in full."""
    return bool(pytestconfig.getoption("--long"))
