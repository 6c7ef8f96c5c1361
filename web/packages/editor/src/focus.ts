/** Putting the cursor into the text. */

import type { ChainedCommands, Editor } from "@tiptap/core";
import { Selection } from "@tiptap/pm/state";

/**
 * Put the cursor into the text where it was, or at its end. Tiptap's own `focus` waits for a frame:
 * what is typed meanwhile goes elsewhere.
 */
export function focusText(editor: Editor, at: "as-it-was" | "end" = "as-it-was"): void {
  const { view, state } = editor;
  if (at === "end") {
    view.dispatch(state.tr.setSelection(Selection.atEnd(state.doc)).scrollIntoView());
  }
  view.focus();
}

/** Begin a chain of commands, with the focus in the text. */
export function chainIn(editor: Editor): ChainedCommands {
  focusText(editor);
  return editor.chain();
}
