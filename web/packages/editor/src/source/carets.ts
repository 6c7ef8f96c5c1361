/** Where the others are: carets with names, and what they have selected. And telling them of ours. */

import type { ChangeDesc, Extension, Range } from "@codemirror/state";
import { StateEffect } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { inkOn } from "../color.ts";
import { h } from "../dom.ts";
import {
  type Cursor,
  cursorAt,
  isSame,
  type Owner,
  type Place,
  placeOf,
  readCursor,
} from "./cursor.ts";

/** A name stays open this long after its caret moved, then folds into a dot. */
const NAME_MS = 2_400;

/** Show the carets of everyone in `awareness` but ourselves. Goes after the binding of `text`. */
export function carets(text: Y.Text, awareness: Awareness): Extension {
  return ViewPlugin.define((view) => new Carets(view, text, awareness), {
    decorations: (plugin) => plugin.decorations,
  });
}

/** Somebody's cursor moved, came or went. */
const moved = StateEffect.define<null>();

interface Other {
  readonly cursor: Cursor;
  readonly owner: Owner;
  /** Null until the text it stands on is here. */
  place: Place | null;
}

interface AwarenessChange {
  readonly added: readonly number[];
  readonly updated: readonly number[];
  readonly removed: readonly number[];
}

class Carets {
  decorations: DecorationSet;
  readonly #view: EditorView;
  readonly #text: Y.Text;
  readonly #awareness: Awareness;
  readonly #others = new Map<number, Other>();
  readonly #names: Names;
  #told: Cursor | null = null;

  constructor(view: EditorView, text: Y.Text, awareness: Awareness) {
    this.#view = view;
    this.#text = text;
    this.#awareness = awareness;
    this.#names = new Names(view);
    for (const client of awareness.getStates().keys()) this.#read(client);
    this.decorations = this.#draw();
    awareness.on("change", this.#heard);
  }

  update(update: ViewUpdate): void {
    if (update.docChanged) this.#follow(update.changes);
    const isNews = update.transactions.some((one) => one.effects.some((it) => it.is(moved)));
    if (update.docChanged || isNews) this.decorations = this.#draw();
    if (update.docChanged || update.selectionSet || update.focusChanged) this.#tell();
  }

  destroy(): void {
    this.#awareness.off("change", this.#heard);
    this.#names.destroy();
    this.#say(null);
  }

  readonly #heard = ({ added, updated, removed }: AwarenessChange) => {
    const others = [...added, ...updated, ...removed].filter((id) => id !== this.#me);
    if (others.length === 0) return;
    for (const client of others) this.#read(client);
    this.#view.dispatch({ effects: moved.of(null) });
  };

  get #me(): number {
    return this.#awareness.clientID;
  }

  #read(client: number): void {
    if (client === this.#me) return;
    const before = this.#others.get(client);
    const now = readCursor(this.#awareness.getStates().get(client));
    if (now && before && isSame(before.cursor, now.cursor)) {
      this.#others.set(client, { ...before, owner: now.owner });
    } else if (now) {
      this.#others.set(client, { ...now, place: placeOf(now.cursor, this.#text) });
      this.#names.open(client);
    } else {
      this.#others.delete(client);
      this.#names.forget(client);
    }
  }

  /** Take the carets along: to look all of them up in the shared text would be slow in long ones. */
  #follow(changes: ChangeDesc): void {
    for (const other of this.#others.values()) {
      if (!other.place) {
        other.place = placeOf(other.cursor, this.#text);
        continue;
      }
      // Positions of Yjs go with the character after them, or with the one before if so told.
      const { anchor, head } = other.cursor;
      other.place = {
        anchor: changes.mapPos(other.place.anchor, anchor.assoc < 0 ? -1 : 1),
        head: changes.mapPos(other.place.head, head.assoc < 0 ? -1 : 1),
      };
    }
  }

  #draw(): DecorationSet {
    const last = this.#view.state.doc.length;
    const drawn: Range<Decoration>[] = [];
    for (const [client, { owner, place }] of this.#others) {
      // Text that others have and we do not: its cursors wait for it.
      if (!place || place.anchor > last || place.head > last) continue;
      const [from, to] = [Math.min(place.anchor, place.head), Math.max(place.anchor, place.head)];
      if (from < to) drawn.push(selected(owner.color).range(from, to));
      const side = place.head > place.anchor ? -1 : 1;
      const widget = new Caret(client, owner, this.#names);
      drawn.push(Decoration.widget({ widget, side }).range(place.head));
    }
    return Decoration.set(drawn, true);
  }

  /** Tell the others where we are, as long as the cursor is in the text. */
  #tell(): void {
    const { root, contentDOM, state } = this.#view;
    const isHere = root.activeElement === contentDOM;
    this.#say(isHere ? cursorAt(state.selection.main, this.#text) : null);
  }

  #say(cursor: Cursor | null): void {
    const isKnown = cursor && this.#told ? isSame(cursor, this.#told) : cursor === this.#told;
    if (isKnown) return;
    this.#told = cursor;
    this.#awareness.setLocalStateField("cursor", cursor);
  }
}

/** The colour has been checked; the editor sets it by script, which a strict policy allows. */
function selected(color: string): Decoration {
  return Decoration.mark({ class: "ce-selection", attributes: { style: `--person: ${color}` } });
}

/** Which names are open now. */
class Names {
  readonly #view: EditorView;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  constructor(view: EditorView) {
    this.#view = view;
  }

  isOpen(client: number): boolean {
    return this.#timers.has(client);
  }

  open(client: number): void {
    clearTimeout(this.#timers.get(client));
    const timer = setTimeout(() => this.#fold(client), NAME_MS);
    this.#timers.set(client, timer);
    this.#caretOf(client)?.classList.add("is-moving");
  }

  forget(client: number): void {
    clearTimeout(this.#timers.get(client));
    this.#timers.delete(client);
  }

  destroy(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #fold(client: number): void {
    this.#timers.delete(client);
    this.#caretOf(client)?.classList.remove("is-moving");
  }

  #caretOf(client: number): Element | null {
    return this.#view.contentDOM.querySelector(`.ce-caret[data-client="${client}"]`);
  }
}

class Caret extends WidgetType {
  readonly #client: number;
  readonly #owner: Owner;
  readonly #names: Names;

  constructor(client: number, owner: Owner, names: Names) {
    super();
    this.#client = client;
    this.#owner = owner;
    this.#names = names;
  }

  override eq(other: Caret): boolean {
    const { name, color } = other.#owner;
    const isSameOwner = this.#owner.name === name && this.#owner.color === color;
    return this.#client === other.#client && isSameOwner;
  }

  toDOM(): HTMLElement {
    const { name, color } = this.#owner;
    const label = h("span", { class: "ce-caret-name" }, name);
    label.style.backgroundColor = color;
    label.style.color = inkOn(color);
    const client = String(this.#client);
    const caret = h(
      "span",
      { class: "ce-caret", "data-testid": "remote-caret", "data-client": client },
      label,
    );
    caret.classList.toggle("is-moving", this.#names.isOpen(this.#client));
    caret.style.setProperty("--person", color);
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
