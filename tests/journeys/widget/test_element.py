"""`<collab-editor>` as an element among others: attributes, properties, slots, several on a page."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from tests.support.tokens import token
from tests.support.widget import Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def load(pane: Pane, site: Site) -> None:
    """Load the widget's script late; return once the element is defined."""
    await pane.page.evaluate(
        """async (address) => {
          const script = document.createElement("script");
          Object.assign(script, { type: "module", src: address });
          document.head.append(script);
          await customElements.whenDefined("collab-editor");
        }""",
        f"{site.server.url}/widget.js",
    )


async def test_what_was_set_before_the_script(site: Site) -> None:
    """The script comes last: attributes, properties and content that were there before all count."""
    pane = await site.open(tag(None, "<p>Rendered on the server.</p>"), head="")
    await expect(pane.page.get_by_text("Rendered on the server.")).to_be_visible()
    await pane.page.evaluate(
        """() => Object.assign(it, {
          document: "before", name: "Early", placeholder: "Begin here", toolbar: false,
          initialContent: "From the page",
        })"""
    )
    await load(pane, site)
    await pane.ready()
    assert await pane.page.evaluate("it.getAttribute('document')") == "before"
    assert await pane.page.evaluate("Object.keys(it)") == []
    assert await pane.get("name") == "Early"
    await expect(pane.part("toolbar")).to_be_hidden()
    await expect(pane.page.get_by_text("Rendered on the server.")).to_be_hidden()
    await pane.says("From the page")
    (ready,) = await pane.heard("ready")
    assert ready["user"]["name"] == "Early"
    await pane.close()


async def test_ways_to_make_one(site: Site) -> None:
    """By hand, as markup, as a copy: each becomes an editor, also after a stay in another document."""
    pane = await site.open("<main></main>")
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(
        """() => {
          const main = document.querySelector("main");
          const made = document.createElement("collab-editor");
          made.id = "made";
          main.append(made);
          made.document = "ways";
          main.insertAdjacentHTML("beforeend", '<collab-editor id="marked" document="ways"></collab-editor>');
          const copy = made.cloneNode(true);
          copy.id = "copy";
          main.append(copy);
          const constructed = new (customElements.get("collab-editor"))();
          Object.assign(constructed, { id: "constructed", document: "ways" });
          main.append(constructed);
          const other = document.implementation.createHTMLDocument();
          const travelled = document.createElement("collab-editor");
          Object.assign(travelled, { id: "travelled", document: "ways" });
          other.body.append(travelled);
          main.append(document.adoptNode(travelled));
        }"""
    )
    names = ("made", "marked", "copy", "constructed", "travelled")
    for name in names:
        text = pane.page.locator(f"#{name}").get_by_test_id("editor")
        await expect(text).to_have_attribute("contenteditable", "true")
    await pane.page.locator("#copy").get_by_test_id("editor").click()
    await pane.write("once for all")
    for name in names:
        await expect(pane.page.locator(f"#{name}").get_by_test_id("editor")).to_have_text(
            "once for all"
        )
    assert len([url for url in pane.requested if url.startswith("ws")]) == 1
    await pane.close()


