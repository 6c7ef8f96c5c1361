/** The save state beside the title, and the notice over the text. */

import type { CollabProvider, SaveState } from "@collab/client";
import { h } from "./dom.ts";
import { noticeOf, saveWords } from "./words.ts";

/** «Saved» comes this late after the last «Saving…», so that the words do not flicker. */
const CALM_MS = 350;
/** A connection may be away this long before a banner speaks of it. */
const PATIENCE_MS = 1_200;

export interface Part {
  readonly element: HTMLElement;
  destroy(): void;
}

/** The honest few words. Shows «Saved» only when every edit is durable on the server. */
export function saveState(provider: CollabProvider): Part {
  const words = h("span", { class: "ce-save-words" });
  const element = h(
    "p",
    { class: "ce-save", part: "save-state", "data-testid": "save-state" },
    h("span", { class: "ce-save-dot", "aria-hidden": "true" }),
    words,
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    const state = provider.saveState;
    element.dataset["state"] = state.kind;
    element.dataset["unsaved"] = String(state.unsaved);
    words.textContent = saveWords(state, provider.allKept);
    element.title = words.textContent;
  };
  const show = (state: SaveState) => {
    clearTimeout(timer);
    const calm = state.kind === "saved" && element.dataset["state"] === "saving";
    if (calm) timer = setTimeout(write, CALM_MS);
    else write();
  };
  write();
  const off = provider.on("saveState", show);
  return {
    element,
    destroy: () => {
      clearTimeout(timer);
      off();
    },
  };
}

/** The banner that says what is wrong and what can be done; hidden while all is well. */
export function notice(
  provider: CollabProvider,
  reopen: () => void = () => location.reload(),
): Part {
  const text = h("p");
  const button = h("button", { type: "button", class: "ce-button" });
  const element = h("div", {
    class: "ce-notice",
    part: "notice",
    "data-testid": "notice",
    hidden: true,
  });
  const spoken = h("div", { class: "ce-hidden", role: "status", "aria-live": "polite" });
  element.append(text, button);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    const now = noticeOf(provider.saveState, provider.keepsEdits);
    element.hidden = now === null;
    if (!now) {
      if (spoken.textContent) spoken.textContent = "Connected again. All is well.";
      return;
    }
    element.dataset["tone"] = now.tone;
    if (text.textContent !== now.text) text.textContent = now.text;
    button.hidden = !now.action;
    button.textContent = now.action === "reload" ? "Reload" : "Try again";
    button.onclick = () => (now.action === "reload" ? reopen() : provider.retry());
    // Only what kind of trouble it is gets spoken, not every count.
    if (spoken.dataset["kind"] !== provider.saveState.kind) spoken.textContent = now.text;
    spoken.dataset["kind"] = provider.saveState.kind;
  };
  const show = (state: SaveState) => {
    clearTimeout(timer);
    const patient = element.hidden && (state.kind === "offline" || state.kind === "storage-away");
    if (patient) timer = setTimeout(write, PATIENCE_MS);
    else write();
  };
  write();
  const off = provider.on("saveState", show);
  return {
    element: h("div", { class: "ce-notices" }, element, spoken),
    destroy: () => {
      clearTimeout(timer);
      off();
    },
  };
}

/** Ask before the page closes, but only while something is not durable. Returns the way out. */
export function warnBeforeLeaving(provider: CollabProvider): () => void {
  const leaving = (event: BeforeUnloadEvent) => {
    if (provider.unsavedChanges > 0) event.preventDefault();
  };
  addEventListener("beforeunload", leaving);
  return () => removeEventListener("beforeunload", leaving);
}
