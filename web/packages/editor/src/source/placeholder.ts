/** What stands where nothing is written yet. It is no text: nobody reads it out of the document. */

import type { Extension } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

/** Show `text` on the only line of an empty document. */
export function placeholder(text: string): Extension {
  if (!text) return [];
  const shown = Decoration.set([
    Decoration.line({ class: "ce-placeholder", attributes: { "data-placeholder": text } }).range(0),
  ]);
  return [
    EditorView.contentAttributes.of({ "aria-placeholder": text }),
    EditorView.decorations.of(({ state }) => (state.doc.length === 0 ? shown : Decoration.none)),
  ];
}
