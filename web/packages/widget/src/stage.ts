/** What stands in the element: the frame, the text to read, then the text to write in. */

import type { HistoryClient } from "@collab/client";
import { h } from "@collab/editor/dom";
import { type Frame, mountFrame } from "@collab/editor/frame";
import { type ReadingView, readingView } from "@collab/editor/reading";
import type { RichSurface } from "@collab/editor/rich";
import type { Surface, SurfaceOptions } from "@collab/editor/surface";
import * as Y from "yjs";
import type { Mode } from "./attributes.ts";
import { PARTS, type Parts, persistently } from "./chunks.ts";
import type { Lease } from "./connections.ts";
import type { MarkdownToHtml, Reader } from "./formats.ts";
import type { Settings } from "./settings.ts";
import type { Shell } from "./shell.ts";
import { adopt } from "./styles.ts";
import { badExtensions, LOAD_FAILED, TEXT_LABEL, type Trouble, unsupported } from "./words.ts";

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
  #surface: Surface | null = null;
  #rich: RichSurface | null = null;
  #history: { destroy(): void } | null = null;
  #focusWanted = false;
  #formats: Parts["formats"] | null = null;
  #toHtml: MarkdownToHtml | null = null;

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
  get editor() {
    return this.#rich?.text ?? null;
  }

  /** Reads the document, from before it is said to be ready. */
  get reader(): Reader | null {
    const { mode, language } = this.#settings;
    const { doc } = this.#lease.provider;
    return this.#formats && new this.#formats.Reader(doc, mode, language, this.#toHtml);
  }

  /** Where a form points when it misses the text. */
  get anchor(): HTMLElement {
    return this.#text() ?? this.#frame.page;
  }

  focus(): void {
    if (this.#surface?.isOpen) this.#surface.focus();
    else this.#focusWanted = true;
  }

  /** Follow what changed and needs no new beginning. */
  update(settings: Settings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#frame.root.dataset["theme"] = settings.theme;
    const surface = this.#surface;
    if (!surface) return;
    if (before.editable !== settings.editable) surface.setEditable(settings.editable);
    if (before.toolbar !== settings.toolbar) surface.setToolbar(settings.toolbar);
    if (before.placeholder !== settings.placeholder) {
      surface.setPlaceholder(settings.placeholder ?? "");
    }
    if (before.language !== settings.language) surface.setLanguage(settings.language);
  }

  destroy(): void {
    this.#ended.abort();
    this.#history?.destroy();
    this.#surface?.destroy();
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
    const { mode } = this.#settings;
    const loading = this.#part(mode === "rich" ? "rich" : "source");
    const formats = this.#part("formats").then((part) => {
      this.#formats = part;
      return part;
    });
    await this.#loaded();
    this.#read();
    const part = await loading;
    await this.#seed(await formats);
    if (this.#ended.signal.aborted) return;
    this.#mount(part);
    if (this.#settings.history) await this.#mountHistory();
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
    if (this.#surface || this.#ended.signal.aborted) return;
    this.#reading = readingView(this.#lease.provider.doc, this.#settings.mode);
    this.#frame.page.dataset["state"] = "reading";
    this.#frame.page.replaceChildren(this.#reading.element);
  }

  #stopReading(): void {
    this.#reading?.destroy();
    this.#reading?.element.remove();
    this.#reading = null;
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

  /** Give a document that nobody has written in what it is to begin with. */
  async #seed({ isUntouched, SEED, seedUpdate }: Parts["formats"]): Promise<void> {
    const { provider } = this.#lease;
    const { initialContent, mode, extensions } = this.#settings;
    const mayBegin = () => provider.synced && provider.editable && isUntouched(provider.doc);
    if (!initialContent?.value || !mayBegin()) return;
    const fetch = <P extends "rich" | "source">(name: P) => this.#part(name);
    const update = await seedUpdate(mode, initialContent, extensions, fetch);
    // Somebody may have begun meanwhile.
    if (!this.#ended.signal.aborted && mayBegin()) Y.applyUpdate(provider.doc, update, SEED);
  }

  // --- the text ---

  #mount(part: Parts["rich"] | Parts["source"]): void {
    try {
      if ("mountRich" in part) this.#mountRich(part);
      else this.#mountSource(part);
    } catch (error) {
      this.#surface = null;
      const trouble = badExtensions(String(error));
      this.#say(trouble.message);
      this.#events.failed(trouble);
    }
  }

  #mountRich({ mountRich, HistoryClient }: Parts["rich"]): void {
    const { extensions, history } = this.#settings;
    const client = history ? this.#client(HistoryClient) : undefined;
    this.#rich = mountRich(this.#frame, { ...this.#options(), extensions, history: client });
    this.#surface = this.#rich;
  }

  #mountSource({ mountSource, loadMarkdown, styles }: Parts["source"]): void {
    const { mode } = this.#settings;
    if (mode === "rich") return;
    adopt(this.#shell.root, [styles]);
    if (mode === "markdown") {
      const { signal } = this.#ended;
      void persistently(loadMarkdown, signal, () => {}).then(({ markdownToHtml }) => {
        this.#toHtml = markdownToHtml;
      });
    }
    this.#surface = mountSource(this.#frame, { ...this.#options(), mode });
  }

  #options(): SurfaceOptions {
    const { editable, placeholder, toolbar, language, labels, autofocus } = this.#settings;
    const label = this.#formats?.labelOf(this.#shell.root.host, labels);
    return {
      provider: this.#lease.provider,
      editable,
      toolbar,
      autofocus: autofocus || this.#focusWanted,
      label: label ?? TEXT_LABEL,
      ...(placeholder !== null && { placeholder }),
      ...(language !== null && { language }),
      opened: () => this.#opened(),
      failed: (message) => {
        this.#room.remove();
        this.#stopReading();
        this.#events.failed(unsupported(message));
      },
    };
  }

  #opened(): void {
    this.#room.remove();
    this.#stopReading();
    this.#events.opened();
  }

  #text(): HTMLElement | null {
    return this.#frame.page.querySelector<HTMLElement>("[contenteditable]");
  }

  // --- the history ---

  #client(Client: typeof HistoryClient): HistoryClient {
    const { provider, credentials } = this.#lease;
    return new Client({
      document: provider.document,
      server: this.#lease.server,
      credentials,
      headers: () => this.#lease.headers(),
    });
  }

  async #mountHistory(): Promise<void> {
    const { mountHistory, HistoryClient, styles } = await this.#part("history");
    if (this.#ended.signal.aborted) return;
    adopt(this.#shell.root, [styles]);
    this.#history = mountHistory(this.#frame, {
      provider: this.#lease.provider,
      client: this.#client(HistoryClient),
      surface: () => this.#surface,
    });
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
