"""The page at `/docs`: every call of the API, made of its description, without a script."""

from __future__ import annotations

import html
import json
from functools import cache
from typing import Any, Final

from aiohttp import web

from collab.api.headers import page_policy, style_hash
from collab.api.openapi import describe

__all__ = ["reference_page"]

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:52rem;"
    "margin:3rem auto;padding:0 1.5rem}details{border-top:1px solid #8884;padding:.6rem 0}"
    "summary{cursor:pointer}code,pre{font:.9em/1.5 ui-monospace,monospace}"
    "pre{overflow:auto;background:#8881;padding:.8rem;border-radius:.4rem}"
    "b{display:inline-block;min-width:4.5rem}small{opacity:.75}"
)


async def reference_page(request: web.Request) -> web.Response:
    """Return the reference, with a command to try for every call."""
    page = _page(str(request.url.origin()))
    policy = page_policy(request.host, styles=[style_hash(_STYLE)])
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=page, content_type="text/html", headers=headers)


@cache
def _description() -> dict[str, Any]:
    return describe()


def _page(origin: str) -> str:
    described = _description()
    calls = "".join(
        _call(origin, method, path, operation)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "".join(
        f"<details><summary><code>{html.escape(name)}</code></summary>"
        f"<pre>{html.escape(json.dumps(schema, indent=2))}</pre></details>"
        for name, schema in described["components"]["schemas"].items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>collab API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><h1>API</h1><p>Machine-readable: "
        '<a href="/api/v1/openapi.json">openapi.json</a>. Errors are problem+json with a stable '
        f"code.</p><h2>Calls</h2>{calls}<h2>Schemas</h2>{schemas}"
    )


def _call(origin: str, method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<li><code>{html.escape(p['name'])}</code> {html.escape(p.get('description', ''))}</li>"
        for p in operation["parameters"]
    )
    answers = "".join(
        f"<li>{status}: <small>{html.escape(answer['description'])}</small></li>"
        for status, answer in operation["responses"].items()
    )
    media = next(iter(operation.get("requestBody", {}).get("content", {})), None)
    command = f"curl -X {method.upper()} '{origin}{path.replace('{id}', 'my-document')}'"
    if media == "application/json":
        command += " -H 'content-type: application/json' -d '{\"title\": \"Minutes\"}'"
    elif media:
        command += f" -H 'content-type: {media}' --data-binary @update.bin"
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{html.escape(path)}</code><br>"
        f"<small>{html.escape(operation['summary'])}</small></summary>"
        f"<ul>{parameters}</ul><pre>{html.escape(command)}</pre><ul>{answers}</ul></details>"
    )
