/** The text to write in: its first content, its editor, its history. It comes with the formats. */

import type { HistoryClient } from "@collab/client";
import type { Frame } from "@collab/editor/frame";
import type { RichSurface } from "@collab/editor/rich";
import type { Spoken, Surface, SurfaceOptions } from "@collab/editor/surface";
import css from "@collab/editor/writing.css?inline";
import * as Y from "yjs";
import type { Parts } from "./chunks.ts";
import type { Lease } from "./connections.ts";
import { type MarkdownToHtml, Reader } from "./formats.ts";
import { labelOf } from "./label.ts";
import { isUntouched, SEED, seedUpdate } from "./seed.ts";
import type { Settings } from "./settings.ts";
import type { Shell } from "./shell.ts";
import { badContent, badExtensions, unsupported } from "./troubles.ts";
import { TEXT_LABEL, type Trouble } from "./words.ts";

/** What the text asks of the stage it is on. */
export interface WritingHost {
  readonly shell: Shell;
  readonly lease: Lease;
  readonly frame: Frame;
  readonly ended: AbortSignal;
  /** Whether the cursor is to go into the text as soon as that is there. */
  readonly focusWanted: boolean;
  part<P extends keyof Parts>(name: P): Promise<Parts[P]>;
  /** The text can be written in, as far as the role goes. */
  opened(): void;
  /** Something stands in the place of the text. */
  replaced(): void;
  /** Say it on the frame, too. */
  say(message: string): void;
  failed(trouble: Trouble): void;
}

export class Writing {
  readonly #host: WritingHost;
  #settings: Settings;
  #spoken: Spoken = {};
  #surface: Surface | null = null;
  #rich: RichSurface | null = null;
  #history: { destroy(): void } | null = null;
  #toHtml: MarkdownToHtml | null = null;

  constructor(host: WritingHost, settings: Settings) {
    this.#host = host;
    this.#settings = settings;
    host.shell.wear([css]);
  }

  /** The text's editor in the rich mode, while the text is there. */
  get editor(): RichSurface["text"] {
    return this.#rich?.text ?? null;
  }

  /** Reads the document, from before it is said to be ready; null until every format can be read. */
  get reader(): Reader | null {
    const { mode, language } = this.#settings;
    if (mode === "markdown" && !this.#toHtml) return null;
    return new Reader(this.#host.lease.provider.doc, mode, language, this.#toHtml);
  }

  /** Put the cursor into the text; returns whether there is one. */
  focus(): boolean {
    if (!this.#surface?.isOpen) return false;
    this.#surface.focus();
    return true;
  }

  /** Open the text, which has come, with the editor that has come as well. */
  async open(part: Parts["rich"] | Parts["source"]): Promise<void> {
    if (this.#settings.mode === "markdown") {
      this.#toHtml = (await this.#host.part("markdown")).markdownToHtml;
    }
    await this.#seed();
    if (this.#host.ended.aborted) return;
    this.#mount(part);
    if (this.#settings.history) await this.#mountHistory();
  }

  /** Follow what changed and needs no new beginning. */
  update(settings: Settings): void {
    const before = this.#settings;
    this.#settings = settings;
    const surface = this.#surface;
    if (!surface) return;
    if (before.editable !== settings.editable) surface.setEditable(settings.editable);
    if (before.toolbar !== settings.toolbar) surface.setToolbar(settings.toolbar);
    if (before.placeholder !== settings.placeholder) surface.setPlaceholder(settings.placeholder);
    if (before.language !== settings.language) surface.setLanguage(settings.language);
    const [said, now] = [this.#spoken, this.#speak()];
    if (said.label !== now.label || said.required !== now.required) surface.setSpoken(now);
  }

  destroy(): void {
    this.#history?.destroy();
    this.#surface?.destroy();
  }

  /** Give a document that nobody has written in what it is to begin with. */
  async #seed(): Promise<void> {
    const { lease, ended, part } = this.#host;
    const { provider } = lease;
    const { initialContent, mode, extensions } = this.#settings;
    const mayBegin = () => provider.synced && provider.editable && isUntouched(provider.doc);
    if (!initialContent?.value || !mayBegin()) return;
    try {
      const update = await seedUpdate(mode, initialContent, extensions, part);
      // Somebody may have begun meanwhile.
      if (!ended.aborted && mayBegin()) Y.applyUpdate(provider.doc, update, SEED);
    } catch (error) {
      this.#fail(badContent(String(error)));
    }
  }

  #mount(part: Parts["rich"] | Parts["source"]): void {
    if ("mountSource" in part) {
      this.#mountSource(part);
      return;
    }
    try {
      this.#mountRich(part);
    } catch (error) {
      this.#fail(badExtensions(String(error)));
    }
  }

  #mountRich({ mountRich, HistoryClient }: Parts["rich"]): void {
    const { extensions, history } = this.#settings;
    this.#rich = mountRich(this.#host.frame, {
      ...this.#options(),
      extensions,
      history: history ? this.#client(HistoryClient) : undefined,
      broken: (error) => this.#fail(badExtensions(String(error))),
    });
    this.#surface = this.#rich;
  }

  #mountSource({ mountSource, styles }: Parts["source"]): void {
    const { mode } = this.#settings;
    if (mode === "rich") return;
    this.#host.shell.wear([styles]);
    this.#surface = mountSource(this.#host.frame, { ...this.#options(), mode });
  }

  #options(): SurfaceOptions {
    const { editable, placeholder, toolbar, language, autofocus } = this.#settings;
    const { lease, focusWanted } = this.#host;
    return {
      provider: lease.provider,
      editable,
      toolbar,
      autofocus: autofocus || focusWanted,
      spoken: this.#speak(),
      ...(placeholder !== null && { placeholder }),
      ...(language !== null && { language }),
      opened: () => this.#host.opened(),
      failed: (message) => {
        this.#host.replaced();
        this.#host.failed(unsupported(message));
      },
    };
  }

  /** What screen readers say of the text from now on. */
  #speak(): Spoken {
    const { labels, required } = this.#settings;
    const label = labelOf(this.#host.shell.root.host, labels) ?? TEXT_LABEL;
    this.#spoken = { label, required };
    return this.#spoken;
  }

  #fail(trouble: Trouble): void {
    this.#host.say(trouble.message);
    this.#host.failed(trouble);
  }

  // --- the history ---

  #client(Client: typeof HistoryClient): HistoryClient {
    const { lease } = this.#host;
    return new Client({
      document: lease.provider.document,
      server: lease.server,
      credentials: lease.credentials,
      headers: () => lease.headers(),
    });
  }

  async #mountHistory(): Promise<void> {
    const { shell, lease, frame, ended } = this.#host;
    const { mountHistory, HistoryClient, styles } = await this.#host.part("history");
    if (ended.aborted) return;
    shell.wear([styles]);
    this.#history = mountHistory(frame, {
      provider: lease.provider,
      client: this.#client(HistoryClient),
      surface: () => this.#surface,
    });
  }
}
