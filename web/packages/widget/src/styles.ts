/** Style sheets without any `<style>`: a page's policy may forbid those. Shared by all elements. */

import frame from "@collab/editor/styles.css?inline";
import own from "./widget.css?inline";

/** The looks of the frame and of rich text, and what is the element's own. */
export const BASE: readonly string[] = [frame, own];

const made = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/** Give `root` these style sheets besides those it has. */
export function adopt(root: ShadowRoot, sheets: readonly string[]): void {
  const fresh = sheets
    .map((text) => sheetOf(root.ownerDocument, text))
    .filter((sheet) => !root.adoptedStyleSheets.includes(sheet));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...fresh];
}

/** Take every style sheet from `root`. */
export function disown(root: ShadowRoot): void {
  root.adoptedStyleSheets = [];
}

/** A style sheet belongs to the document it was made in. */
function sheetOf(document: Document, text: string): CSSStyleSheet {
  const sheets = made.get(document) ?? new Map<string, CSSStyleSheet>();
  made.set(document, sheets);
  const known = sheets.get(text);
  if (known) return known;
  const Sheet = document.defaultView?.CSSStyleSheet ?? CSSStyleSheet;
  const sheet = new Sheet();
  sheet.replaceSync(text);
  sheets.set(text, sheet);
  return sheet;
}
