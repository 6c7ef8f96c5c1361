"""The editor as a field of somebody's form, and in the place of a text area."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import expect

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
