/** Where the others are: carets with names, and what they have selected. */

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { yCursorPlugin } from "@tiptap/y-tiptap";
import type { Awareness } from "y-protocols/awareness";
import { inkOn, safeColor } from "./color.ts";
import { h } from "./dom.ts";
import { FIELD } from "./field.ts";

/** A name stays open this long after its caret moved, then folds into a dot. */
const NAME_MS = 2_400;

interface Person {
  readonly name?: unknown;
  readonly color?: unknown;
}

/** Show the carets of everyone in `awareness` but ourselves. */
export function carets(awareness: Awareness): Extension {
  return Extension.create({
    name: "carets",
    priority: 999,
    addProseMirrorPlugins() {
      return [
        yCursorPlugin(awareness, {
          cursorBuilder: caretOf,
          selectionBuilder: selectionOf,
          awarenessStateFilter: (me: number, client: number, state: unknown) =>
            me !== client && hasCursor(state),
        }),
        nameOnMove(awareness),
      ];
    },
  });
}

/** Anyone may send any state: only well-formed cursors are drawn. */
function hasCursor(state: unknown): boolean {
  const { cursor, user } = isRecord(state) ? state : {};
  if (!isRecord(user) || !isRecord(cursor)) return false;
  const isNamed = [user["name"], user["color"]].every((word) => isAbsent(word) || isText(word));
  return isNamed && isPlace(cursor["anchor"]) && isPlace(cursor["head"]);
}

/**
 * Return whether `value` is a Yjs relative position in our text. Yjs throws on others, and makes a new
 * shared type for every name it does not know.
 */
export function isPlace(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type, tname, item, assoc } = value;
  const isWhole = [type, item].every((id) => isAbsent(id) || isId(id));
  const isOurs = isAbsent(tname) || tname === FIELD;
  const leads = [type, tname, item].some((part) => !isAbsent(part));
  return isWhole && isOurs && leads && (isAbsent(assoc) || typeof assoc === "number");
}

function isId(value: unknown): boolean {
  return isRecord(value) && isCount(value["client"]) && isCount(value["clock"]);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Holds no text a click or a key could put the writer's own cursor into: what is typed there is lost. */
function caretOf(user: Person, client: number): HTMLElement {
  const color = safeColor(user.color);
  const name = typeof user.name === "string" && user.name ? user.name : "Guest";
  const label = h("span", { class: "ce-caret-name" }, name);
  label.style.backgroundColor = color;
  label.style.color = inkOn(color);
  const caret = h(
    "span",
    { class: "ce-caret is-moving", "data-testid": "remote-caret", "data-client": String(client) },
    label,
  );
  caret.style.setProperty("--person", color);
  foldLater(caret);
  return caret;
}

function selectionOf(user: Person): { class: string; style: string } {
  return { class: "ce-selection", style: `--person: ${safeColor(user.color)}` };
}

const folding = new WeakMap<Element, ReturnType<typeof setTimeout>>();

function foldLater(caret: Element): void {
  clearTimeout(folding.get(caret));
  const timer = setTimeout(() => caret.classList.remove("is-moving"), NAME_MS);
  folding.set(caret, timer);
}

/** Open a caret's name again whenever it moves: the caret's element itself is kept. */
function nameOnMove(awareness: Awareness): Plugin {
  return new Plugin({
    key: new PluginKey("caretNames"),
    view: (view) => {
      const moved = ({ updated }: { updated: number[] }) => {
        for (const client of updated) {
          const caret = view.dom.querySelector(`.ce-caret[data-client="${client}"]`);
          if (!caret) continue;
          caret.classList.add("is-moving");
          foldLater(caret);
        }
      };
      awareness.on("change", moved);
      return { destroy: () => awareness.off("change", moved) };
    },
  });
}
