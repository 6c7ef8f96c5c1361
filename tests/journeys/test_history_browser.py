"""People in real browser windows: what they find out about a document's past, and take back."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser import Window
from tests.support.server import RunningServer
from tests.support.waiting import eventually_asked

pytestmark = pytest.mark.timeout(120)

_NUMBER: Final = re.compile(r"^\d+$")


async def opened(browser: Browser, server: RunningServer, **options: Any) -> Window:
    """Open the document in the window of one more person."""
    window = await Window.open(browser, f"{server.url}/d/plan", **options)
    await window.ready()
    return window


async def two_who_wrote(browser: Browser, server: RunningServer) -> tuple[Window, Window]:
    """Ann wrote a line and named it; Ben wrote another below."""
    ann = await opened(browser, server)
    await ann.write("Ann was here.")
    await ann.saved()
    await name_now(ann, "By Ann")
    await ann.part("history-close").click()
    ben = await opened(browser, server)
    await ben.go_to_end()
    await ben.write("\nBen came too.")
    await ben.saved()
    await expect(ann.part("editor")).to_contain_text("Ben came too.")
    return ann, ben


async def open_history(window: Window) -> None:
    """Open the history and return once it shows the present."""
    await window.part("history-open").click()
    await expect(window.part("history-open")).to_have_attribute("aria-expanded", "true")
    await expect(window.part("history-version").first).to_be_visible()
    await expect(window.part("history-text")).to_have_attribute("data-sequence", _NUMBER)


async def name_now(window: Window, name: str) -> None:
    """Open the history and give the present a name."""
    await open_history(window)
    await window.part("history-name").click()
    await window.part("history-name-field").fill(name)
    await window.part("history-name-field").press("Enter")
    await expect(version_named(window, name)).to_have_count(1)


def version_named(window: Window, name: str) -> Any:
    """Return the locator of the version with this name."""
    return window.part("history-version").filter(has_text=name)


async def me(window: Window) -> tuple[str, str]:
    """Return the window's own person: id and name."""
    entry = window.part("people").locator("li.is-me")
    await expect(entry).to_have_count(1)
    found = (await entry.get_attribute("data-user"), await entry.get_attribute("data-name"))
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


async def says(window: Window, pattern: str) -> None:
    """Return once the text is as `pattern` has it."""
    read = ""

    async def is_so() -> bool:
        nonlocal read
        read = await window.text()
        return re.search(pattern, read) is not None

    try:
        await eventually_asked(is_so)
    except TimeoutError:
        message = f"{read!r} is not as {pattern!r} has it"
        raise AssertionError(message) from None


async def show_plainly(window: Window) -> None:
    """Switch the changes off, so that the text is what the document said."""
    await window.part("history-changes-toggle").click()
    await expect(window.part("history-text")).to_have_attribute("data-changes", "false")


async def test_walking_through_time(browser: Browser, server: RunningServer) -> None:
    """The slider and its keys lead to every moment; closing leads back to the caret."""
    ann = await opened(browser, server)
    await ann.write("abc")
    await ann.saved()
    await open_history(ann)
    slider, text, moment = (ann.part(f"history-{name}") for name in ("slider", "text", "moment"))
    await expect(slider).to_be_focused()
    most = int(await slider.get_attribute("max") or 0)
    assert most >= 1
    await expect(text).to_have_text("abc")
    await expect(moment).to_contain_text("Now")
    await expect(text.locator("ins").first).to_have_attribute("data-author", (await me(ann))[0])
    await slider.press("Home")
    await expect(moment).to_have_text("The beginning")
    await expect(text).to_have_text("Nothing was here yet.")
    for sequence in range(1, most + 1):
        await slider.press("ArrowRight")
        await expect(moment).to_have_attribute("data-sequence", str(sequence))
        await expect(text).to_have_attribute("data-sequence", str(sequence))
    await expect(text).to_have_text("abc")
    await slider.press("PageDown")
    await expect(moment).to_have_text("The beginning")
    await slider.press("End")
    await expect(moment).to_contain_text((await me(ann))[1])
    await slider.fill("0")
    await expect(moment).to_have_text("The beginning")
    await ann.page.keyboard.press("Escape")
    await expect(ann.part("history")).to_have_count(0)
    await expect(ann.part("editor")).to_be_focused()
    await ann.write("d")
    await expect(ann.part("editor")).to_have_text("abcd")
    assert ann.troubles == []


