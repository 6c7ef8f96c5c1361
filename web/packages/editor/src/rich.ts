/** Rich text in a frame: Tiptap on ProseMirror. */

import type { HistoryClient } from "@collab/client";
import { type AnyExtension, Editor, getSchema } from "@tiptap/core";
import { Authorship } from "./authorship/index.ts";
import { FIELD } from "./field.ts";
import { focusText } from "./focus.ts";
import type { Frame } from "./frame.ts";
import { unknownContent, watchForUnknown } from "./guard.ts";
import { holdsOtherKind, openWhenHere, refuse } from "./opening.ts";
import { extensions } from "./schema.ts";
import type { Part } from "./status.ts";
import { type Spoken, type Surface, type SurfaceOptions, spokenAttributes } from "./surface.ts";
import { toolbar } from "./toolbar.ts";

export interface RichOptions extends SurfaceOptions {
  /** More of Tiptap's extensions, besides the editor's own. */
  readonly extensions?: readonly AnyExtension[] | undefined;
  /** Where it is asked who wrote what; without it, there is no such tool. */
  readonly history?: HistoryClient | undefined;
  /** An extension threw while the editor was made: what stood on the page still stands there. */
  broken?(error: unknown): void;
}

export interface RichSurface extends Surface {
  /** The text's editor, while the text is there. */
  readonly text: Editor | null;
}

/** Show the document's rich text in `frame`. Throws if the `extensions` do not go together. */
export function mountRich(frame: Frame, options: RichOptions): RichSurface {
  return new RichText(frame, options);
}

const PLACEHOLDER = "Write something…";
let count = 0;

/** The text and its toolbar, from the first sync on. */
class RichText implements RichSurface {
  text: Editor | null = null;
  readonly #options: RichOptions;
  readonly #frame: Frame;
  readonly #authorship: Authorship | undefined;
  readonly #id: string;
  #leave: () => void = () => undefined;
  /** What goes with the text. */
  readonly #shut: (() => void)[] = [];
  #tools: Part | null = null;
  #closed = false;
  #editable: boolean;
  #placeholder: string;
  #toolbar: boolean;
  #language: string | null;
  #spoken: Spoken;

  constructor(frame: Frame, options: RichOptions) {
    const { provider, history } = options;
    this.#frame = frame;
    this.#options = options;
    this.#editable = options.editable ?? true;
    this.#placeholder = options.placeholder ?? PLACEHOLDER;
    this.#toolbar = options.toolbar ?? true;
    this.#language = options.language ?? null;
    this.#spoken = options.spoken ?? {};
    count += 1;
    this.#id = `ce-text-${count}`;
    // What cannot work is said to the programmer now, not to the reader later.
    getSchema(this.#extensions());
    this.#authorship = history && new Authorship(provider, history, frame.overlay);
    this.#leave = openWhenHere(provider, frame.page, {
      isOpen: () => this.isOpen,
      open: () => this.#open(),
      shut: () => this.#takeAway(),
      mayHaveChanged: () => this.#follow(),
    });
    // The document may have been here already, and be none of ours.
    if (this.#closed) this.#leave();
  }

  get isOpen(): boolean {
    return this.text !== null;
  }

  focus(): void {
    if (this.text) focusText(this.text);
  }

  setEditable(wanted: boolean): void {
    this.#editable = wanted;
    this.#follow();
  }

  setPlaceholder(text: string | null): void {
    this.#placeholder = text ?? PLACEHOLDER;
    this.#redraw();
  }

  setToolbar(shown: boolean): void {
    this.#toolbar = shown;
    if (this.#tools) this.#tools.element.hidden = !shown;
  }

  setLanguage(tag: string | null): void {
    this.#language = tag;
    this.#redraw();
  }

  setSpoken(spoken: Spoken): void {
    this.#spoken = spoken;
    this.#redraw();
  }

  destroy(): void {
    if (!this.#closed) this.#leave();
    this.#closed = true;
    this.#takeAway();
    this.#authorship?.destroy();
  }

  /** Let people write as far as their role and the host go. */
  #follow(): void {
    const editable = this.#editable && this.#options.provider.editable;
    if (this.text && this.text.isEditable !== editable) this.text.setEditable(editable);
  }

  #redraw(): void {
    this.text?.view.updateState(this.text.state);
  }

