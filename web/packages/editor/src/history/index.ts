/** The button in the bar, and the history it opens over the document. */

import type { CollabProvider, HistoryClient } from "@collab/client";
import type { Editor } from "@tiptap/core";
import type { Part } from "../status.ts";
import { People } from "./authors.ts";
import { openButton } from "./panel.ts";
import { HistoryView } from "./view.ts";

export interface HistoryPart extends Part {
  readonly people: People;
  open(): void;
}

/** New edits are asked for this long after they were seen. */
const REFRESH_MS = 1_200;

/** `text` is the live editor, if it is there: it gets the focus back as it was. */
export function historyPart(
  provider: CollabProvider,
  client: HistoryClient,
  root: HTMLElement,
  text: () => Editor | null,
): HistoryPart {
  const people = new People();
  const button = openButton();
  let view: HistoryView | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const meet = () => people.meet(provider.users, provider.user?.id ?? null);
  meet();
  const close = (back: () => void) => {
    view?.element.remove();
    view = null;
    for (const child of root.children) (child as HTMLElement).inert = false;
    document.documentElement.classList.remove("ce-history-open");
    button.setAttribute("aria-expanded", "false");
    back();
  };
  const open = () => {
    if (view) return;
    const back = wayBack(button, text);
    for (const child of root.children) (child as HTMLElement).inert = true;
    view = new HistoryView({
      client,
      people,
      mayEdit: () => provider.role === "editor" || provider.role === "owner",
      closed: () => close(back),
    });
    root.append(view.element);
    document.documentElement.classList.add("ce-history-open");
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
  document.addEventListener("keydown", key);
  provider.doc.on("update", later);
  const ends = [
    provider.on("users", meet),
    provider.on("role", now),
    provider.on("versionCreated", now),
    provider.on("versionRestored", now),
  ];
  return {
    element: button,
    people,
    open,
    destroy: () => {
      clearTimeout(timer);
      view?.close();
      document.removeEventListener("keydown", key);
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
function wayBack(button: HTMLElement, text: () => Editor | null): () => void {
  const { scrollX, scrollY } = window;
  const wasIn = document.activeElement;
  const wasInText = text()?.view.dom.contains(wasIn) ?? false;
  return () => {
    const editor = text();
    if (wasInText && editor) editor.commands.focus(null, { scrollIntoView: false });
    else if (wasIn instanceof HTMLElement && wasIn !== document.body) {
      wasIn.focus({ preventScroll: true });
    } else button.focus({ preventScroll: true });
    window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
  };
}
