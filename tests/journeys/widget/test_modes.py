"""Two people in one document, in every mode: they read the same, and their pages hear of it."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.widget import NO_STORAGE, Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_MODES = ("rich", "markdown", "code", "plain")


async def agree(ann: Pane, ben: Pane) -> str:
    """Return what both read, once there is nothing more to come."""
    await ann.saved()
    await ben.saved()
    said: str = await ann.ask("getText")
    await ben.says(said)
    return said


@pytest.mark.parametrize("mode", _MODES)
async def test_two_write_at_once(site: Site, mode: str) -> None:
    """Under the strictest policy, on another origin: both texts are there, whole and once."""
    body = tag(f"modes-{mode}", mode=mode)
    ann = await site.open(body.replace(" id=", ' name="Ann" id='))
    ben = await site.open(body.replace(" id=", ' name="Ben" id='), NO_STORAGE)
    for pane in (ann, ben):
        await pane.ready()
        await pane.click()
    await asyncio.gather(ann.write("abcdefghij" * 2), ben.write("0123456789" * 2))
    said = await agree(ann, ben)
    # Who begins a rich text begins a paragraph: there may be two.
    said = said.replace("\n", "") if mode == "rich" else said
    assert sorted(said) == sorted("abcdefghij0123456789" * 2)
    assert "".join(filter(str.isdigit, said)) == "0123456789" * 2
    assert "".join(filter(str.isalpha, said)) == "abcdefghij" * 2
    for method in ("getHTML", "getMarkdown", "getJSON"):
        assert await ann.ask(method) == await ben.ask(method)
    for pane, other in ((ann, "Ben"), (ben, "Ann")):
        (ready,) = await pane.heard("ready")
        assert ready["document"] == f"modes-{mode}"
        assert ready["role"] in {"owner", "editor"}
        assert {event["origin"] for event in await pane.heard("change")} == {"local", "remote"}
        assert await pane.heard("saved")
        assert {"connected", "saved"} <= set((await pane.heard("status"))[-1].values())
        await pane.until("it.users.length === 2")
        (present,) = [one for one in await pane.heard("presence") if len(one["users"]) == 2][-1:]
        assert other in [user["name"] for user in present["users"]]
        assert await pane.heard("error") == []
        origins = (site.server.url, site.host.origin, site.server.url.replace("http", "ws", 1))
        assert [url for url in pane.requested if not url.startswith(origins)] == []
    for pane in (ann, ben):
        await pane.close()
