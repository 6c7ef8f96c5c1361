/** Style sheets without any `<style>`: a page's policy may forbid those. Shared by all elements. */

import frame from "@collab/editor/frame.css?inline";
import own from "./widget.css?inline";

/** The looks of the frame and of a text to read, and what is the element's own. */
export const BASE: readonly string[] = [frame, own];

const made = new WeakMap<Document, Map<string, CSSStyleSheet>>();

/** Return the style sheet that says `text`; it belongs to the document it is made in. */
export function sheetOf(document: Document, text: string): CSSStyleSheet {
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
