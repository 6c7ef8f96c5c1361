"""`collab token`: what it prints is believed, and what is wrong it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collab.access.claims import Claims
from collab.access.roles import Role
from collab.config import read_settings
from tests.support.forks import run_collab
from tests.unit.access.signers import private_key, private_pem, public_pem

SECRET = "a secret of the tests, long enough for it"
NOTES = ("--sub", "ann", "--document", "notes=editor")


async def printed(*arguments: str, **environment: str) -> str:
    """Run `collab token`, which must print a token and nothing else; return it."""
    code, out, error = await run_collab("token", *arguments, **environment)
    assert (code, error) == (0, "")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", out)
    return out.strip()


def believed(token: str, **settings: object) -> Claims:
    """Return what a server with these settings reads in the token."""
    verifier = read_settings(**settings).verifier()
    assert verifier is not None
    return verifier.verify(token, datetime.now(UTC))


async def test_a_token_of_the_secret() -> None:
    """Roles, name, colour and duration are as asked; a day's token ends in a day."""
    before = datetime.now(UTC)
    token = await printed(
        *("--sub", "ann", "--name", "Ann Ä", "--color", "#1d4ed8", "--role", "editor"),
        *("--document", "notes", "--document", "team-*=viewer", "--expires", "1d"),
        COLLAB_JWT_SECRET=SECRET,
    )
    said = believed(token, jwt_secret=SECRET)
    assert (said.subject, said.name, said.color) == ("ann", "Ann Ä", "#1d4ed8")
    found = [said.roles.role_in(name) for name in ("notes", "team-1", "other")]
    assert found == [Role.EDITOR, Role.VIEWER, None]
    lasts = said.expires_at - before - timedelta(days=1, seconds=10)
    assert timedelta(seconds=-1) <= lasts < timedelta(seconds=60)


async def test_audience_issuer_and_algorithm_are_the_server_s() -> None:
    """With the server's environment the token is what the server asks for."""
    environment = {
        "COLLAB_JWT_SECRET": SECRET * 2,
        "COLLAB_JWT_AUDIENCE": "collab",
        "COLLAB_JWT_ISSUER": "us",
        "COLLAB_JWT_ALGORITHMS": "HS512",
    }
    token = await printed(*NOTES, **environment)
    settings = {name.removeprefix("COLLAB_").lower(): v for name, v in environment.items()}
    assert believed(token, **settings).subject == "ann"


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "ES256", "EdDSA"])
async def test_a_token_of_a_private_key(algorithm: str, tmp_path: Path) -> None:
    """A private key's file signs what its public key verifies."""
    key, file = private_key(algorithm), tmp_path / "private.pem"
    file.write_text(private_pem(key))
    asked = ("--private-key", str(file), "--algorithm", algorithm, "--key-id", "k1")
    token = await printed(*NOTES, *asked)
    said = believed(token, jwt_public_key=public_pem(key), jwt_algorithms=algorithm)
    assert said.subject == "ann"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sub", "ann", "--document", "notes"), "--role or notes=ROLE"),
        (("--sub", "ann", "--document", "notes=god"), "--role or notes=ROLE"),
        (("--sub", "", "--document", "notes=editor"), "sub must be"),
        (("--sub", "ann", "--document", "a/b=editor"), "'a/b' is neither"),
        ((*NOTES, "--color", "red"), "color must look like"),
        ((*NOTES, "--expires", "soon"), "'soon' is no duration"),
        ((*NOTES, "--expires", "0s"), "'0s' is no duration"),
        ((*NOTES, "--expires", "9999d"), "is no duration"),
        ((*NOTES, "--algorithm", "HS512"), "64 bytes"),
        ((*NOTES, "--algorithm", "none"), "none needs another key"),
        ((*NOTES, "--private-key", "/there/is/none"), "cannot read"),
        ((*NOTES, "--private-key", __file__), "not a PEM private key"),
    ],
)
async def test_what_cannot_be_signed(arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence, no token, no secret."""
    code, out, error = await run_collab("token", *arguments, COLLAB_JWT_SECRET=SECRET)
    assert (code, out) == (1, "")
    assert re.fullmatch(r"Error: .+\.\n", error)
    assert sentence in error
    assert SECRET not in error


async def test_without_a_key() -> None:
    """It says where the key is looked for; a short secret is refused as by the server."""
    code, out, error = await run_collab("token", *NOTES)
    assert (code, out) == (1, "")
    assert "COLLAB_JWT_SECRET" in error
    assert "--private-key" in error
    code, out, error = await run_collab("token", *NOTES, COLLAB_JWT_SECRET="short-secret")
    assert (code, out) == (1, "")
    assert "32 bytes" in error
    assert "short-secret" not in error
