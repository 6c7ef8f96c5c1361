/** The element's shadow root: its style sheets, and what it says when there is no document. */

import { h } from "@collab/editor/dom";
import { BASE, sheetOf } from "./styles.ts";

export class Shell {
  readonly root: ShadowRoot;
  /** The style sheets it has on, each once. */
  readonly #worn = new Set<string>();

  constructor(host: HTMLElement) {
    // The focus is not delegated: that would lead into the first button, not into the text.
    this.root = host.attachShadow({ mode: "open" });
    // Content between the tags is seen until there is something better.
    this.root.append(h("slot"));
  }

  /** Be ready to show something. */
  dress(): void {
    this.wear(BASE);
  }

  /** Have these style sheets besides those there are. In another document all have to be made anew. */
  wear(sheets: readonly string[]): void {
    for (const text of sheets) this.#worn.add(text);
    this.root.adoptedStyleSheets = [...this.#worn].map((text) =>
      sheetOf(this.root.ownerDocument, text),
    );
  }

  /** Show nothing of ours, keep nothing. */
  undress(): void {
    this.#worn.clear();
    this.root.adoptedStyleSheets = [];
    this.root.replaceChildren(h("slot"));
  }

  /** Show this frame. */
  show(frame: HTMLElement): void {
    this.root.replaceChildren(frame);
  }

  /** Say `message` instead of showing a text. */
  say(message: string, theme: string): void {
    const words = h("p", { class: "ce-unknown", role: "alert" }, message);
    const page = h("div", { class: "ce-page", part: "page", "data-state": "refused" }, words);
    const main = h("div", { class: "ce-main" }, page);
    this.show(h("div", { class: "ce", part: "frame", "data-theme": theme }, main));
  }
}
