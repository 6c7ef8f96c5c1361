/** The element's shadow root: its style sheets, and what it says when there is no document. */

import { h } from "@collab/editor/dom";
import { adopt, BASE, disown } from "./styles.ts";

export class Shell {
  readonly root: ShadowRoot;

  constructor(host: HTMLElement) {
    // The focus is not delegated: that would lead into the first button, not into the text.
    this.root = host.attachShadow({ mode: "open" });
    // Content between the tags is seen until there is something better.
    this.root.append(h("slot"));
  }

  /** Be ready to show something. */
  dress(): void {
    adopt(this.root, BASE);
  }

  /** Show nothing of ours, keep nothing. */
  undress(): void {
    disown(this.root);
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
