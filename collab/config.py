"""Settings: flags, then COLLAB_… in the environment, then defaults. Read once, in `app` and `cli` only."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from collab.access.addresses import ForwardedHeader, Proxies, is_loopback
from collab.access.claims import Expected
from collab.access.keys import ASYMMETRIC, SYMMETRIC, Key, KeyRing, OneKey, UnusableKey
from collab.access.origins import is_host, is_origin
from collab.access.signing import Signer, SigningKey
from collab.access.tokens import TokenVerifier
from collab.crdt.replica import Engine, default_engine
from collab.errors import StartupError
from collab.history.retention import RetentionPolicy
from collab.limits import Limits

__all__ = ["AuthMode", "LogFormat", "Settings", "default_data_dir", "read_settings"]

_CHECKOUT: Final = Path(__file__).resolve().parent.parent
_MEBIBYTE: Final = 1024 * 1024
_PEM_BYTES: Final = 64 * 1024
_PEM: Final = "-----BEGIN"
_KEY_SOURCES: Final = ("jwt_secret", "jwt_public_key", "jwt_jwks_url")
_LISTS: Final = ("allowed_hosts", "allowed_origins", "jwt_algorithms", "trusted_proxies")


class AuthMode(StrEnum):
    """How people prove who they are."""

    NONE = "none"
    JWT = "jwt"


class LogFormat(StrEnum):
    """How log lines look on standard error."""

    TEXT = "text"
    JSON = "json"


class Settings(BaseSettings):
    """Everything an operator can set. Sizes are bytes, times seconds."""

    model_config = SettingsConfigDict(
        env_prefix="COLLAB_",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    data_dir: Path = Field(default_factory=lambda: default_data_dir())  # noqa: PLW0108 - defined below
    database_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("COLLAB_DATABASE_URL", "DATABASE_URL")
    )
    redis_url: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("COLLAB_REDIS_URL", "REDIS_URL")
    )
    auth: AuthMode = AuthMode.NONE
    """Without a word about it: `jwt` when there is a key to check tokens with."""
    jwt_secret: SecretStr | None = None
    """Shared with whoever signs tokens; 32 bytes or more."""
    jwt_public_key: Annotated[str | None, Field(repr=False)] = None
    """A PEM public key, or the path of a file with one."""
    jwt_jwks_url: str | None = None
    """Where the public keys of whoever signs tokens are published."""
    jwt_algorithms: Annotated[tuple[str, ...] | None, NoDecode] = None
    """None: HS256 for a secret, what fits the key for a public one, all asymmetric ones for a URL."""
    jwt_audience: Annotated[str | None, Field(min_length=1)] = None
    jwt_issuer: Annotated[str | None, Field(min_length=1)] = None
    jwt_leeway: Annotated[float, Field(ge=0, le=3_600)] = 10.0
    """How far the clocks of signer and server may be apart."""
    allow_anonymous: bool = False
    """Serve beyond this machine although nobody has to prove who they are."""
    log_format: LogFormat = LogFormat.TEXT
    log_level: str = "INFO"
    engine: Engine = Field(default_factory=default_engine)
    allowed_origins: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Origins of other sites' pages that may connect; None means this server's own pages only."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Names the server answers to without tokens, beside those of this machine itself."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks of the proxies whose word about a client's address counts."""
    forwarded_header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR
    """Where these proxies write it; the other header is a stranger's word."""
    metrics_token: Annotated[SecretStr | None, Field(min_length=16)] = None
    """Who brings it may read the metrics; without one, this machine alone may."""
    document_bytes: Annotated[int, Field(ge=64 * 1024, le=512 * _MEBIBYTE)] = 32 * _MEBIBYTE
    events_per_second: Annotated[int, Field(ge=1)] = Limits().events_per_second
    event_burst: Annotated[int, Field(ge=1)] = Limits().event_burst
    bytes_per_second: Annotated[int, Field(ge=1)] = Limits().bytes_per_second
    byte_burst: Annotated[int, Field(ge=1)] = Limits().byte_burst
    connections: Annotated[int, Field(ge=1)] = Limits().connections
    connections_per_address: Annotated[int, Field(ge=1)] = Limits().connections_per_address
    connections_per_user: Annotated[int, Field(ge=1)] = Limits().connections_per_user
    joins_per_second: Annotated[int, Field(ge=1)] = Limits().joins_per_second
    join_burst: Annotated[int, Field(ge=1)] = Limits().join_burst
    requests_per_second: Annotated[int, Field(ge=1)] = Limits().requests_per_second
    request_burst: Annotated[int, Field(ge=1)] = Limits().request_burst
    documents_per_hour: Annotated[int, Field(ge=1)] = Limits().documents_per_hour
    documents_per_day: Annotated[int, Field(ge=1)] = Limits().documents_per_day
    ping_interval: Annotated[float, Field(gt=0)] = 25.0
    ping_timeout: Annotated[float, Field(gt=0)] = 20.0
    room_grace: Annotated[float, Field(ge=0)] = 30.0
    drain_timeout: Annotated[float, Field(gt=0)] = 20.0
    version_every: Annotated[float, Field(gt=0)] = 600.0
    """While people write, a version is kept this often."""
    keystrokes_days: Annotated[float, Field(ge=0, le=36_500)] = 30.0
    """After so many days what one person typed in one go becomes one moment; 0 keeps all for ever."""
    stretches_days: Annotated[float, Field(ge=0, le=36_500)] = 365.0
    """After so many days only versions are left; 0 keeps all for ever."""
    compact_every: Annotated[float, Field(gt=0)] = 3_600.0
    """How often old history is looked for."""

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in _LISTS:
            listed = values.get(name)
            if isinstance(listed, str):
                parts = tuple(part.strip() for part in listed.split(",") if part.strip())
                if not parts:
                    what = name.replace("_", " ")
                    message = f"the list of {what} is empty; leave it unset for the default"
                    raise ValueError(message)
                values[name] = parts
        return values

    @model_validator(mode="before")
    @classmethod
    def _expect_tokens(cls, values: dict[str, object]) -> dict[str, object]:
        # Who sets a key means it to be used: forgetting --auth must not open the doors.
        if values.get("auth") is None and any(
            values.get(name) is not None for name in _KEY_SOURCES
        ):
            values["auth"] = AuthMode.JWT
        return values

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.auth is AuthMode.JWT:
            self._check_tokens()
        if self.redis_url is not None and "redis_url" in self.model_fields_set:
            message = "several servers through Redis are not part of this version yet; unset it"
            raise ValueError(message)
        for origin in self.allowed_origins or ():
            if origin != "*" and not is_origin(origin):
                message = (
                    f"COLLAB_ALLOWED_ORIGINS: {origin!r} is no origin; write https://name or "
                    "https://name:port, nothing behind it"
                )
                raise ValueError(message)
        for host in self.allowed_hosts:
            if not is_host(host):
                message = (
                    f"COLLAB_ALLOWED_HOSTS: {host!r} is no name of a host; write docs.example, "
                    "in lower case, without a port"
                )
                raise ValueError(message)
        try:
            self.proxies()
        except ValueError:
            message = "COLLAB_TRUSTED_PROXIES: list networks, such as 10.0.0.0/8 or 127.0.0.1"
            raise ValueError(message) from None
        is_open = self.auth is AuthMode.NONE and not is_loopback(self.host)
        if is_open and not self.allow_anonymous:
            message = (
                f"{self.host} is reachable by others and nobody has to prove who they are; "
                "ask for tokens (--auth jwt), bind to 127.0.0.1, or insist with --allow-anonymous"
            )
            raise ValueError(message)
        return self

    def _check_tokens(self) -> None:
        """Raise `ValueError` unless there is one key, and algorithms that fit it."""
        given = [name for name in _KEY_SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(f"COLLAB_{name.upper()}" for name in _KEY_SOURCES)
            found = "none is set" if not given else f"{len(given)} are set"
            message = f"tokens are checked with exactly one of {names}, and {found}"
            raise ValueError(message)
        known = SYMMETRIC if self.jwt_secret is not None else ASYMMETRIC
        for name in self.jwt_algorithms or ():
            if name not in known:
                what = "a shared secret" if self.jwt_secret is not None else "public keys"
                message = f"COLLAB_JWT_ALGORITHMS: for {what} choose of {', '.join(known)}"
                raise ValueError(message)
        if self.jwt_jwks_url is not None:
            _check_url(self.jwt_jwks_url)
            return
        key = self._key()
        for name in self.jwt_algorithms or ():
            if name not in key.algorithms:
                message = f"COLLAB_JWT_ALGORITHMS: {name} needs another key"
                if name in SYMMETRIC:
                    message += f", a secret of at least {SYMMETRIC[name]} bytes"
                raise ValueError(message)

    def _key(self) -> Key:
        """Return the one key of the settings. Raises `ValueError`; the key is never repeated."""
        name = "COLLAB_JWT_SECRET" if self.jwt_secret is not None else "COLLAB_JWT_PUBLIC_KEY"
        try:
            if self.jwt_secret is not None:
                return Key.of_secret(self.jwt_secret.get_secret_value().encode())
            return Key.of_pem(_read_pem(self.jwt_public_key or ""))
        except UnusableKey as error:
            message = f"{name}: {error}"
            raise ValueError(message) from None

    def verifier(self, remote: KeyRing | None = None) -> TokenVerifier | None:
        """Return what tokens are checked with; None when nobody is asked for one.

        `remote` is the ring of the keys at `jwt_jwks_url`, needed when that is set.
        """
        if self.auth is AuthMode.NONE:
            return None
        if self.jwt_jwks_url is not None:
            assert remote is not None, "the keys are behind a URL"
            ring, fitting = remote, frozenset(ASYMMETRIC)
        else:
            key = self._key()
            ring = OneKey(key)
            fitting = frozenset({"HS256"}) if self.jwt_secret is not None else key.algorithms
        chosen = fitting if self.jwt_algorithms is None else frozenset(self.jwt_algorithms)
        return TokenVerifier(ring, chosen, self.expected())

    def signer(self) -> Signer | None:
        """Return what tokens are signed with; None when there is no secret to sign with."""
        if self.auth is AuthMode.NONE or self.jwt_secret is None:
            return None
        algorithm = self.jwt_algorithms[0] if self.jwt_algorithms else "HS256"
        key = SigningKey.of_secret(self.jwt_secret.get_secret_value(), algorithm)
        return Signer(key, self.jwt_audience, self.jwt_issuer)

    def expected(self) -> Expected:
        """Return what every token must say."""
        leeway = timedelta(seconds=self.jwt_leeway)
        return Expected(self.jwt_audience, self.jwt_issuer, leeway)

    def retention(self) -> RetentionPolicy:
        """Return how long the detail of history is kept."""
        return RetentionPolicy(
            keystrokes=_days(self.keystrokes_days), stretches=_days(self.stretches_days)
        )

    def limits(self) -> Limits:
        """Return the server's bounds with the operator's numbers in them."""
        settable = {field.name for field in fields(Limits)} & set(type(self).model_fields)
        return Limits(**{name: getattr(self, name) for name in settable})

    def proxies(self) -> Proxies:
        """Return the proxies whose word counts. Raises `ValueError`."""
        return Proxies.named(self.trusted_proxies, self.forwarded_header)

    def answered_hosts(self) -> tuple[str, ...] | None:
        """Return to which names the server answers beside this machine's own; None: to any.

        Where people prove who they are, a page that reaches the server has nothing to prove.
        """
        is_private = self.auth is AuthMode.NONE and not self.allow_anonymous
        return self.allowed_hosts if is_private else None


def read_settings(**flags: object) -> Settings:
    """Return the settings; `flags` that are None are left to the environment.

    Raises `StartupError` with one sentence naming the first setting that cannot be used.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = str(first["msg"]).removeprefix("Value error, ")
        message = f"Bad setting {where}: {what}." if where else f"Bad setting: {what}."
        raise StartupError(message) from None


def default_data_dir() -> Path:
    """Return where the embedded database lives unless told otherwise.

    In a checkout that is `var/` inside it; installed, the system's state directory. Run as root,
    the database gives up root's rights, so a checkout in a private folder cannot hold it.
    """
    if (_CHECKOUT / "pyproject.toml").exists():
        place = _CHECKOUT / "var"
        if not _is_root() or _others_can_enter(_CHECKOUT):
            return place
        name = hashlib.sha256(str(place).encode()).hexdigest()[:8]
        return Path("/var/lib/collab") / name
    if _is_root():
        return Path("/var/lib/collab/default")
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "collab"


def _read_pem(setting: str) -> str:
    """Return the PEM of the setting, or of the file it names. Raises `UnusableKey`."""
    if _PEM in setting:
        return setting.replace("\\n", "\n")  # how one line of an environment file holds many
    try:
        path = Path(setting).expanduser()
        with path.open("rb") as file:
            return file.read(_PEM_BYTES).decode()
    except (OSError, ValueError, RuntimeError):
        message = "this is neither a PEM public key nor the path of a readable file with one"
        raise UnusableKey(message) from None


def _check_url(url: str) -> None:
    """Raise `ValueError` unless keys fetched from `url` can be trusted."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_usable = bool(host) and parts.port != 0
    except ValueError:
        is_usable, parts, host = False, urlsplit(""), ""
    if not is_usable or parts.scheme not in ("http", "https"):
        message = "COLLAB_JWT_JWKS_URL is not a URL that keys can be fetched from"
    elif parts.username is not None or parts.password is not None:
        message = "COLLAB_JWT_JWKS_URL may hold no password; public keys need none"
    elif parts.scheme == "http" and not is_loopback(host):
        message = "COLLAB_JWT_JWKS_URL must begin with https://, or anyone on the way could sign"
    else:
        return
    raise ValueError(message)


def _days(number: float) -> timedelta | None:
    return timedelta(days=number) if number else None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _others_can_enter(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