  #takeAway(): void {
    const text = this.text;
    this.text = null;
    for (const end of this.#shut.splice(0)) end();
    text?.destroy();
  }

  #open(): void {
    if (this.#closed) return;
    const { provider } = this.#options;
    const other = holdsOtherKind(provider.doc, "rich");
    if (other) {
      this.#refuse(other);
      return;
    }
    const all = this.#extensions();
    const schema = getSchema(all);
    const fragment = provider.doc.getXmlFragment(FIELD);
    const unknown = unknownContent(fragment, schema);
    if (unknown.length > 0) {
      this.#refuse(sorry(unknown));
      return;
    }
    this.#shut.push(watchForUnknown(fragment, schema, (names) => this.#refuse(sorry(names))));
    const editor = this.#make(all);
    if (editor) this.#show(editor);
  }

  /** Put the editor in the place of what stands on the page; if it cannot be made, leave that there. */
  #make(all: AnyExtension[]): Editor | null {
    const { page } = this.#frame;
    const before = [...page.childNodes];
    try {
      const editor = new Editor({
        element: page,
        extensions: all,
        editable: this.#editable && this.#options.provider.editable,
        // A strict policy of the page forbids it; what it says is in our own style sheet.
        injectCSS: false,
      });
      for (const node of before) node.remove();
      page.dataset["state"] = "open";
      return editor;
    } catch (error) {
      page.replaceChildren(...before);
      this.destroy();
      this.#options.broken?.(error);
      return null;
    }
  }

  #show(editor: Editor): void {
    const { page, head } = this.#frame;
    const { autofocus } = this.#options;
    this.text = editor;
    const tools = toolbar(editor, this.#frame.overlay, this.#id, this.#moreTools());
    tools.element.hidden = !this.#toolbar;
    this.#tools = tools;
    head.append(tools.element);
    this.#shut.push(
      () => tools.destroy(),
      () => tools.element.remove(),
      () => this.#authorship?.destroy(),
      focusFromPaper(page, editor),
    );
    if (autofocus) focusText(editor, "end");
    this.#options.opened?.();
  }

  #moreTools() {
    return this.#authorship ? [this.#authorship.tool] : [];
  }

  #extensions(): AnyExtension[] {
    const { doc, awareness } = this.#options.provider;
    const placeholder = () => this.#placeholder;
    const own = extensions(doc, awareness, placeholder, () => this.#attributes());
    return [...own, ...(this.#options.extensions ?? [])];
  }

  #attributes(): Record<string, string> {
    return {
      id: this.#id,
      part: "text",
      "data-testid": "editor",
      role: "textbox",
      "aria-multiline": "true",
      ...spokenAttributes(this.#spoken),
      spellcheck: "true",
      // Readers, too, come here by keyboard and have a cursor that others see.
      tabindex: "0",
      ...(this.#language && { lang: this.#language }),
    };
  }

  /** Close rather than damage what other programs put into the document. */
  #refuse(message: string): void {
    this.destroy();
    refuse(this.#frame.page, message);
    this.#options.failed?.(message);
  }
}

function sorry(names: readonly string[]): string {
  return `This document holds content that this editor cannot show without damaging it (${names.join(", ")}). It is left untouched; open it with the program that made it.`;
}

/** A click on the empty paper below the text puts the cursor at its end. */
function focusFromPaper(page: HTMLElement, editor: Editor): () => void {
  const clicked = ({ target }: MouseEvent) => {
    if (target === page && editor.isEditable) focusText(editor, "end");
  };
  page.addEventListener("click", clicked);
  return () => page.removeEventListener("click", clicked);
}