async def test_changes_carry_their_authors(browser: Browser, server: RunningServer) -> None:
    """What changed since the named version is Ben's; since the beginning it is both's."""
    ann, ben = await two_who_wrote(browser, server)
    await open_history(ann)
    text = ann.part("history-text")
    (ann_id, _), (ben_id, ben_name) = await me(ann), await me(ben)
    added = text.locator("ins")
    await expect(added).to_have_text(["Ben came too."])
    await expect(added).to_have_attribute("data-author", ben_id)
    await expect(added).to_have_attribute("title", f"Added by {ben_name}")
    await expect(ann.part("history-changes")).to_contain_text("3 words added")
    await ann.part("history-compare").select_option("the beginning")
    await expect(added).to_have_text(["Ann was here.", "Ben came too."])
    await expect(added.first).to_have_attribute("data-author", ann_id)
    await show_plainly(ann)
    await expect(added).to_have_count(0)
    await expect(text).to_have_text("Ann was here.Ben came too.")
    await ann.part("history-stretch").filter(has_text=ben_name).locator("button").first.click()
    await ann.part("history-changes-toggle").click()
    await expect(added).to_have_text(["Ben came too."])
    assert ann.troubles == []


async def test_a_name_is_given_changed_and_taken_away(
    browser: Browser, server: RunningServer
) -> None:
    """Everybody who looks at the history sees it at once."""
    ann, ben = await opened(browser, server), await opened(browser, server)
    await ann.write("Words.")
    await ann.saved()
    await open_history(ben)
    await name_now(ann, "Draft")
    await expect(version_named(ben, "Draft")).to_have_count(1)
    await expect(ann.part("history-name")).to_have_text("Rename")
    await ann.part("history-name").click()
    field = ann.part("history-name-field")
    await expect(field).to_have_value("Draft")
    await field.fill("Final")
    await field.press("Enter")
    await expect(version_named(ann, "Final")).to_have_count(1)
    await expect(version_named(ann, "Draft")).to_have_count(0)
    await ann.part("history-name").click()
    await field.fill("Never mind")
    await field.press("Escape")
    await expect(ann.part("history-moment")).to_contain_text("Final")
    await ann.part("history-unname").click()
    await expect(version_named(ann, "Final")).to_have_count(0)
    assert ann.troubles == ben.troubles == []


async def test_restoring_while_another_types(browser: Browser, server: RunningServer) -> None:
    """A version comes back, nothing typed meanwhile is lost, and the toast takes it back."""
    ann, ben = await two_who_wrote(browser, server)
    await open_history(ann)
    await version_named(ann, "By Ann").get_by_role("button").first.click()
    await expect(ann.part("history-text")).to_have_text("Ann was here.")
    await ann.part("history-restore").click()
    summary = ann.part("history-summary")
    await expect(summary).to_contain_text("Restoring “By Ann” removes 1 block with 3 words")
    await expect(summary).to_contain_text((await me(ben))[1])
    await ann.part("history-cancel").click()
    await expect(ann.part("editor")).to_contain_text("Ben came too.")
    await ann.part("history-restore").click()
    await expect(ann.part("history-confirm")).to_be_enabled()
    await ben.page.keyboard.press("Control+Home")
    typed = "Typed all the while: "
    await asyncio.gather(ann.part("history-confirm").click(), ben.write(typed))
    await expect(ann.part("toast")).to_contain_text("Restored “By Ann”.")
    await expect(ann.part("history")).to_have_count(0)
    await says(ann, r"^[A-Za-z :]*Ann was here\.$")
    # Where none of what stood before his cursor is left, his editor looks for a new place for it.
    await ben.page.keyboard.press("Control+Home")
    await ben.write("and after, ")
    await says(ben, r"^and after, [A-Za-z :]*Ann was here\.$")
    await ben.saved()
    await ann.part("toast-action").click()
    # What was typed before the restore, during it and after: all of it is there. The last words stand
    # beside what was left of the others.
    for window in (ann, ben):
        await says(window, r"^.*Ann was here\.\nBen came too\.$")
        first, _ = (await window.text()).split("Ann was here.")
        assert first.replace("and after, ", "", 1) == typed
    await expect(ann.part("toast")).to_contain_text("Undone")
    assert ann.troubles == ben.troubles == []


async def test_taking_back_what_one_person_did(browser: Browser, server: RunningServer) -> None:
    """The preview shows it, only their edits go, and the toast brings them back."""
    ann, ben = await two_who_wrote(browser, server)
    ben_id, ben_name = await me(ben)
    await ann.go_to_end()
    await open_history(ann)
    await ann.page.locator(f'[data-testid="history-person"][data-author="{ben_id}"]').click()
    await ann.part("revert-person").locator("visible=true").click()
    await expect(ann.part("history-summary")).to_contain_text("edits removes 1 block with 3 words")
    await expect(ann.page.locator("dialog del")).to_have_text("Ben came too.")
    await ann.part("history-confirm").click()
    for window in (ann, ben):
        await says(window, r"^Ann was here\.$")
    await expect(ann.part("toast")).to_contain_text(f"Took back all of {ben_name}")
    await ann.part("toast-action").click()
    for window in (ann, ben):
        await says(window, r"^Ann was here\.\nBen came too\.$")
    assert ann.troubles == ben.troubles == []


