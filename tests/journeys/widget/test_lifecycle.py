"""Elements come and go, and move: what they held is let go, what they hold they keep."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Dialog, expect

from tests.support.waiting import eventually, eventually_asked
from tests.support.widget import NO_STORAGE, Pane, Site, tag

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

_TALLY: Final = """
(() => {
  const lasting = (target) =>
    [window, document, document.documentElement, document.head, document.body].includes(target) ||
    /^(MediaQueryList|VisualViewport|Screen|Navigator|FontFaceSet|NetworkInformation|History)$/
      .test(target?.constructor?.name);
  const listeners = new Map();
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const key = (target, type, listener, options) => {
    const capture = Boolean(typeof options === "object" ? options?.capture : options);
    for (const [known, one] of listeners) {
      if (one.target === target && one.type === type && one.listener === listener && one.capture === capture)
        return known;
    }
    return null;
  };
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    add.call(target, type, listener, options);
    if (!listener || !lasting(target) || options?.signal?.aborted) return;
    if (key(target, type, listener, options)) return;
    const id = Symbol();
    const capture = Boolean(typeof options === "object" ? options?.capture : options);
    listeners.set(id, { target, type, listener, capture, where: new Error().stack });
    if (options?.once) add.call(target, type, () => listeners.delete(id), options);
    options?.signal && add.call(options.signal, "abort", () => listeners.delete(id));
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    remove.call(target, type, listener, options);
    const id = key(target, type, listener, options);
    if (id) listeners.delete(id);
  };
  const timers = new Map();
  const wrap = (start, stop, isOnce) => {
    const [begin, end] = [window[start], window[stop]];
    window[start] = (work, ...more) => {
      const id = begin.call(window, (...given) => {
        if (isOnce) timers.delete(`${start} ${id}`);
        return work(...given);
      }, ...more);
      timers.set(`${start} ${id}`, new Error().stack);
      return id;
    };
    window[stop] = (id) => {
      timers.delete(`${start} ${id}`);
      // Browsers take either function for either timer.
      timers.delete(`${start === "setTimeout" ? "setInterval" : "setTimeout"} ${id}`);
      end.call(window, id);
    };
  };
  wrap("setTimeout", "clearTimeout", true);
  wrap("setInterval", "clearInterval", false);
  wrap("requestAnimationFrame", "cancelAnimationFrame", true);
  wrap("requestIdleCallback", "cancelIdleCallback", true);
  const sockets = [];
  window.WebSocket = new Proxy(WebSocket, {
    construct(Type, given) {
      const socket = new Type(...given);
      sockets.push(socket);
      return socket;
    },
  });
  window.tally = {
    listeners: () => [...listeners.values()].map(({ type, where }) => `${type} ${where}`),
    timers: () => [...timers.entries()].map(([name, where]) => `${name} ${where}`),
    open: () => sockets.filter(({ readyState }) => readyState < WebSocket.CLOSING).length,
    opened: () => sockets.length,
  };
  window.kept = [];
  window.visited = async (mode, document_) => {
    const editor = document.createElement("collab-editor");
    Object.assign(editor, { mode, document: document_, name: "Ann", id: "it" });
    const ready = new Promise((resolve) => editor.addEventListener("ready", resolve, { once: true }));
    document.body.append(editor);
    await ready;
    return editor;
  };
})();
"""
"""Counts listeners on what outlives an element, timers that are still to come, and sockets."""

_VISIT: Final = """
async ([mode, document_, times]) => {
  for (let turn = 0; turn < times; turn++) {
    const editor = await visited(mode, document_);
    const { provider } = editor;
    editor.focus();
    // The last ones of all kinds: their text, their document, their tools.
    const parts = [editor, editor.shadowRoot, provider, provider.doc, editor.editor];
    const nodes = editor.shadowRoot.querySelectorAll(".ce, [data-testid=editor], button");
    kept.push(...[...parts, ...nodes].filter(Boolean).map((one) => new WeakRef(one)));
    editor.remove();
    // Who comes at once takes the connection over.
    while (tally.open() > 0) await new Promise(requestAnimationFrame);
  }
}
"""


_VISIT_WITH_WORDS: Final = """
async ([mode, document_, times]) => {
  for (let turn = 0; turn < times; turn++) {
    const editor = await visited(mode, document_);
    const { provider } = editor;
    const text = editor.shadowRoot.querySelector("[data-testid=editor]");
    editor.focus();
    for (const key of "words.") {
      document.execCommand("insertText", false, key);
      // The editor sees what happens to its nodes a moment later; the network comes after that.
      for (let step = 0; step < 5; step++) await null;
    }
    if (provider.unsavedChanges === 0) throw new Error("Nothing waits to be sent.");
    kept.push(...[editor, editor.shadowRoot, provider, provider.doc, text].map((one) => new WeakRef(one)));
    editor.remove();
    while (tally.open() > 0) await new Promise(requestAnimationFrame);
  }
}
"""
"""Visits that end while what was written is still to be sent."""


async def remembered(pane: Pane) -> list[str]:
    """Return what of the elements that were there is still in memory."""
    session = await pane.context.new_cdp_session(pane.page)
    await session.send("HeapProfiler.collectGarbage")
    left: list[str] = await pane.page.evaluate(
        "kept.map((one) => one.deref()).filter(Boolean)"
        ".map((one) => one.className || one.localName || one.constructor.name)"
    )
    return left


async def gone(pane: Pane) -> None:
    """Return once nothing of the elements that were there is left in memory."""
    left: list[str] = []

    async def are_gone() -> bool:
        nonlocal left
        left = await remembered(pane)
        return left == []

    try:
        await eventually_asked(are_gone)
    except TimeoutError:
        raise AssertionError(f"still in memory: {left}") from None


async def nodes(pane: Pane) -> int:
    """Return how many nodes the browser holds for the page."""
    session = await pane.context.new_cdp_session(pane.page)
    await session.send("HeapProfiler.collectGarbage")
    counters = await session.send("Memory.getDOMCounters")
    held: int = counters["nodes"]
    return held


@pytest.mark.parametrize("mode", ["rich", "markdown"])
async def test_ten_visits_leave_nothing(site: Site, mode: str) -> None:
    """No socket, listener, timer, node or person is left of ten elements that came and went."""
    document = f"visits-{mode}"
    pane = await site.open("<main>The page of the host.</main>", _TALLY)
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(_VISIT, [mode, document, 1])
    await gone(pane)
    listeners = await pane.page.evaluate("tally.listeners()")
    before = await nodes(pane)
    await pane.page.evaluate(_VISIT, [mode, document, 9])
    await pane.until("tally.open() === 0")
    assert await pane.page.evaluate("tally.opened()") == 10
    assert await pane.page.evaluate("tally.listeners()") == listeners
    assert [one for one in listeners if "/socket" in one or "beforeunload" in one] == []
    try:
        await pane.until("tally.timers().length === 0")
    except AssertionError:
        raise AssertionError(await pane.page.evaluate("tally.timers()")) from None
    await gone(pane)
    assert await nodes(pane) <= before
    await eventually_asked(lambda: nobody(site, document))
    await pane.close()


async def nothing_is_left(pane: Pane) -> None:
    """Return once no socket, timer or element of those that were there is left."""
    await pane.until("tally.open() === 0")
    try:
        await pane.until("tally.timers().length === 0")
    except AssertionError:
        raise AssertionError(await pane.page.evaluate("tally.timers()")) from None
    await gone(pane)


@pytest.mark.parametrize("scripts", [(), (NO_STORAGE,)], ids=["storage", "no-storage"])
async def test_visits_that_end_amid_words_leave_nothing_but_the_words(
    site: Site, scripts: tuple[str, ...]
) -> None:
    """Removed while edits wait to be sent: they arrive, and then the element is gone altogether."""
    document = f"amid-words-{len(scripts)}"
    pane = await site.open("", _TALLY, *scripts)
    await pane.until("customElements.get('collab-editor')")
    await pane.page.evaluate(_VISIT_WITH_WORDS, ["plain", document, 1])
    await nothing_is_left(pane)
    listeners = await pane.page.evaluate("tally.listeners()")
    await pane.page.evaluate(_VISIT_WITH_WORDS, ["plain", document, 4])
    await nothing_is_left(pane)
    assert await pane.page.evaluate("tally.listeners()") == listeners
    assert [one for one in listeners if "/socket" in one or "beforeunload" in one] == []
    ben = await site.open(tag(document, mode="plain"))
    await ben.says("words." * 5)
    await ben.close()
    await pane.close()


@pytest.mark.parametrize("scripts", [(), (NO_STORAGE,)], ids=["storage", "no-storage"])
async def test_what_an_element_could_not_send_the_next_one_does(
    site: Site, scripts: tuple[str, ...]
) -> None:
    """Written offline, removed, put back: everything is there again, and arrives."""
    document = f"unsent-{len(scripts)}"
    ben = await site.open(tag(document))
    pane = await site.open(tag(document), *scripts)
    await pane.ready()
    await pane.click()
    await pane.context.set_offline(True)
    await expect(pane.part("save-state")).to_have_text("Offline")
    await pane.write("Nobody has read these words yet.")
    await pane.page.evaluate("window.element = it; it.remove()")
    await pane.until("element.provider === null")
    await pane.page.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")
    await pane.page.evaluate("document.body.append(element)")
    if scripts:
        # There is nowhere else they could be: whoever comes back sees them at once.
        await pane.says("Nobody has read these words yet.")
        await expect(pane.part("save-state")).to_contain_text("32 changes")
    await pane.context.set_offline(False)
    await pane.saved()
    await pane.says("Nobody has read these words yet.")
    await ben.says("Nobody has read these words yet.")
    await pane.close()
    await ben.close()


async def test_words_that_are_nowhere_else_are_sent_by_nobody(site: Site) -> None:
    """Without storage, written offline, removed for good: they arrive, and nothing is left of it."""
    ben = await site.open(tag("orphaned"))
    pane = await site.open(tag("orphaned"), _TALLY, NO_STORAGE)
    await pane.ready()
    await pane.click()
    await pane.context.set_offline(True)
    await expect(pane.part("save-state")).to_have_text("Offline")
    await pane.write("orphans")
    await pane.page.evaluate("it.remove()")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    pane.page.on("dialog", stay)
    await pane.page.close(run_before_unload=True)
    await eventually(lambda: asked == ["beforeunload"])
    await pane.context.set_offline(False)
    await ben.says("orphans")
    await nothing_is_left(pane)
    await pane.close()
    await ben.close()


async def test_a_name_that_changes_while_connecting(site: Site) -> None:
    """The server is told the name that the element has by then."""
    renames = """
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (frame) {
        send.call(this, frame);
        // What says who we are has just left.
        if (!window.renamed && typeof frame === "string" && frame.startsWith("40")) {
          window.renamed = true;
          it.name = "Bob";
        }
      };
    """
    pane = await site.open(tag("renamed", name="Ann"), renames)
    await pane.ready()
    await pane.until("it.users.map(({ name }) => name).join() === 'Bob'")
    assert await pane.page.evaluate("renamed")
    assert await site.present("renamed") == ["Bob"]
    await pane.close()


async def nobody(site: Site, document: str) -> bool:
    """Return whether the server knows of nobody in the document."""
    return await site.present(document) == []


async def test_the_tally_counts(site: Site) -> None:
    """What the test above relies on: an element that is there is seen by all of its counters."""
    pane = await site.open(tag("counted", name="Ann"), _TALLY)
    await pane.ready()
    await pane.page.evaluate("kept.push(new WeakRef(it))")
    assert await pane.page.evaluate("tally.open()") == 1
    assert any("beforeunload" in one for one in await pane.page.evaluate("tally.listeners()"))
    await pane.page.evaluate("setTimeout(() => {}, 60_000)")
    assert await pane.page.evaluate("tally.timers().length") >= 1
    assert await site.present("counted") == ["Ann"]
    assert await remembered(pane) == ["collab-editor"]
    await pane.close()


async def test_an_element_that_moves_keeps_its_session(site: Site) -> None:
    """Another place in the page: the same text, editor and connection, and writing goes on."""
    body = f'<div id="here">{tag("moving")}</div><div id="there"></div>'
    pane = await site.open(body, _TALLY)
    await pane.ready()
    await pane.click()
    await pane.write("one")
    await pane.page.evaluate("Object.assign(window, { provider: it.provider, editor: it.editor })")
    await pane.page.evaluate("there.append(it)")
    await pane.page.evaluate("it.focus()")
    await pane.page.keyboard.press("End")
    await pane.write(" two")
    await pane.saved()
    await pane.says("one two")
    assert await pane.page.evaluate("it.provider === provider && it.editor === editor")
    assert await pane.page.evaluate("[tally.opened(), tally.open()]") == [1, 1]
    assert len(await pane.heard("ready")) == 1
    await pane.close()


async def test_a_closed_element_comes_back(site: Site) -> None:
    """`destroy` ends the session and shows what the page has between the tags; adding it begins anew."""
    pane = await site.open(tag("closed", "<p>Between the tags.</p>"), _TALLY)
    await pane.ready()
    await pane.click()
    await pane.write("kept")
    await pane.saved()
    await pane.page.evaluate("it.destroy()")
    await pane.until("tally.open() === 0")
    await expect(pane.page.get_by_text("Between the tags.")).to_be_visible()
    assert await pane.page.evaluate("[it.provider, it.doc, it.editor]") == [None, None, None]
    assert await pane.ask("getText") == ""
    await pane.page.evaluate("it.mode = 'rich'; it.placeholder = 'More'")
    assert await pane.page.evaluate("tally.opened()") == 1
    await pane.page.evaluate("document.body.append(it)")
    await pane.ready()
    await pane.says("kept")
    await pane.close()


async def test_leaving_with_unsent_edits_asks(site: Site) -> None:
    """The page asks before it closes while something is not durable, and not after that."""
    pane = await site.open(tag("leaving"))
    await pane.ready()
    await pane.click()
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    pane.page.on("dialog", stay)
    await pane.context.set_offline(True)
    await expect(pane.part("save-state")).to_have_text("Offline")
    await pane.write("!")
    await expect(pane.part("save-state")).to_contain_text("1 change kept here")
    await pane.page.close(run_before_unload=True)
    await eventually(lambda: asked == ["beforeunload"])
    await pane.context.set_offline(False)
    await pane.saved()
    await pane.page.reload()
    await pane.ready()
    await pane.says("!")
    assert asked == ["beforeunload"]
    await pane.close()
