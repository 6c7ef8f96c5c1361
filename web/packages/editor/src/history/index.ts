/** The button in the bar, and the history it opens over the document. */

import type { CollabProvider, HistoryClient } from "@collab/client";
import { focusedBeside } from "../focused.ts";
import type { Frame } from "../frame.ts";
import type { Surface } from "../surface.ts";
import { peopleOf } from "./authors.ts";
import { openButton } from "./panel.ts";
import { HistoryView } from "./view.ts";

export interface HistoryOptions {
  readonly provider: CollabProvider;
  readonly client: HistoryClient;
  /** The text under the history, if it is there: it gets the focus back as it was. */
  surface(): Surface | null;
}

export interface HistoryPart {
  readonly button: HTMLButtonElement;
  open(): void;
  destroy(): void;
}

/** New edits are asked for this long after they were seen. */
const REFRESH_MS = 1_200;

/** Put the button into the tools of `frame`; the history opens in its overlay. */
export function mountHistory(frame: Frame, options: HistoryOptions): HistoryPart {
  const { provider, client } = options;
  const people = peopleOf(provider);
  const button = openButton();
  let view: HistoryView | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const meet = () => people.meet(provider.users, provider.user?.id ?? null);
  meet();
  const close = (back: () => void) => {
    clearTimeout(timer);
    // Not closed but removed: closing would move the focus by itself.
    view?.element.remove();
    view = null;
    button.setAttribute("aria-expanded", "false");
    back();
  };
  const open = () => {
    if (view) return;
    const back = wayBack(frame, button, options.surface);
    view = new HistoryView({
      client,
      people,
      overlay: frame.overlay,
      mayEdit: () => provider.role === "editor" || provider.role === "owner",
      closed: () => close(back),
    });
    frame.overlay.append(view.element);
    view.element.showModal();
    button.setAttribute("aria-expanded", "true");
    void view.start();
  };
  const later = () => {
    if (!view) return;
    clearTimeout(timer);
    timer = setTimeout(() => void view?.refresh(), REFRESH_MS);
  };
  const now = () => void view?.refresh();
  const key = (event: KeyboardEvent) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    if (view) view.close();
    else open();
  };
  button.addEventListener("click", open);
  frame.root.addEventListener("keydown", key);
  frame.tools.append(button);
  provider.doc.on("update", later);
  const ends = [
    provider.on("users", meet),
    provider.on("role", now),
    provider.on("versionCreated", now),
    provider.on("versionRestored", now),
  ];
  return {
    button,
    open,
    destroy: () => {
      view?.close();
      button.remove();
      frame.root.removeEventListener("keydown", key);
      provider.doc.off("update", later);
      for (const end of ends) end();
    },
  };
}

function isOurs(event: KeyboardEvent): boolean {
  const mod = event.ctrlKey || event.metaKey;
  return mod && event.altKey && event.shiftKey && event.code === "KeyH";
}

/** Remember where the person is; the returned function brings them back. */
function wayBack(
  { root, page }: Frame,
  button: HTMLElement,
  surface: () => Surface | null,
): () => void {
  const wasIn = focusedBeside(root);
  const wasInText = wasIn !== null && page.contains(wasIn);
  return () => {
    const text = surface();
    if (wasInText && text?.isOpen) text.focus();
    else if (wasIn instanceof HTMLElement && root.contains(wasIn)) {
      wasIn.focus({ preventScroll: true });
    } else button.focus({ preventScroll: true });
  };
}