async def test_attributes_and_properties_are_one(site: Site) -> None:
    """What is set one way is read the other way; nonsense has the default's meaning."""
    pane = await site.open("<collab-editor id='it'></collab-editor>")
    await pane.until("customElements.get('collab-editor')")
    strings = [
        "server",
        "document",
        "token",
        "link",
        "name",
        "color",
        "placeholder",
        "language",
        "field",
    ]
    read = await pane.page.evaluate(
        """(names) => {
          const bare = document.createElement("collab-editor");
          const wrong = [];
          for (const name of names) {
            if (bare[name] !== "") wrong.push(`${name} is ${bare[name]}`);
            bare[name] = "x";
            if (bare.getAttribute(name) !== "x") wrong.push(`${name} does not reflect`);
            bare.setAttribute(name, "y");
            if (bare[name] !== "y") wrong.push(`${name} does not read`);
            bare[name] = null;
            if (bare.hasAttribute(name)) wrong.push(`${name} stays`);
          }
          for (const name of ["editable", "toolbar", "history"]) {
            if (bare[name] !== true) wrong.push(`${name} is not on`);
            bare[name] = false;
            if (bare.getAttribute(name) !== "false" || bare[name] !== false) wrong.push(`${name} is on`);
            bare.setAttribute(name, "");
            if (bare[name] !== true) wrong.push(`${name} stays off`);
          }
          for (const name of ["required", "disabled"]) {
            if (bare[name] !== false) wrong.push(`${name} is on`);
            bare[name] = true;
            if (!bare.hasAttribute(name)) wrong.push(`${name} does not reflect`);
          }
          const kinds = { mode: ["plain", "rich"], theme: ["dark", "auto"], format: ["json", "html"] };
          for (const [name, [other, standard]] of Object.entries(kinds)) {
            if (bare[name] !== standard) wrong.push(`${name} is ${bare[name]}`);
            bare[name] = other;
            if (bare[name] !== other || bare.getAttribute(name) !== other) wrong.push(name);
            bare.setAttribute(name, "nonsense");
            if (bare[name] !== standard) wrong.push(`${name} is nonsense`);
            bare.removeAttribute(name);
          }
          return wrong;
        }""",
        strings,
    )
    assert read == []
    await pane.close()


async def test_attributes_change_while_it_is_open(site: Site) -> None:
    """Looks and rights follow at once, without a new beginning; another document or mode opens anew."""
    pane = await site.open(tag("changing", placeholder="One"))
    await pane.ready()
    await expect(pane.page.locator("[data-placeholder='One']")).to_be_visible()
    await pane.page.evaluate(
        """() => {
          window.editor = it.editor;
          it.placeholder = "Two";
          it.toolbar = false;
          it.theme = "dark";
        }"""
    )
    await expect(pane.page.locator("[data-placeholder='Two']")).to_be_visible()
    await pane.page.evaluate("it.editable = false")
    await expect(pane.part("toolbar")).to_be_hidden()
    await expect(pane.part("editor")).to_have_attribute("contenteditable", "false")
    colour = "getComputedStyle(it.shadowRoot.querySelector('.ce')).colorScheme"
    assert await pane.page.evaluate(colour) == "dark"
    assert await pane.page.evaluate("it.editor === editor")
    await pane.page.evaluate("it.toolbar = true; it.editable = true; it.theme = 'light'")
    await expect(pane.part("toolbar")).to_be_visible()
    assert await pane.page.evaluate(colour) == "light"
    await pane.click()
    await pane.write("rich words")
    await pane.saved()
    await pane.page.evaluate("it.document = 'changing-other'")
    await expect(pane.part("editor")).to_have_text("")
    await pane.ready()
    await pane.click()
    await pane.write("others")
    await pane.saved()
    await pane.page.evaluate("it.document = 'changing'")
    await expect(pane.part("editor")).to_have_text("rich words")
    await pane.page.evaluate("it.mode = 'markdown'")
    await expect(pane.page.get_by_role("alert")).to_be_visible()
    await pane.hears("error", code="unsupported_content")
    await pane.page.evaluate("it.document = 'changing-source'")
    await expect(pane.page.locator("#it .cm-content")).to_be_visible()
    assert len([url for url in pane.requested if url.startswith("ws")]) <= 4
    await pane.close()


