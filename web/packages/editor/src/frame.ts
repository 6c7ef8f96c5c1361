/** What is around the text: the bar with save state and people, the notice, the empty page. */

import type { CollabProvider } from "@collab/client";
import { h } from "./dom.ts";
import { hush } from "./hush.ts";
import { people } from "./people.ts";
import { roleBadge } from "./role.ts";
import { notice, saveState, warnBeforeLeaving } from "./status.ts";
import { tips } from "./tips.ts";

export interface FrameOptions {
  readonly provider: CollabProvider;
  /** Shown at the start of the bar: a way back, a title. */
  readonly start?: readonly Node[] | undefined;
  /** Shown at the end of the bar. */
  readonly end?: readonly Node[] | undefined;
  /** Whether there is a bar; yes, if left out. */
  readonly bar?: boolean | undefined;
  /** Open the document anew, when only that helps; the page is loaded anew, if left out. */
  readonly reopen?: (() => void) | undefined;
}

export interface Frame {
  readonly root: HTMLElement;
  /** Stays in sight: the bar, and the tools of the text. */
  readonly head: HTMLElement;
  /** Holds the text. */
  readonly page: HTMLElement;
  readonly bar: HTMLElement;
  /** A place in the bar: for the history's button, say. */
  readonly tools: HTMLElement;
  /** A place above everything: for short words, dialogs, the history. */
  readonly overlay: HTMLElement;
  /** Take everything out of the root. Surfaces in the frame are destroyed before. */
  destroy(): void;
}

/** Put a frame into `root`. The provider stays the caller's. */
export function mountFrame(root: HTMLElement, options: FrameOptions): Frame {
  const { provider } = options;
  const overlay = h("div", { class: "ce-overlay", part: "overlay" });
  const saved = saveState(provider);
  const here = people(provider);
  const told = notice(provider, options.reopen);
  const role = roleBadge(provider, overlay);
  const tools = h("div", { class: "ce-bar-tools" });
  const bar = h(
    "div",
    { class: "ce-bar", part: "bar", hidden: options.bar === false },
    h("div", { class: "ce-bar-start", part: "bar-start" }, ...(options.start ?? [])),
    role.element,
    saved.element,
    here.element,
    tools,
    h("div", { class: "ce-bar-end", part: "bar-end" }, ...(options.end ?? [])),
  );
  const head = h("div", { class: "ce-head", part: "head" }, bar, told.element);
  const page = h("div", { class: "ce-page", part: "page", "data-state": "opening" }, waiting());
  root.classList.add("ce");
  root.replaceChildren(head, h("div", { class: "ce-main", part: "main" }, page), overlay);
  const leave = [warnBeforeLeaving(provider), tips(root, overlay), () => hush(overlay)];
  return {
    ...{ root, head, page, bar, tools, overlay },
    destroy: () => {
      for (const end of leave) end();
      for (const part of [saved, here, told, role]) part.destroy();
      root.replaceChildren();
    },
  };
}

function waiting(): HTMLElement {
  const lines = ["40%", "92%", "85%", "60%"].map((width) => {
    const line = h("span");
    line.style.width = width;
    return line;
  });
  return h("div", { class: "ce-waiting", role: "status", "aria-label": "Opening…" }, ...lines);
}
