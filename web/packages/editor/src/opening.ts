/** When a text may be shown, when it must go, and what stands there instead. */

import type { CollabProvider, SaveState } from "@collab/client";
import type * as Y from "yjs";
import { h } from "./dom.ts";
import { FIELD, SOURCE_FIELD } from "./field.ts";

/** What an editor does when it is told to. */
export interface Opening {
  isOpen(): boolean;
  /** Show the document, which is here now. */
  open(): void;
  /** Take the text away; it may be opened again. */
  shut(): void;
  /** The role, or what else decides whether people may write, may have changed. */
  mayHaveChanged(): void;
}

/**
 * Open the text as soon as the document is there, take it away when another person comes who must
 * not see it, and say on `page` how it stands. Returns the way out.
 */
export function openWhenHere(
  provider: CollabProvider,
  page: HTMLElement,
  text: Opening,
): () => void {
  const show = () => {
    // It shows what another person could not send.
    if (isSomebodyElses(provider.saveState)) text.shut();
    if (provider.synced && !text.isOpen()) text.open();
    if (text.isOpen()) {
      text.mayHaveChanged();
      return;
    }
    const isOut = provider.status === "refused" || provider.status === "signed-out";
    if (isOut) page.dataset["state"] = "refused";
    else if (page.dataset["state"] !== "reading") page.dataset["state"] = "opening";
  };
  show();
  const events = ["synced", "editable", "status"] as const;
  const ends = events.map((event) => provider.on(event, show));
  return () => {
    for (const end of ends) end();
  };
}

/** Put `message` where the text would be. */
export function refuse(page: HTMLElement, message: string): void {
  page.dataset["state"] = "refused";
  const words = { class: "ce-unknown", role: "alert", "data-testid": "unknown-content" };
  page.replaceChildren(h("p", words, message));
}

/**
 * Return what to say if `doc` holds only text of the other kind than is wanted; null if it may be
 * opened. Asking creates no root of the other kind.
 */
export function holdsOtherKind(doc: Y.Doc, wanted: "rich" | "source"): string | null {
  const [ours, others] = wanted === "rich" ? [FIELD, SOURCE_FIELD] : [SOURCE_FIELD, FIELD];
  if (hasContent(doc, ours) || !hasContent(doc, others)) return null;
  return wanted === "rich"
    ? "This document holds source text, not rich text: open it in the mode it was written in (markdown, code or plain)."
    : "This document holds rich text, not source text: open it in the rich mode.";
}

function hasContent(doc: Y.Doc, root: string): boolean {
  for (let item = doc.share.get(root)?._start ?? null; item !== null; item = item.right) {
    if (!item.deleted && item.countable) return true;
  }
  return false;
}

function isSomebodyElses(state: SaveState): boolean {
  return state.kind === "refused" && state.error.kind === "somebody-else";
}