async def test_names_change_while_it_is_open(site: Site) -> None:
    """What the text is called, and what stands where there is none, follow; left out, ours are back."""
    for mode in ("rich", "plain"):
        named = {"aria-label": "One", "placeholder": "Mine"}
        body = f'<b id="title">Three</b>{tag(f"naming-{mode}", mode=mode, **named)}'
        pane = await site.open(body)
        await pane.ready()
        text = pane.part("editor")
        await expect(text).to_have_attribute("aria-label", "One")
        await pane.page.evaluate("it.setAttribute('aria-label', 'Two')")
        await expect(text).to_have_attribute("aria-label", "Two")
        await pane.page.evaluate("it.removeAttribute('aria-label')")
        await expect(text).to_have_attribute("aria-label", "Document text")
        await pane.page.evaluate("it.setAttribute('aria-labelledby', 'title')")
        await expect(text).to_have_attribute("aria-label", "Three")
        await expect(pane.page.locator("[data-placeholder='Mine']")).to_be_visible()
        await pane.page.evaluate("it.removeAttribute('placeholder')")
        await expect(pane.page.locator("[data-placeholder='Write something…']")).to_be_visible()
        await pane.close()


async def test_what_it_says_is_so_when_it_says_it(site: Site) -> None:
    """Every event finds the element as it tells, also in a second one on a document that is open."""
    listen = """
    window.untrue = [];
    for (const type of ["status", "presence", "ready"]) {
      addEventListener(type, ({ target, detail }) => {
        const isTrue = {
          status: () => target.status === detail.status && target.saveState === detail.saveState,
          presence: () => target.users.length === detail.users.length,
          ready: () => target.role === detail.role,
        }[type]();
        if (!isTrue) untrue.push(`${target.id} ${type}`);
      }, true);
    }
    """
    pane = await site.open(tag("told"), listen)
    await pane.ready()
    await pane.page.evaluate(
        """() => {
          const second = document.createElement("collab-editor");
          Object.assign(second, { id: "second", document: "told", history: false });
          document.body.append(second);
        }"""
    )
    await pane.hears("ready", on="second")
    (status, *_) = [one for one in await pane.heard("status") if one["on"] == "second"]
    assert status["status"] == "connected"
    assert await pane.page.evaluate("untrue") == []
    await pane.close()


async def test_the_focus_is_remembered(site: Site) -> None:
    """Asked for in the moment the element is put into the page, it is in the text once that is there."""
    pane = await site.open("<main></main>")
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(
        """() => {
          const editor = document.createElement("collab-editor");
          Object.assign(editor, { id: "it", document: "focus" });
          document.body.append(editor);
          editor.focus();
        }"""
    )
    await expect(pane.part("editor")).to_be_focused()
    await pane.write("typed at once")
    await pane.says("typed at once")
    await pane.close()


async def test_in_another_document_of_the_page(site: Site) -> None:
    """An open element that moves into a frame keeps its session, its looks and its text."""
    pane = await site.open(tag("adopted"), policy=f"{site.policy}; frame-src 'self'")
    await pane.ready()
    await pane.click()
    await pane.write("moved")
    sheets = "it_.shadowRoot.adoptedStyleSheets.length"
    await pane.page.evaluate("Object.assign(window, { it_: it, provider: it.provider })")
    before = await pane.page.evaluate(sheets)
    await pane.page.evaluate(
        """() => {
          const frame = document.createElement("iframe");
          frame.id = "frame";
          document.body.append(frame);
          frame.contentDocument.body.append(it_);
        }"""
    )
    assert await pane.page.evaluate(f"[{sheets}, it_.isConnected]") == [before, True]
    text = pane.page.frame_locator("#frame").get_by_test_id("editor")
    await expect(text).to_have_text("moved")
    assert await pane.page.evaluate("it_.provider === provider")
    looks = "getComputedStyle(it_.shadowRoot.querySelector('.ce-page')).cursor"
    assert await pane.page.evaluate(looks) == "text"
    await pane.close()


async def test_the_script_twice(site: Site) -> None:
    """From two addresses, or again: one definition, one editor, no complaint."""
    twice = site.script + site.script.replace("widget.js", "widget.js?again")
    pane = await site.open(tag("twice"), head=twice)
    await pane.ready()
    await pane.click()
    await pane.write("once")
    await pane.says("once")
    assert pane.complaints == []
    await pane.close()


