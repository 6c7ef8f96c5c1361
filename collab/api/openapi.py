"""The OpenAPI 3.1 description, made of the route table and the schemas, and a page that shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from collab.api.paths import PREFIX
from collab.api.problems import status_of
from collab.api.routes import API_ROUTES, OUTSIDE_ROUTES, Route
from collab.errors import ErrorCode
from schemas.identifiers import DOCUMENT_ID_PATTERN
from schemas.rest import Problem

__all__ = ["PREFIX", "describe", "openapi"]

_REF: Final = "#/components/schemas/{model}"
_NAMED: Final = {
    "version": "v and a number; to restore, a sequence number as well",
    "user": "who, as tokens name people (sub)",
    "link": "the link's id, which is no secret",
}
"""What paths name besides documents."""
_ASKED: Final = (
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.FORBIDDEN,
    ErrorCode.RATE_LIMITED,
)
"""What every route of the API may answer to a caller who may not, or not so often."""


async def openapi(request: web.Request) -> web.Response:
    """Return the description."""
    del request
    return web.Response(text=_text(), content_type="application/json")


@cache
def _text() -> str:
    return json.dumps(describe())


def describe() -> dict[str, Any]:
    """Return the OpenAPI document as plain values."""
    everything = [*((PREFIX, r) for r in API_ROUTES), *(("", r) for r in OUTSIDE_ROUTES)]
    models: set[type[BaseModel]] = {Problem}
    for _, route in everything:
        models.update(m for m in (route.answers.model, route.body) if isinstance(m, type))
    pairs = [(model, "validation") for model in sorted(models, key=lambda m: m.__name__)]
    _, definitions = models_json_schema(pairs, ref_template=_REF)  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for prefix, route in everything:
        paths.setdefault(prefix + route.path, {})[route.method.lower()] = _operation(prefix, route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "collab",
            "version": version("collab"),
            "description": "Collaborative documents. The live protocol is Socket.IO.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(prefix: str, route: Route) -> dict[str, Any]:
    asks = prefix == PREFIX
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": {
            str(route.answers.status): _success(route),
            **_failures(route, _ASKED if asks else ()),
        },
    }
    if asks:
        operation["security"] = [{"token": []}, {}]  # nobody needs one without tokens
    if isinstance(route.body, str):
        operation["requestBody"] = {"required": True, "content": {route.body: {}}}
    elif route.body is not None:
        content = {"application/json": {"schema": _ref(route.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in route.path:
        schema: dict[str, Any] = {"type": "string", "pattern": f"^{DOCUMENT_ID_PATTERN}$"}
        parameters.append({"name": "id", "in": "path", "required": True, "schema": schema})
    for name, described in _NAMED.items():
        if f"{{{name}}}" in route.path:
            parameters.append(
                {
                    "name": name,
                    "in": "path",
                    "required": True,
                    "description": described,
                    "schema": {"type": "string"},
                }
            )
    for query in route.query:
        kind: dict[str, Any] = {"type": "string"}
        if query.values:
            kind["enum"] = list(query.values)
        parameters.append(
            {"name": query.name, "in": "query", "description": query.description, "schema": kind}
        )
    return parameters


def _success(route: Route) -> dict[str, Any]:
    content: Mapping[str, Any] = {kind: {} for kind in route.answers.media_types}
    if route.answers.model is not None:
        content = {"application/json": {"schema": _ref(route.answers.model)}}
    return {"description": route.summary, "content": content}


def _failures(route: Route, asked: Sequence[ErrorCode]) -> dict[str, Any]:
    codes: dict[int, list[str]] = {}
    for code in dict.fromkeys((ErrorCode.INVALID_REQUEST, *asked, *route.errors)):
        codes.setdefault(status_of(code), []).append(code.value)
    return {
        str(status): {
            "description": ", ".join(names),
            "content": {"application/problem+json": {"schema": _ref(Problem)}},
        }
        for status, names in codes.items()
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
