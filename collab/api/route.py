"""What a route is: one method on one path, described well enough for the router and for OpenAPI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from collab.errors import ErrorCode

__all__ = ["Answers", "Query", "Route"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter: its name, what it means, and its values when there are only a few."""

    name: str
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a route answers when all goes well: a model, or bytes of some media types."""

    model: type[BaseModel] | None = None
    status: int = 200
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method on one path."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Answers
    body: type[BaseModel] | str | None = None
    """A model for JSON, or the media type of raw bytes."""
    query: tuple[Query, ...] = ()
    errors: tuple[ErrorCode, ...] = ()

    @property
    def pattern(self) -> str:
        """The path as the router takes it: people's names may hold braces, too."""
        return self.path.replace("{user}", "{user:[^/]+}")