async def test_the_manifest_is_true(site: Site) -> None:
    """What editors complete from it exists: attributes, members, events, slots and parts."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{site.server.url}/custom-elements.json") as got,
    ):
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        manifest = json.loads(await got.text())
    (declared,) = [
        one
        for module in manifest["modules"]
        for one in module["declarations"]
        if one.get("tagName") == "collab-editor"
    ]
    pane = await site.open(tag("manifest"))
    await pane.ready()
    found: dict[str, Any] = await pane.page.evaluate(
        """() => {
          const type = customElements.get("collab-editor");
          const own = (proto) => proto === HTMLElement.prototype
            ? [] : [...Object.getOwnPropertyNames(proto), ...own(Object.getPrototypeOf(proto))];
          const root = it.shadowRoot;
          return {
            attributes: type.observedAttributes,
            members: [...new Set(own(type.prototype))],
            slots: [...root.querySelectorAll("slot")].map((slot) => slot.name),
            parts: [...root.querySelectorAll("[part]")].flatMap((one) => one.part.value.split(" ")),
          };
        }"""
    )
    hidden = {"constructor", "upgradeProperties", "addEventListener", "connectedCallback"}
    hidden |= {"disconnectedCallback", "attributeChangedCallback", "adoptedCallback"}
    hidden |= {"formAssociatedCallback", "formDisabledCallback", "formResetCallback"}
    names = {
        kind: {one["name"] for one in declared[kind]} for kind in ("attributes", "events", "slots")
    }
    assert names["attributes"] >= set(found["attributes"]) - {"aria-label", "aria-labelledby"}
    assert {member["name"] for member in declared["members"]} == set(found["members"]) - hidden
    assert names["events"] == {"ready", "status", "saved", "presence", "change", "error"}
    assert set(found["slots"]) <= names["slots"]
    assert set(found["parts"]) <= {part["name"] for part in declared["cssParts"]}
    await pane.close()


async def test_several_on_a_page(site: Site, guarded: Site) -> None:
    """Those of one person share a connection, two on one document agree, another person has their own."""
    await guarded.make("shared-a", Authorization=f"Bearer {signed('ann')}")
    await guarded.make("shared-b", Authorization=f"Bearer {signed('ann')}")
    ann, ben = signed("ann"), signed("ben")
    body = "".join(
        (
            tag("shared-a", id="one", token=ann),
            tag("shared-a", id="two", token=ann),
            tag("shared-b", id="three", token=ann, mode="plain"),
            tag("shared-a", id="four", token=ben),
        )
    )
    pane = await guarded.open(body)
    texts = {
        name: pane.page.locator(f"#{name}").get_by_test_id("editor")
        for name in ("one", "two", "three", "four")
    }
    for text in texts.values():
        await expect(text).to_have_attribute("contenteditable", "true")
    assert len([url for url in pane.requested if url.startswith("ws")]) == 2
    await texts["one"].click()
    await pane.write("from one")
    await texts["three"].click()
    await pane.write("alone")
    for name in ("two", "four"):
        await expect(texts[name]).to_have_text("from one")
    await texts["four"].click()
    await pane.page.keyboard.press("End")
    await pane.write(" and four")
    await expect(texts["one"]).to_contain_text("and four")
    assert await pane.ask("getText", "three") == "alone"
    await pane.page.evaluate("one.remove()")
    await expect(texts["two"]).to_contain_text("and four")
    await texts["two"].click()
    await pane.write("!")
    await expect(texts["four"]).to_contain_text("!")
    assert await pane.page.evaluate("two.provider.user.name + four.provider.user.name") == "AnnBen"
    await pane.close()


def signed(name: str) -> str:
    """Sign a token for the documents of the test above."""
    return token(name, {"shared-a": "owner", "shared-b": "owner"})
