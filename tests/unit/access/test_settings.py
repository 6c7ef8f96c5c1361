"""Settings of tokens: one key, algorithms that fit it, and a sentence for everything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from collab.access.gate import Credentials, Gate
from collab.access.keys import KeySet
from collab.config import AuthMode, Settings, read_settings
from collab.errors import StartupError, Unauthenticated
from tests.unit.access.signers import NOW, SECRET, private_key, private_pem, public_pem, token

RSA, CURVE = private_key("RS256"), private_key("ES256")
URL = "https://id.example/keys"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith("COLLAB_"):
            monkeypatch.delenv(name)


def admits(settings: Settings, presented: str) -> bool:
    """Return whether a gate made of `settings` lets the token in."""
    try:
        Gate(settings.verifier()).identify(Credentials(presented), connection="one", now=NOW)
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"auth": "jwt"}, "exactly one of .* none is set"),
        ({"jwt_secret": SECRET, "jwt_jwks_url": URL}, "exactly one of .* 2 are set"),
        ({"jwt_secret": SECRET, "jwt_public_key": public_pem(RSA)}, "exactly one of .* 2 are set"),
        ({"jwt_secret": "s" * 31}, "JWT_SECRET: .* 32 bytes"),
        ({"jwt_secret": ""}, "JWT_SECRET: .* 32 bytes"),
        ({"jwt_secret": public_pem(RSA)}, "JWT_SECRET: .* PEM"),
        ({"jwt_secret": SECRET, "jwt_algorithms": "RS256"}, "ALGORITHMS: .* HS256, HS384"),
        ({"jwt_secret": SECRET, "jwt_algorithms": "none"}, "ALGORITHMS"),
        ({"jwt_secret": SECRET, "jwt_algorithms": "HS256,ES256"}, "ALGORITHMS"),
        ({"jwt_secret": SECRET, "jwt_algorithms": ","}, "algorithms is empty"),
        ({"jwt_secret": "s" * 32, "jwt_algorithms": "HS512"}, "HS512 .* 64 bytes"),
        ({"jwt_public_key": private_pem(RSA)}, "PUBLIC_KEY: .* private key"),
        ({"jwt_public_key": "/there/is/nothing.pem"}, "PUBLIC_KEY: .* path of a readable file"),
        ({"jwt_public_key": "x" * 5_000}, "PUBLIC_KEY: .* path of a readable file"),
        ({"jwt_public_key": "a\x00b"}, "PUBLIC_KEY: .* path of a readable file"),
        ({"jwt_public_key": __file__}, "PUBLIC_KEY: this is not a PEM public key"),
        ({"jwt_public_key": public_pem(RSA), "jwt_algorithms": "HS256"}, "ALGORITHMS: for public"),
        ({"jwt_public_key": public_pem(RSA), "jwt_algorithms": "ES256"}, "ES256 needs another key"),
        ({"jwt_jwks_url": URL, "jwt_algorithms": "HS256"}, "ALGORITHMS: for public"),
        ({"jwt_jwks_url": "id.example/keys"}, "JWKS_URL is not a URL"),
        ({"jwt_jwks_url": "file:///etc/passwd"}, "JWKS_URL is not a URL"),
        ({"jwt_jwks_url": "https://id.example:port/"}, "JWKS_URL is not a URL"),
        ({"jwt_jwks_url": "http://id.example/keys"}, "JWKS_URL must begin with https"),
        ({"jwt_jwks_url": "https://u:pw@id.example/"}, "JWKS_URL may hold no password"),
        ({"jwt_secret": SECRET, "jwt_leeway": -1}, "jwt_leeway"),
        ({"jwt_secret": SECRET, "jwt_audience": ""}, "jwt_audience"),
        ({"jwt_secret": SECRET, "auth": "none", "host": "0.0.0.0"}, "nobody has to prove"),
    ],
)
def test_a_bad_combination(said: dict[str, Any], sentence: str) -> None:
    """It ends the start with one sentence that repeats no key."""
    with pytest.raises(StartupError, match=sentence) as refused:
        read_settings(**said)
    told = str(refused.value)
    assert told.count("\n") == 0
    assert not any(
        line in told
        for key in ("jwt_secret", "jwt_public_key")
        for line in str(said.get(key, "")).splitlines()
        if len(line) > 30 and not line.startswith(("/", "-----"))
    )
    assert "pw" not in told


class TestSecret:
    def test_hs256_unless_told(self) -> None:
        """A secret is for HS256; a list may allow the longer ones."""
        plain = read_settings(jwt_secret=SECRET)
        assert admits(plain, token())
        assert not admits(plain, token(SECRET, "HS512"))
        both = read_settings(jwt_secret=SECRET, jwt_algorithms="HS256, HS512")
        assert admits(both, token())
        assert admits(both, token(SECRET, "HS512"))

    def test_it_is_never_shown(self) -> None:
        """Not by the settings as text, nor by the error of a library."""
        settings = read_settings(jwt_secret=SECRET)
        assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
        with pytest.raises(ValueError, match="exactly one") as refused:
            Settings(jwt_secret=SECRET, jwt_jwks_url=URL)
        assert SECRET not in f"{refused.value!r} {refused.value}"


class TestPublicKey:
    def test_as_text_or_file(self, tmp_path: Path) -> None:
        """The PEM itself, the PEM in one line, and the path of a file are the same."""
        file = tmp_path / "public.pem"
        file.write_text(public_pem(RSA))
        one_line = public_pem(RSA).replace("\n", "\\n")
        for said in (public_pem(RSA), one_line, str(file)):
            settings = read_settings(jwt_public_key=said)
            assert admits(settings, token(RSA, "RS256"))
            assert admits(settings, token(RSA, "RS512"))
            assert not admits(settings, token(CURVE, "ES256"))
        narrow = read_settings(jwt_public_key=str(file), jwt_algorithms="RS256")
        assert not admits(narrow, token(RSA, "RS512"))


def test_a_url_needs_its_ring() -> None:
    """With a URL the verifier looks keys up in the ring it is given."""
    settings = read_settings(jwt_jwks_url="http://127.0.0.1:9/keys")
    gate = Gate(settings.verifier(KeySet({})))
    with pytest.raises(Unauthenticated):
        gate.identify(Credentials(token()), connection="one", now=NOW)


def test_audience_issuer_and_leeway_reach_the_verifier() -> None:
    """What is set is what is asked of tokens."""
    settings = read_settings(
        jwt_secret=SECRET, jwt_audience="collab", jwt_issuer="us", jwt_leeway=0
    )
    seconds = int(NOW.timestamp())
    assert admits(settings, token(aud="collab", iss="us", exp=seconds + 1))
    assert not admits(settings, token(aud="other", iss="us"))
    assert not admits(settings, token(aud="collab", iss="other"))
    assert not admits(settings, token(aud="collab", iss="us", nbf=seconds + 1))


def test_a_key_means_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets a key and forgets `auth` gets tokens, not guests; other hosts may then be served."""
    monkeypatch.setenv("COLLAB_JWT_SECRET", SECRET)
    settings = read_settings(host="0.0.0.0")
    assert settings.auth is AuthMode.JWT
    assert read_settings(auth="none").verifier() is None
    monkeypatch.setenv("COLLAB_AUTH", "none")
    assert read_settings().auth is AuthMode.NONE


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"allowed_hosts": "https://docs.example"}, "ALLOWED_HOSTS: .* without a port"),
        ({"allowed_hosts": "docs.example,a:80"}, "ALLOWED_HOSTS: 'a:80'"),
        ({"allowed_hosts": ","}, "allowed hosts is empty"),
        ({"forwarded_header": "x-real-ip"}, "'x-forwarded-for' or 'forwarded'"),
    ],
)
def test_names_and_headers_that_cannot_be_used(said: dict[str, Any], sentence: str) -> None:
    """The start ends with what to write instead."""
    with pytest.raises(StartupError, match=sentence):
        read_settings(**said)


def test_which_names_are_answered() -> None:
    """Listed ones beside this machine's own while nobody proves who they are; else any."""
    assert read_settings().answered_hosts() == ()
    assert read_settings(allowed_hosts="a.example, b.example").answered_hosts() == (
        "a.example",
        "b.example",
    )
    assert read_settings(allow_anonymous=True).answered_hosts() is None
    assert read_settings(jwt_secret=SECRET).answered_hosts() is None


def test_where_proxies_write_whose_address_it_is() -> None:
    """One header is read, the one that is set."""
    said: dict[str, Any] = {"forwarded": ["for=1.1.1.1"], "forwarded_for": ["2.2.2.2"]}
    for header, address in (("forwarded", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")):
        settings = read_settings(trusted_proxies="127.0.0.1", forwarded_header=header)
        assert settings.proxies().arrival("127.0.0.1", **said).address == address
