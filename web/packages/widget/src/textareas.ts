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

/** Everything that may put a textarea elsewhere, or change what it asks for. */
const CHANGES: MutationObserverInit = {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: FOLLOWED,
};

const upgraded = new Map<HTMLTextAreaElement, TextareaEditor>();
/** The page took the editor away: it does not want one there. */
const unwanted = new WeakSet<HTMLTextAreaElement>();

/** Pages whose textareas are found by themselves. */
const watched = new Set<Document>();

const observer = new MutationObserver((records) => {
  if (records.some(matters)) look();
});

/** Put an editor in the place of `area`, for as long as it is in a page. */
export function upgrade(area: HTMLTextAreaElement): void {
  if (upgraded.has(area)) return;
  upgraded.set(area, new TextareaEditor(area));
  observe(area);
}

/** Upgrade the textareas in `page` that ask for it, and those that come later. */
export function watch(page: Document): void {
  watched.add(page);
  observer.observe(page, CHANGES);
  look();
}

/** Hear what happens around `area`: in its own tree, and in those that its tree is in. */
function observe(area: Node): void {
  const root = area.getRootNode();
  observer.observe(root, CHANGES);
  if (root instanceof ShadowRoot) observe(root.host);
}

function look(): void {
  review();
  for (const page of watched) {
    for (const area of page.querySelectorAll<HTMLTextAreaElement>(SELECTOR)) {
      if (area.dataset["collab"] && !unwanted.has(area)) upgrade(area);
    }
  }
}

/** Go on with every textarea as the page has it now. */
function review(): void {
  for (const [area, { editor }] of upgraded) {
    // Where the textarea moved, the editor follows; where the editor was taken away, it stays away.
    const isTaken = area.isConnected && !editor.isConnected;
    if (area.isConnected && area.dataset["collab"] && !isTaken) {
      upgraded.get(area)?.follow();
      // It may be in another tree by now.
      observe(area);
      continue;
    }
    if (isTaken) unwanted.add(area);
    upgraded.get(area)?.release();
    upgraded.delete(area);
  }
  if (upgraded.size === 0) rest();
}

/** With nothing left in other trees, only the pages are of interest. */
function rest(): void {
  observer.disconnect();
  for (const page of watched) observer.observe(page, CHANGES);
}

/** Pages change all the time; most changes have nothing to do with textareas. */
function matters({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  if (type === "attributes" || upgraded.size > 0) return true;
  return [...addedNodes, ...removedNodes].some(
    (node) => node instanceof Element && (node.matches(SELECTOR) || node.querySelector(SELECTOR)),
  );
}