async def test_authorship_colours(browser: Browser, server: RunningServer) -> None:
    """Each word has its writer's colour and name, also while people go on writing."""
    ann, ben = await two_who_wrote(browser, server)
    (ann_id, ann_name), (ben_id, ben_name) = await me(ann), await me(ben)
    await ann.part("authorship-toggle").click()
    await expect(ann.part("authorship-toggle")).to_have_attribute("aria-pressed", "true")

    def by(author: str) -> Any:
        return ann.part("editor").locator(f'.ce-wrote[data-author="{author}"]')

    await expect(by(ann_id)).to_have_text(["Ann was here."])
    await expect(by(ben_id)).to_have_text(["Ben came too."])
    await expect(by(ben_id)).to_have_attribute("title", f"Written by {ben_name}")
    await ben.page.keyboard.press("Control+Home")
    await ben.write("Yes, ")
    await expect(by(ben_id)).to_have_text(["Yes, ", "Ben came too."])
    await ann.go_to_end()
    await ann.write("!")
    await expect(by(ann_id)).to_have_text(["Ann was here.!"])
    cy = await opened(browser, server)
    await cy.page.keyboard.press("Control+End")
    await cy.write(" Cy")
    await expect(by((await me(cy))[0])).to_have_text([" Cy"])
    legend = ann.part("authorship-legend")
    await expect(legend).to_contain_text(f"{ann_name} (you)")
    await expect(legend).to_contain_text(ben_name)
    await ann.part("authorship-toggle").click()
    await expect(ann.part("editor").locator(".ce-wrote")).to_have_count(0)
    await expect(legend).to_be_hidden()
    assert ann.troubles == []


async def test_the_document_goes_on_below(browser: Browser, server: RunningServer) -> None:
    """Edits of others arrive while the history is open, in it and below it."""
    ann, ben = await two_who_wrote(browser, server)
    await open_history(ann)
    await ben.write(" And stayed.")
    await ben.saved()
    await expect(ann.part("history-text")).to_contain_text("And stayed.")
    await ann.part("history-close").click()
    await expect(ann.part("editor")).to_contain_text("And stayed.")
    assert ann.troubles == []


async def test_a_lost_network_is_said(browser: Browser, server: RunningServer) -> None:
    """One sentence says what is wrong, and trying again shows the history."""
    ann, _ = await two_who_wrote(browser, server)
    await ann.context.set_offline(True)
    await ann.part("history-open").click()
    await expect(ann.part("history-trouble")).to_contain_text("The server cannot be reached")
    await ann.context.set_offline(False)
    await ann.part("history-retry").click()
    await expect(version_named(ann, "By Ann")).to_have_count(1)
    await expect(ann.part("history-trouble")).to_be_hidden()
    await expect(ann.part("history-text")).to_contain_text("Ben came too.")
    await ann.context.set_offline(True)
    await version_named(ann, "By Ann").get_by_role("button").first.click()
    await ann.part("history-restore").click()
    await expect(ann.page.locator("dialog.ce-confirm")).to_contain_text(
        "The server cannot be reached"
    )
    await expect(ann.part("history-confirm")).to_be_disabled()
    await ann.part("history-cancel").click()
    assert ann.troubles == []


async def test_without_a_mouse(browser: Browser, server: RunningServer) -> None:
    """Keys alone open the history, choose a version and bring the focus back."""
    ann, _ = await two_who_wrote(browser, server)
    await ann.page.keyboard.press("Control+Alt+Shift+KeyH")
    await expect(version_named(ann, "By Ann")).to_have_count(1)
    # The slider's next stop are the people, then the list; arrows walk in it.
    focused = ann.page.locator("*:focus")

    async def is_in_list() -> bool:
        await ann.page.keyboard.press("Tab")
        found: bool = await focused.evaluate("e => e.closest('.ce-history-list') !== null")
        return found

    await eventually_asked(is_in_list)
    await ann.page.keyboard.press("ArrowDown")
    while "By Ann" not in await focused.inner_text():
        await ann.page.keyboard.press("ArrowDown")
    await ann.page.keyboard.press("Enter")
    await expect(ann.part("history-text")).to_have_text("Ann was here.")
    await expect(focused).to_have_attribute("aria-current", "true")
    await ann.page.keyboard.press("Escape")
    await expect(ann.part("editor")).to_be_focused()
    assert ann.troubles == []


@pytest.mark.parametrize("width", [360, 820, 1280])
async def test_nothing_is_cut_off(width: int, browser: Browser, server: RunningServer) -> None:
    """No part of the history reaches out of the window."""
    ann = await opened(browser, server, viewport={"width": width, "height": 800})
    await ann.write("A" * 300)
    await ann.saved()
    await name_now(ann, "W" * 120)
    beyond: list[str] = await ann.page.evaluate(
        """() => [...document.querySelectorAll(".ce-history button, .ce-history input")]
          .filter((part) => part.getClientRects().length > 0)
          .filter((part) => part.getBoundingClientRect().right > innerWidth + 0.5)
          .map((part) => part.outerHTML.slice(0, 120))"""
    )
    assert beyond == []
