/**
 * A bare `<textarea>` on a Y.Text.
 *
 * Undo: the browser keeps one list of undone and redone changes per field, and forgets it, or applies
 * it in the wrong place, once somebody else's edit has come in. With the `undo` option a
 * `Y.UndoManager` answers the usual keys and the menu instead, and takes back this field's own edits
 * only.
 */

import * as Y from "yjs";
import { leftOf, movedBy, type Splice, type Stretch, spliceBetween } from "./splice.ts";

export interface TextareaOptions {
  /** Take back this field's edits, and nobody else's: with a manager of its own, or with this one. */
  readonly undo?: boolean | Y.UndoManager;
}

/**
 * Show `text` in `textarea` and keep them alike: what the field held before gives way to the shared
 * text. Line ends are `\n` in the field; `\r\n` in the text stays what it is. Returns the way out.
 */
export function bindTextarea(
  textarea: HTMLTextAreaElement,
  text: Y.Text,
  options: TextareaOptions = {},
): () => void {
  const binding = new Binding(textarea, text, options.undo ?? false);
  return () => binding.end();
}

class Binding {
  readonly #textarea: HTMLTextAreaElement;
  readonly #text: Y.Text;
  readonly #undo: Y.UndoManager | null;
  readonly #end: (() => void)[] = [];
  /** What both said when they were last alike. */
  #shown: string;
  /** While a word is being composed the field is left alone. */
  #composing = false;
  /** What others did meanwhile. */
  #waiting: Splice[] = [];

  constructor(textarea: HTMLTextAreaElement, text: Y.Text, undo: boolean | Y.UndoManager) {
    this.#textarea = textarea;
    this.#text = text;
    textarea.value = text.toString();
    this.#shown = textarea.value;
    this.#undo = this.#undoWith(undo);
    this.#listen();
  }

  end(): void {
    this.#composing = false;
    this.#take();
    for (const end of this.#end) end();
  }

  #listen(): void {
    const changed = (event: Y.YTextEvent, { origin }: Y.Transaction) => {
      if (origin !== this) this.#hear(event, origin);
    };
    this.#text.observe(changed);
    this.#end.push(() => this.#text.unobserve(changed));
    this.#on("input", () => this.#take());
    this.#on("compositionstart", () => {
      // What was there before is no part of the word.
      this.#take();
      this.#composing = true;
    });
    this.#on("compositionend", () => {
      this.#composing = false;
      this.#take();
    });
    if (!this.#undo) return;
    this.#on("keydown", (event) => this.#pressed(event));
    this.#on("beforeinput", (event) => {
      if (event.inputType === "historyUndo") this.#step(event, "undo");
      if (event.inputType === "historyRedo") this.#step(event, "redo");
    });
  }

  #on<E extends keyof HTMLElementEventMap>(
    event: E,
    heard: (event: HTMLElementEventMap[E]) => void,
  ): void {
    this.#textarea.addEventListener(event, heard);
    this.#end.push(() => this.#textarea.removeEventListener(event, heard));
  }

  /** Somebody else changed the text, or an undo did. */
  #hear(event: Y.YTextEvent, origin: unknown): void {
    this.#waiting.push(...splicesOf(event));
    this.#take();
    const last = this.#undo && origin === this.#undo ? splicesOf(event).at(-1) : undefined;
    // Whoever undoes wants to see where.
    if (last) this.#textarea.setSelectionRange(endOf(last), endOf(last));
  }

  /** Bring both together: what was typed goes into the text, what others did into the field. */
  #take(): void {
    if (this.#composing) return;
    const field = this.#textarea;
    const { scrollTop, scrollLeft } = field;
    let own = spliceBetween(this.#shown, field.value, field.selectionEnd);
    let gone: Stretch[] = own ? [[own.index, own.index + own.removed]] : [];
    for (const theirs of this.#waiting.splice(0)) {
      this.#show(own ? moved(theirs, own) : theirs);
      gone = gone.flatMap((stretch) => leftOf(theirs, stretch));
      if (own) own = { ...own, index: movedBy(theirs, own.index, "moves") };
    }
    if (own) this.#write(own, gone);
    // Two changes of the same words, or line ends of another kind: the text has the last word.
    const rest = spliceBetween(field.value, lined(this.#text.toString()), field.selectionEnd);
    if (rest) this.#show(rest);
    this.#shown = field.value;
    // Asking for the place, or setting it, is work for the browser: only if something was shown.
    if (field.scrollTop !== scrollTop) field.scrollTop = scrollTop;
    if (field.scrollLeft !== scrollLeft) field.scrollLeft = scrollLeft;
  }

  #show({ index, removed, inserted }: Splice): void {
    this.#textarea.setRangeText(inserted, index, index + removed, "preserve");
  }

  #write({ index, inserted }: Splice, gone: readonly Stretch[]): void {
    const change = () => {
      const places = placesIn(this.#text.toString());
      const at = places(index);
      if (inserted) this.#text.insert(at, inserted);
      for (const [from, to] of [...gone].reverse()) {
        const [first, last] = [places(from), places(to)];
        this.#text.delete(first >= at ? first + inserted.length : first, last - first);
      }
    };
    const { doc } = this.#text;
    if (doc) doc.transact(change, this);
  }

  // --- undo ---

  #undoWith(undo: boolean | Y.UndoManager): Y.UndoManager | null {
    if (!undo) return null;
    if (undo === true) {
      const manager = new Y.UndoManager(this.#text, { trackedOrigins: new Set([this]) });
      this.#end.push(() => manager.destroy());
      return manager;
    }
    undo.addTrackedOrigin(this);
    this.#end.push(() => undo.removeTrackedOrigin(this));
    return undo;
  }

  #pressed(event: KeyboardEvent): void {
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    const key = event.key.toLowerCase();
    if (!isCommand || event.isComposing) return;
    if (key === "z") this.#step(event, event.shiftKey ? "redo" : "undo");
    if (key === "y" && event.ctrlKey) this.#step(event, "redo");
  }

  #step(event: Event, step: "undo" | "redo"): void {
    event.preventDefault();
    if (!this.#textarea.readOnly) this.#undo?.[step]();
  }
}

/** Return what an event did to the text, one replacement after the other. */
function splicesOf({ delta }: Y.YTextEvent): Splice[] {
  const splices: Splice[] = [];
  let index = 0;
  for (const { retain = 0, insert, delete: removed = 0 } of delta) {
    index += retain;
    // What is no text (an embedded object) does not show.
    const inserted = typeof insert === "string" ? lined(insert) : "";
    if (removed > 0 || inserted) splices.push({ index, removed, inserted });
    index += inserted.length;
  }
  return splices;
}

/** Return somebody's replacement as it is in a text that has ours already. */
function moved(theirs: Splice, ours: Splice): Splice {
  const index = movedBy(ours, theirs.index, "stays");
  const end = movedBy(ours, theirs.index + theirs.removed, "stays");
  return { ...theirs, index, removed: Math.max(0, end - index) };
}

function endOf({ index, inserted }: Splice): number {
  return index + inserted.length;
}

/** Return the text with the line ends of a text field. */
function lined(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** Return where the positions of a text field are in the text. */
function placesIn(text: string): (position: number) => number {
  if (!text.includes("\r")) return (position) => position;
  return (position) => {
    let place = 0;
    for (let passed = 0; passed < position; passed += 1) {
      place += text.startsWith("\r\n", place) ? 2 : 1;
    }
    return place;
  };
}
