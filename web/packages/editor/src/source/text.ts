/** The source text of a document, from the first sync on. */

import { EditorSelection } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import * as Y from "yjs";
import { h } from "../dom.ts";
import { FIELD, SOURCE_FIELD } from "../field.ts";
import type { Frame } from "../frame.ts";
import { holdsOtherKind, openWhenHere, refuse } from "../opening.ts";
import type { Spoken, Surface } from "../surface.ts";
import { type Bar, bar } from "./bar.ts";
import { holdsThings, watchForThings } from "./guard.ts";
import { languageOf } from "./modes.ts";
import { Setup, type SourceOptions } from "./setup.ts";
import { MARKDOWN_TOOLS, undoTools } from "./tools.ts";

const PLACEHOLDER = "Write something…";
const THINGS =
  "This document's text holds images or other things that this editor cannot show without damaging them. It is left untouched; open it with the program that made it.";

/** See `Surface`. */
export class SourceText implements Surface {
  readonly #frame: Frame;
  readonly #options: SourceOptions;
  readonly #leave: () => void;
  /** What ends when the text is taken away. */
  readonly #ends: (() => void)[] = [];
  #setup: Setup | null = null;
  #view: EditorView | null = null;
  #bar: Bar | null = null;
  #wanted: {
    editable: boolean;
    placeholder: string;
    toolbar: boolean;
    language: string | null;
    spoken: Spoken;
  };
  #closed = false;

  constructor(frame: Frame, options: SourceOptions) {
    this.#frame = frame;
    this.#options = options;
    this.#wanted = {
      editable: options.editable ?? true,
      placeholder: options.placeholder ?? this.#placeholder,
      toolbar: options.toolbar ?? true,
      language: options.language ?? null,
      spoken: options.spoken ?? {},
    };
    this.#leave = openWhenHere(options.provider, frame.page, {
      // What is refused stays so: there is nothing to open any more.
      isOpen: () => this.isOpen || this.#closed,
      open: () => this.#open(),
      shut: () => this.#shut(),
      mayHaveChanged: () => this.#showEditable(),
    });
  }

  get isOpen(): boolean {
    return this.#view !== null;
  }

  focus(): void {
    this.#view?.focus();
  }

  setEditable(wanted: boolean): void {
    this.#wanted.editable = wanted;
    this.#showEditable();
  }

  setPlaceholder(text: string | null): void {
    this.#wanted.placeholder = text ?? this.#placeholder;
    this.#view?.dispatch({ effects: this.#setup?.placeholder(this.#wanted.placeholder) ?? [] });
  }

  setToolbar(shown: boolean): void {
    this.#wanted.toolbar = shown;
    if (this.#bar) this.#bar.element.hidden = !shown;
  }

  setLanguage(tag: string | null): void {
    this.#wanted.language = tag;
    this.#showLanguage();
  }

  setSpoken(spoken: Spoken): void {
    this.#wanted.spoken = spoken;
    this.#view?.dispatch({ effects: this.#setup?.spoken(spoken) ?? [] });
  }

  destroy(): void {
    this.#closed = true;
    this.#leave();
    this.#shut();
  }

  get #placeholder(): string {
    return this.#options.mode === "code" ? "" : PLACEHOLDER;
  }

  #open(): void {
    const { doc } = this.#options.provider;
    const text = doc.getText(SOURCE_FIELD);
    const trouble = holdsOtherKind(doc, "source") ?? (holdsThings(text) ? THINGS : null);
    if (trouble) {
      this.#refuse(trouble);
      return;
    }
    this.#ends.push(
      watchForThings(text, () => this.#refuse(THINGS)),
      watchForOtherKind(doc, (message) => this.#refuse(message)),
    );
    const view = this.#show(text);
    if (this.#options.autofocus) {
      view.dispatch({ selection: EditorSelection.cursor(view.state.doc.length) });
      view.focus();
    }
    this.#options.opened?.();
  }

  #show(text: Y.Text): EditorView {
    const { page, head } = this.#frame;
    const manager = new Y.UndoManager(text, { trackedOrigins: new Set() });
    this.#setup = new Setup(text, manager, this.#options, () => this.#bar?.refresh());
    // In the head, the search stays in sight while the text moves.
    const panels = h("div", { class: "ce-panels" });
    page.replaceChildren();
    page.dataset["state"] = "open";
    const root = page.getRootNode();
    const view = new EditorView({
      parent: page,
      // There, styles go into sheets that a strict policy allows.
      ...(root instanceof ShadowRoot && { root }),
      state: this.#setup.state({
        ...this.#wanted,
        editable: this.#mayWrite(),
        panels,
        covered: () => coveredBy(head, page),
      }),
    });
    this.#view = view;
    this.#ends.push(
      () => view.destroy(),
      () => manager.destroy(),
      () => panels.remove(),
      focusFromPaper(page, view),
    );
    this.#addBar(view, manager);
    head.append(panels);
    this.#showLanguage();
    if (this.#options.mode === "markdown") this.#fetchLanguage();
    return view;
  }

  #addBar(view: EditorView, manager: Y.UndoManager): void {
    const { mode } = this.#options;
    // Plain text is a text area: it has none.
    if (mode === "plain") return;
    const groups = [undoTools(manager), ...(mode === "markdown" ? MARKDOWN_TOOLS : [])];
    const tools = bar(view, groups);
    tools.element.hidden = !this.#wanted.toolbar;
    this.#bar = tools;
    this.#frame.head.append(tools.element);
    const changed = () => tools.refresh();
    manager.on("stack-item-added", changed);
    manager.on("stack-item-popped", changed);
    manager.on("stack-cleared", changed);
    this.#ends.push(() => tools.element.remove());
  }

  /** Take the text away; it may be opened again. */
  #shut(): void {
    this.#bar = null;
    this.#view = null;
    this.#setup = null;
    for (const end of this.#ends.splice(0)) end();
  }

  /** Close rather than damage what other programs put into the document. */
  #refuse(message: string): void {
    this.#closed = true;
    this.#shut();
    refuse(this.#frame.page, message);
    this.#options.failed?.(message);
  }

  #mayWrite(): boolean {
    return this.#wanted.editable && this.#options.provider.editable;
  }

  #showEditable(): void {
    const mayWrite = this.#mayWrite();
    if (!this.#view || this.#view.state.readOnly === !mayWrite) return;
    this.#view.dispatch({ effects: this.#setup?.editable(mayWrite) ?? [] });
  }

  /** Code is in a programming language; other text in one that people speak. */
  #showLanguage(): void {
    const name = this.#wanted.language;
    if (this.#options.mode === "code") this.#fetchLanguage();
    else this.#view?.dispatch({ effects: this.#setup?.tongue(name) ?? [] });
  }

  /** Show the text as its language has it; while that is fetched, and if it cannot be, without. */
  #fetchLanguage(): void {
    const [view, setup, name] = [this.#view, this.#setup, this.#wanted.language];
    if (!view || !setup) return;
    const isStill = () => this.#view === view && this.#wanted.language === name;
    void languageOf(this.#options.mode, name)
      .catch(() => [])
      .then((language) => {
        if (isStill()) view.dispatch({ effects: setup.language(language) });
      });
  }
}

/** Call `alarm` when the other kind of text comes into a document without any of ours. */
function watchForOtherKind(doc: Y.Doc, alarm: (message: string) => void): () => void {
  const changed = ({ changedParentTypes }: Y.Transaction) => {
    const rich = doc.share.get(FIELD);
    const message = rich && changedParentTypes.has(rich) && holdsOtherKind(doc, "source");
    if (message) alarm(message);
  };
  doc.on("afterTransaction", changed);
  return () => doc.off("afterTransaction", changed);
}

/** Return how much of the text the bar covers, which stays in sight while the text moves under it. */
function coveredBy(head: HTMLElement, page: HTMLElement): number {
  const over = head.getBoundingClientRect().bottom - page.getBoundingClientRect().top;
  return Math.max(0, Math.min(head.offsetHeight, over));
}

/** A click on the empty paper beside the text puts the cursor at its end. */
function focusFromPaper(page: HTMLElement, view: EditorView): () => void {
  const clicked = ({ target }: MouseEvent) => {
    if (target !== page || view.state.readOnly) return;
    view.dispatch({ selection: EditorSelection.cursor(view.state.doc.length) });
    view.focus();
  };
  page.addEventListener("click", clicked);
  return () => page.removeEventListener("click", clicked);
}
