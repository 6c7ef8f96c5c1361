"""Bad input at every endpoint: the named code, one sentence, and a server that stays well."""

from __future__ import annotations

import io
from typing import Any, Final

import pytest

from tests.integration.api.conftest import Http

_BAD_IDS: Final = ("%20", ".x", "-x", "a%20b", "%C3%A4", "x" * 129, "a%00b", "%F0%9F%98%80")
_ON_ONE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("GET", "", {}),
    ("PATCH", "", {"json": {"title": "t"}}),
    ("DELETE", "", {}),
    ("POST", "/undelete", {}),
    ("GET", "/content", {}),
    ("GET", "/state", {}),
    ("POST", "/updates", {"data": b"\0\0"}),
    ("GET", "/presence", {}),
)
_BAD_BODIES: Final[tuple[dict[str, Any], ...]] = (
    {"data": b""},
    {"data": b"{"},
    {"data": b"[]"},
    {"data": b"7"},
    {"data": b"null"},
    {"data": b"\xff\xfe{}"},
    {"data": b"[" * 100_000},
    {"data": b'{"title":' * 50_000},
    {"json": {"title": 7}},
    {"json": {"title": None}},
    {"json": {"title": "x" * 201}},
    {"data": b'{"title":"\\ud800"}'},
    {"data": b'{"title":"a\\u0000b"}'},
    {"json": {"title": "t", "surprise": 1}},
)
_BAD_SEEDS: Final[tuple[Any, ...]] = (
    7,
    {},
    {"format": "text"},
    {"format": "rtf", "value": "x"},
    {"format": "text", "value": 7},
    {"format": "html", "value": ["<p>"]},
    {"format": "json", "value": "x"},
    {"format": "json", "value": {"type": "paragraph"}},
    {"format": "json", "value": {"type": "doc", "content": [{"type": "script"}]}},
    {"format": "json", "value": {"type": "doc", "content": "x"}},
)


async def test_ids(http: Http) -> None:
    """Each endpoint names an id it cannot use, and a document that is not there."""
    for method, rest, options in _ON_ONE:
        for bad in _BAD_IDS:
            code = await http.refused(method, f"/documents/{bad}{rest}", **options)
            assert code == "invalid_document_id", (method, rest, bad)
        code = await http.refused(method, f"/documents/absent{rest}", **options)
        assert code == "not_found", (method, rest)
    for bad in ("", ".x", "a b", "ä", "x" * 129, "a\0b"):
        assert await http.refused("POST", "/documents", json={"id": bad}) == "invalid_document_id"
    assert (await http("GET", "//readyz")).status == 200


async def test_bodies(http: Http) -> None:
    """Bodies that are no JSON, of the wrong shape, or nested without end are refused."""
    await http("POST", "/documents", json={"id": "d", "title": "Kept"})
    for body in _BAD_BODIES:
        options = dict(body)
        if "data" in options:
            options["headers"] = {"content-type": "application/json"}
        assert await http.refused("PATCH", "/documents/d", **options) == "invalid_request", body
        if "json" not in options or "surprise" in options["json"]:
            code = await http.refused("POST", "/documents", **options)
            assert code == "invalid_request", body
    assert (await http("GET", "/documents/d")).json["title"] == "Kept"
    assert (await http("GET", "//readyz")).status == 200


@pytest.mark.parametrize("seed", _BAD_SEEDS, ids=str)
async def test_seeds(seed: object, http: Http) -> None:
    """A seed that cannot be read makes no document."""
    body = {"id": "d", "content": seed}
    assert await http.refused("POST", "/documents", json=body) == "invalid_request"
    assert await http.refused("GET", "/documents/d") == "not_found"


async def test_queries_and_methods(http: Http) -> None:
    """Unusable cursors, limits, formats, methods and paths have their codes too."""
    await http("POST", "/documents", json={"id": "d"})
    for query in ("cursor=x", "cursor=%00", "limit=0", "limit=201", "limit=x", "deleted=maybe"):
        assert await http.refused("GET", f"/documents?{query}") == "invalid_request", query
    assert await http.refused("GET", "/documents/d/content?format=pdf") == "invalid_request"
    assert await http.refused("PUT", "/documents/d") == "invalid_request"
    assert await http.refused("GET", "/nowhere") == "not_found"
    for update in (b"", b"\0", b"\xff" * 30, b'{"a":1}'):
        assert await http.refused("POST", "/documents/d/updates", data=update) == "invalid_update"
    huge = io.BytesIO(bytes(33 * 1024 * 1024))
    assert await http.refused("POST", "/documents/d/updates", data=huge) == "update_too_large"


_HOSTILE: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg onload=alert(1)><circle/></svg>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<p style="background:url(javascript:alert(1))" onclick="alert(1)">x</p>',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<form action=javascript:alert(1)><button>x</button></form>",
)


async def test_hostile_html_comes_out_harmless(http: Http) -> None:
    """Nothing of an attack seeded as HTML or as text survives in the HTML that is served."""
    for number, attack in enumerate(_HOSTILE):
        for kind in ("html", "text"):
            name = f"{kind}{number}"
            seed = {"format": kind, "value": attack}
            made = await http("POST", "/documents", json={"id": name, "content": seed})
            assert made.status == 201, attack
            answer = await http("GET", f"/documents/{name}/content?format=html")
            assert (answer.status, answer.media_type) == (200, "text/html")
            served = answer.body.decode().lower()
            tags = served.replace("&lt;", "").split("<")[1:]
            for tag in tags:
                head = tag.split(">")[0]
                for danger in (
                    "script",
                    "onerror",
                    "onload",
                    "onclick",
                    "iframe",
                    "style",
                    "data:",
                ):
                    assert danger not in head, (attack, served)
