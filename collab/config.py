"""Settings: flags, then COLLAB_… in the environment, then defaults. Read once, in `app` and `cli` only."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import sys
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AliasChoices, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from collab.crdt.replica import Engine, default_engine
from collab.errors import StartupError
from collab.history.retention import RetentionPolicy
from collab.limits import Limits

__all__ = ["AuthMode", "LogFormat", "Settings", "default_data_dir", "read_settings"]

_CHECKOUT: Final = Path(__file__).resolve().parent.parent
_MEBIBYTE: Final = 1024 * 1024


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
        env_prefix="COLLAB_", frozen=True, extra="ignore", populate_by_name=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    data_dir: Path = Field(default_factory=lambda: default_data_dir())  # noqa: PLW0108 - defined below
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("COLLAB_DATABASE_URL", "DATABASE_URL")
    )
    redis_url: str | None = Field(
        default=None, validation_alias=AliasChoices("COLLAB_REDIS_URL", "REDIS_URL")
    )
    auth: AuthMode = AuthMode.NONE
    allow_anonymous: bool = False
    """Serve beyond this machine although nobody has to prove who they are."""
    log_format: LogFormat = LogFormat.TEXT
    log_level: str = "INFO"
    engine: Engine = Field(default_factory=default_engine)
    allowed_origins: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Origins of other sites' pages that may connect; None means this server's own pages only."""
    document_bytes: Annotated[int, Field(ge=64 * 1024, le=512 * _MEBIBYTE)] = 32 * _MEBIBYTE
    events_per_second: Annotated[int, Field(ge=1)] = Limits().events_per_second
    event_burst: Annotated[int, Field(ge=1)] = Limits().event_burst
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
    def _split_origins(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("allowed_origins", "COLLAB_ALLOWED_ORIGINS"):
            listed = values.get(name)
            if isinstance(listed, str):
                parts = tuple(part.strip() for part in listed.split(",") if part.strip())
                if not parts:
                    message = "the list of allowed origins is empty; leave it unset to allow none"
                    raise ValueError(message)
                values[name] = parts
        return values

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if self.auth is AuthMode.JWT:
            message = "signed tokens are not part of this version yet; start with --auth none"
            raise ValueError(message)
        if self.redis_url is not None and "redis_url" in self.model_fields_set:
            message = "several servers through Redis are not part of this version yet; unset it"
            raise ValueError(message)
        if not _is_loopback(self.host) and not self.allow_anonymous:
            message = (
                f"{self.host} is reachable by others and nobody has to prove who they are; "
                "bind to 127.0.0.1, or insist with --allow-anonymous"
            )
            raise ValueError(message)
        return self

    def retention(self) -> RetentionPolicy:
        """Return how long the detail of history is kept."""
        return RetentionPolicy(
            keystrokes=_days(self.keystrokes_days), stretches=_days(self.stretches_days)
        )

    def limits(self) -> Limits:
        """Return the server's bounds with the operator's numbers in them."""
        return Limits(
            document_bytes=self.document_bytes,
            events_per_second=self.events_per_second,
            event_burst=self.event_burst,
        )


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


def _days(number: float) -> timedelta | None:
    return timedelta(days=number) if number else None


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _others_can_enter(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
