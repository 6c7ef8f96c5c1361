"""The editor as a field of somebody's form, and in the place of a text area."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

from tests.support.tokens import token
from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_DATA: Final = "Object.fromEntries(new FormData(document.querySelector('form')))"


def policy(site: Site) -> str:
    """Return the strictest policy under which a form can be sent."""
    return f"{site.policy}; form-action 'self'"


async def opened(site: Site, body: str) -> Pane:
    """Open a page of the host with `body` in it."""
    return await site.open(body, policy=policy(site))


async def test_sent_with_its_form(site: Site) -> None:
    """The text travels under its field's name in its format; without a text the form is not sent."""
    field = tag("sent", field="notes", format="markdown", required="", name="Ann")
    body = f'<form action="/taken"><label for="it">Notes</label>{field}<button>Send</button></form>'
    pane = await opened(site, body)
    await pane.ready()
    await expect(pane.part("editor")).to_have_attribute("aria-label", "Notes")
    await pane.page.get_by_role("button", name="Send").click()
    assert await pane.page.evaluate("document.querySelector('form').checkValidity()") is False
    await pane.page.get_by_text("Notes", exact=True).click()
    await expect(pane.part("editor")).to_be_focused()
    await pane.write("# Title")
    await pane.page.keyboard.press("Enter")
    await pane.write("words")
    await pane.saved()
    assert await pane.page.evaluate(_DATA) == {"notes": "# Title\n\nwords\n"}
    # Resetting the form leaves what is not only this person's.
    await pane.page.evaluate("document.querySelector('form').reset()")
    assert await pane.page.evaluate(_DATA) == {"notes": "# Title\n\nwords\n"}
    await pane.page.evaluate("it.disabled = true")
    await expect(pane.part("editor")).to_have_attribute("contenteditable", "false")
    assert await pane.page.evaluate(_DATA) == {}
    await pane.page.evaluate("it.disabled = false")
    site.host.put("/taken", "<!doctype html>Thank you.")
    async with pane.page.expect_navigation():
        await pane.page.get_by_role("button", name="Send").click()
    assert parse_qs(urlsplit(pane.page.url).query) == {"notes": ["# Title\r\n\r\nwords\r\n"]}
    assert pane.troubles == []
    await pane.context.close()


async def test_in_the_place_of_a_text_area(site: Site) -> None:
    """What it held begins the document, once; what is written is its value, and its page hears of it."""
    area = '<textarea id="area" name="summary" data-collab="area">Agenda</textarea>'
    body = f"<form>{area}</form>"
    ann, ben = await opened(site, body), await opened(site, body)
    for pane in (ann, ben):
        await pane.ready()
        await expect(pane.page.locator("#area")).not_to_be_in_viewport()
        await pane.until("area.value === 'Agenda'")
        await pane.page.evaluate("area.addEventListener('input', () => { window.inputs = true; })")
    await ann.click()
    await ann.page.keyboard.press("Control+End")
    await ann.write(" for Monday")
    for pane in (ann, ben):
        await pane.until("area.value === 'Agenda for Monday' && window.inputs")
        assert await pane.page.evaluate(_DATA) == {"summary": "Agenda for Monday"}
    # One that comes later is found, and one that goes takes its editor with it.
    await ann.page.evaluate("area.remove()")
    await expect(ann.page.locator("collab-editor")).to_have_count(0)
    await ann.page.evaluate(
        """() => {
          const late = Object.assign(document.createElement("textarea"), { id: "late" });
          late.dataset.collab = "area";
          document.querySelector("form").append(late);
        }"""
    )
    await ann.ready()
    await ann.until("late.value === 'Agenda for Monday'")
    await ann.close()
    await ben.close()


async def test_written_while_offline(site: Site) -> None:
    """The page hears of each change at once, the form can be sent; what comes with loading is none."""
    await site.make("offline-area")
    field = tag("offline-form", field="notes", format="text", required="", mode="plain")
    area = '<textarea id="area" data-collab="offline-area" data-collab-mode="rich"></textarea>'
    pane = await opened(site, f"<form>{field}</form>{area}")
    text = pane.page.locator("#it").get_by_test_id("editor")
    below = pane.page.locator("#area + collab-editor").get_by_test_id("editor")
    for one in (text, below):
        await expect(one).to_have_attribute("contenteditable", "true")
    assert await pane.heard("change") == []
    await pane.context.set_offline(True)
    await expect(pane.part("save-state").first).to_have_text("Offline")
    await text.click()
    await pane.write("on the train")
    changes = await pane.heard("change")
    assert [one["origin"] for one in changes] == ["local"] * len("on the train")
    assert await pane.page.evaluate("document.querySelector('form').checkValidity()") is True
    assert await pane.page.evaluate(_DATA) == {"notes": "on the train"}
    await pane.page.evaluate("area.addEventListener('input', () => { window.inputs = true; })")
    await below.click()
    await pane.write("below")
    await pane.until("area.value === '<p>below</p>' && window.inputs")
    await pane.context.set_offline(False)
    for state in await pane.part("save-state").all():
        await expect(state).to_have_text("Saved")
    await pane.close()


async def test_the_first_text_that_comes_is_no_change(site: Site) -> None:
    """Opening a document that others have written in is told by `ready`, not by `change`."""
    await site.make("no-change", "<p>There before.</p>")
    pane = await site.open(tag("no-change"))
    await pane.ready()
    await pane.says("There before.")
    assert await pane.heard("change") == []
    ben = await site.open(tag("no-change"))
    await ben.ready()
    await ben.click()
    await ben.write("!")
    await pane.hears("change", origin="remote")
    await pane.close()
    await ben.close()


async def test_nobody_is_asked_for_what_they_may_not_write(guarded: Site) -> None:
    """A reader can send a form whose required document is empty; speech says what is required."""
    owner = token("owner", {"asked": "owner"})
    await guarded.make("asked", Authorization=f"Bearer {owner}")

    async def seen(role: str) -> Pane:
        signed = token("vic", {"asked": role})
        field = tag("asked", field="notes", required="", token=signed)
        pane = await opened(guarded, f"<form>{field}</form>")
        await expect(pane.part("editor")).to_have_attribute("aria-required", "true")
        return pane

    valid = "document.querySelector('form').checkValidity()"
    reader, writer = await seen("viewer"), await seen("editor")
    await reader.until(valid)
    assert await writer.page.evaluate(valid) is False
    await writer.page.evaluate("it.editable = false")
    await writer.until(valid)
    await writer.page.evaluate("it.required = false")
    await expect(writer.part("editor")).not_to_have_attribute("aria-required", "true")
    await reader.close()
    await writer.close()


async def test_markdown_is_html_from_the_first_moment(site: Site) -> None:
    """What the element says in `ready`, and what a textarea gets, is never the source in disguise."""
    area = (
        '<textarea id="area" data-collab="md-area" data-collab-mode="markdown"'
        ' data-collab-format="html"># Hi *there*</textarea>'
    )
    listen = """
    addEventListener("ready", ({ target }) => { window.atReady = target.getHTML(); }, true);
    addEventListener("input", ({ target }) => { (window.given ??= []).push(target.value); });
    """
    pane = await site.open(area, listen)
    await pane.ready()
    html = "<h1>Hi <em>there</em></h1>"
    assert (await pane.page.evaluate("atReady")).strip() == html
    assert [one.strip() for one in await pane.page.evaluate("given")] == [html]
    assert (await pane.page.evaluate("area.value")).strip() == html
    await pane.close()
