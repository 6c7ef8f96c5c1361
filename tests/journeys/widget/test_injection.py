"""Script in everything others can put into a document: it runs neither in the widget nor in its host.

The browser does not apply the host's content security policy here: that is the second wall.
"""

from __future__ import annotations

from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import expect

from tests.support.canary import TAGS, URLS, Canary, hostile_text
from tests.support.guest import Guest
from tests.support.widget import Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def fill(site: Site, document: str) -> None:
    """Have another client write what nobody honest writes, and give it a hostile title."""
    await site.make(document)
    api = f"{site.server.url}/api/v1/documents/{document}"
    headers = {"Content-Type": "application/octet-stream", "Collab-Guest-Name": quote(TAGS[0])}
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        await http.post(f"{api}/updates", data=hostile_text(), headers=headers)
        await http.patch(api, json={"title": TAGS[1]})


async def read_everywhere(window: Canary) -> None:
    """Put what the element's methods return into the page, and look at the history."""
    await window.page.evaluate(
        """() => {
          const put = document.createElement("div");
          put.innerHTML = it.getHTML();
          document.body.append(put);
          JSON.parse(JSON.stringify(it.getJSON()));
        }"""
    )
    await window.is_quiet()
    await window.part("history-open").click()
    await expect(window.part("history-text")).not_to_be_empty()
    await window.is_quiet()
    await window.context.close()


async def test_a_hostile_document(site: Site) -> None:
    """It is shown as text, also in the history, and what the methods return is safe to put in a page."""
    await fill(site, "hostile")
    mal = await Guest.connect(
        site.server.url,
        auth={"id": "m" * 24, "name": TAGS[1], "color": "red;x:url(//evil.invalid)"},
    )
    await mal.join("hostile")
    url = site.put(tag("hostile", name=TAGS[0], placeholder=TAGS[1]))
    ann = await Canary.at(site.browser, url, site.server.url)
    await ann.ready()
    await expect(ann.part("people").locator("li")).to_have_count(2)
    await expect(ann.part("editor")).to_contain_text(TAGS[1])
    await read_everywhere(ann)
    await mal.socket.disconnect()


@pytest.mark.parametrize("mode", ["markdown", "code", "plain"])
async def test_hostile_source(mode: str, site: Site) -> None:
    """Text in which somebody wrote such things stays text, also for who reads it as HTML."""
    url = site.put(tag(f"hostile-{mode}", mode=mode, name="Ann"))
    ann = await Canary.at(site.browser, url, site.server.url)
    await ann.ready()
    await ann.part("editor").click()
    links = (f"[a]({url}) <{url}>" for url in URLS)
    await ann.page.keyboard.insert_text("\n\n".join((*TAGS, *links)))
    await ann.saved()
    ben = await Canary.at(site.browser, url, site.server.url)
    await ben.ready()
    await expect(ben.part("editor")).to_contain_text(TAGS[1])
    for window in (ann, ben):
        await read_everywhere(window)


async def test_hostile_attributes_of_the_element(site: Site) -> None:
    """What a host's page was made to say about its visitor is text for everybody else as well."""
    url = site.put(tag("who", name=TAGS[0], color="red;background:url(//evil.invalid/c)"))
    ann = await Canary.at(site.browser, url, site.server.url)
    await ann.ready()
    ben = await Canary.at(site.browser, url, site.server.url)
    await ben.ready()
    await ann.part("editor").click()
    await ann.write("Hello.")
    await expect(ben.part("remote-caret")).to_contain_text(TAGS[0][:40])
    for window in (ann, ben):
        await window.is_quiet()
    refused = site.put(tag(TAGS[0], theme=TAGS[1], mode=TAGS[2], language=TAGS[3], format=TAGS[4]))
    cat = await Canary.at(site.browser, refused, site.server.url)
    await expect(cat.page.get_by_role("alert")).to_contain_text("cannot be the name")
    for window in (ann, ben, cat):
        await window.is_quiet()
        await window.context.close()
