/** What stands in the element: the frame, the text to read, then the text to write in. */

import { h } from "@collab/editor/dom";
import { type Frame, mountFrame } from "@collab/editor/frame";
import { type ReadingView, readingView } from "@collab/editor/reading";
import type { Mode } from "./attributes.ts";
import { PARTS, type Parts, persistently } from "./chunks.ts";
import type { Lease } from "./connections.ts";
import type { Reader } from "./formats.ts";
import type { Settings } from "./settings.ts";
import type { Shell } from "./shell.ts";
import { LOAD_FAILED, type Trouble } from "./words.ts";
import type { Writing, WritingHost } from "./writing.ts";

export interface StageEvents {
  /** The text can be written in, as far as the role goes. */
  opened(): void;
  failed(trouble: Trouble): void;
  /** The person asks to open the document anew. */
  reopen(): void;
}

/** One document on show in the box of an element. */
export class Stage {
  readonly #shell: Shell;
  readonly #lease: Lease;
  readonly #events: StageEvents;
  readonly #frame: Frame;
  readonly #ended = new AbortController();
  readonly #trouble = trouble();
  /** Keeps free what the tools will take, so that the text does not jump when they come. */
  readonly #room: HTMLElement;
  #settings: Settings;
  #reading: ReadingView | null = null;
  #writing: Writing | null = null;
  #focusWanted = false;

  constructor(shell: Shell, lease: Lease, settings: Settings, events: StageEvents) {
    this.#shell = shell;
    this.#lease = lease;
    this.#settings = settings;
    this.#events = events;
    this.#room = roomForTools(settings.mode);
    const frame = h("div", { part: "frame", "data-theme": settings.theme });
    shell.show(frame);
    this.#frame = mountFrame(frame, {
      provider: lease.provider,
      start: [h("slot", { name: "start" })],
      end: [this.#slot("end")],
      reopen: () => events.reopen(),
    });
    this.#frame.head.append(this.#trouble);
    const footer = h("div", { class: "cw-footer", part: "footer" }, this.#slot("footer"));
    this.#frame.overlay.before(footer);
    if (settings.toolbar) this.#frame.head.append(this.#room);
    this.#showWhatThePageBrought();
    void this.#load();
  }

  /** The text's editor in the rich mode, while the text is there. */
  get editor(): Writing["editor"] {
    return this.#writing?.editor ?? null;
  }

  /** Reads the document, from before it is said to be ready. */
  get reader(): Reader | null {
    return this.#writing?.reader ?? null;
  }

  /** Where a form points when it misses the text. */
  get anchor(): HTMLElement {
    const { page } = this.#frame;
    return page.querySelector<HTMLElement>("[contenteditable]") ?? page;
  }

  focus(): void {
    this.#focusWanted = !this.#writing?.focus();
  }

  /** Follow what changed and needs no new beginning. */
  update(settings: Settings): void {
    this.#settings = settings;
    this.#frame.root.dataset["theme"] = settings.theme;
    this.#writing?.update(settings);
  }

  destroy(): void {
    this.#ended.abort();
    this.#writing?.destroy();
    this.#reading?.destroy();
    this.#frame.destroy();
  }

  /** A place for the page's own; as long as that is empty, it takes no room. */
  #slot(name: string): HTMLSlotElement {
    const slot = h("slot", { name });
    const fit = () => {
      if (slot.parentElement) slot.parentElement.hidden = slot.assignedNodes().length === 0;
    };
    slot.addEventListener("slotchange", fit);
    queueMicrotask(fit);
    return slot;
  }

  // --- coming in ---

  /** Content of the page between the tags is shown as long as there is nothing better. */
  #showWhatThePageBrought(): void {
    const brought = [...this.#shell.root.host.childNodes].some((node) =>
      node instanceof Element
        ? !node.slot
        : node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim(),
    );
    if (brought) this.#frame.page.replaceChildren(h("slot"));
  }

  async #load(): Promise<void> {
    const text = this.#part(this.#settings.mode === "rich" ? "rich" : "source");
    const writing = this.#part("formats").then(({ Writing }) => {
      this.#writing = new Writing(this.#host(), this.#settings);
      return this.#writing;
    });
    await this.#loaded();
    this.#read();
    const part = await text;
    await (await writing).open(part);
  }

  #host(): WritingHost {
    const stage = this;
    return {
      shell: this.#shell,
      lease: this.#lease,
      frame: this.#frame,
      ended: this.#ended.signal,
      get focusWanted() {
        return stage.#focusWanted;
      },
      part: (name) => this.#part(name),
      opened: () => this.#opened(),
      replaced: () => this.#makeRoom(),
      say: (message) => this.#say(message),
      failed: (trouble) => this.#events.failed(trouble),
    };
  }

  /** Settles when the document has come; never if the stage ends before. */
  #loaded(): Promise<void> {
    const { provider } = this.#lease;
    if (provider.synced) return Promise.resolve();
    return new Promise((resolve) => {
      const off = provider.on("synced", (synced) => {
        if (!synced) return;
        off();
        resolve();
      });
      this.#ended.signal.addEventListener("abort", off);
    });
  }

  #read(): void {
    if (this.#ended.signal.aborted) return;
    this.#reading = readingView(this.#lease.provider.doc, this.#settings.mode);
    this.#frame.page.dataset["state"] = "reading";
    this.#frame.page.replaceChildren(this.#reading.element);
  }

  #part<P extends keyof Parts>(name: P): Promise<Parts[P]> {
    const load = PARTS[name] as unknown as () => Promise<Parts[P]>;
    let isFirst = true;
    const failed = () => {
      if (isFirst) this.#events.failed(LOAD_FAILED);
      isFirst = false;
      // Without the history the text is no worse.
      if (name !== "history") this.#say(LOAD_FAILED.message);
    };
    return persistently(load, this.#ended.signal, failed).then((part) => {
      if (!isFirst) this.#say(null);
      return part;
    });
  }

  #say(message: string | null): void {
    this.#trouble.hidden = message === null;
    this.#trouble.firstElementChild?.replaceChildren(message ?? "");
  }

  #opened(): void {
    this.#makeRoom();
    // An editor that was told from the beginning has the cursor already.
    if (this.#focusWanted) this.focus();
    this.#focusWanted = false;
    this.#events.opened();
  }

  /** The text that was only read gives way, and so does what stands for the tools. */
  #makeRoom(): void {
    this.#room.remove();
    this.#reading?.destroy();
    this.#reading?.element.remove();
    this.#reading = null;
  }
}

/** A notice of the element's own, beside the editor's. */
function trouble(): HTMLElement {
  const box = { class: "ce-notice", "data-tone": "warning", part: "notice", hidden: true };
  return h("div", { ...box, role: "status" }, h("p"));
}

/** How many tools there will be, group by group. */
const TOOLS: Readonly<Record<Mode, readonly number[]>> = {
  rich: [2, 3, 7, 3, 4, 1],
  markdown: [2, 1, 4, 3],
  code: [2],
  plain: [],
};

function roomForTools(mode: Mode): HTMLElement {
  const groups = TOOLS[mode].map((count) => {
    const tools = Array.from({ length: count }, () => h("span", { class: "ce-tool" }));
    return h("div", { class: "ce-tool-group" }, ...tools);
  });
  const isNone = groups.length === 0;
  const room = h("div", { class: "ce-toolbar", "aria-hidden": "true", hidden: isNone });
  room.append(h("div", { class: "ce-tools" }, ...groups));
  room.style.visibility = "hidden";
  return room;
}
