/** Textareas with an editor in their place, as long as the page wants that. */

import { TextareaEditor } from "./textarea.ts";

export const SELECTOR = "textarea[data-collab]";
/** What an editor follows, on the textarea or on what is around it. */
const FOLLOWED = [
  "data-collab",
  "data-collab-server",
  "data-collab-token",
  "data-collab-link",
  "data-collab-name",
  "data-collab-color",
  "data-collab-mode",
  "data-collab-editable",
  "data-collab-theme",
  "data-collab-toolbar",
  "data-collab-history",
  "data-collab-language",
  "data-collab-format",
  "disabled",
  "readonly",
  "placeholder",
  "lang",
  "aria-label",
];

const upgraded = new Map<HTMLTextAreaElement, TextareaEditor>();
/** The page took the editor away: it does not want one there. */
const unwanted = new WeakSet<HTMLTextAreaElement>();

/** Put an editor in the place of `area`. */
export function upgrade(area: HTMLTextAreaElement): void {
  if (!upgraded.has(area)) upgraded.set(area, new TextareaEditor(area));
}

/** Upgrade the textareas in `page` that ask for it, and those that come later. */
export function watch(page: Document): void {
  const look = () => {
    review();
    for (const area of page.querySelectorAll<HTMLTextAreaElement>(SELECTOR)) {
      if (area.dataset["collab"] && !unwanted.has(area)) upgrade(area);
    }
  };
  const observer = new MutationObserver((records) => {
    if (records.some(matters)) look();
  });
  observer.observe(page, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: FOLLOWED,
  });
  look();
}

/** Go on with every textarea as the page has it now. */
function review(): void {
  for (const [area, { editor }] of upgraded) {
    // Where the textarea moved, the editor follows; where the editor was taken away, it stays away.
    const isTaken = area.isConnected && !editor.isConnected;
    if (area.isConnected && area.dataset["collab"] && !isTaken) {
      upgraded.get(area)?.follow();
      continue;
    }
    if (isTaken) unwanted.add(area);
    upgraded.get(area)?.release();
    upgraded.delete(area);
  }
}

/** Pages change all the time; most changes have nothing to do with textareas. */
function matters({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  if (type === "attributes" || upgraded.size > 0) return true;
  return [...addedNodes, ...removedNodes].some(
    (node) => node instanceof Element && (node.matches(SELECTOR) || node.querySelector(SELECTOR)),
  );
}
