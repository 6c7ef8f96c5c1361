/** CodeMirror 6 with y-codemirror.next. The text is in the text root "text". */

import { Compartment, EditorState } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { EditorView, minimalSetup } from "codemirror";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import { connect, whileEditable } from "../connect.ts";

const provider = await connect("example-codemirror");

const text = provider.doc.getText("text");
const readOnly = new Compartment();

const view = new EditorView({
  parent: document.querySelector("#editor") ?? document.body,
  state: EditorState.create({
    doc: text.toString(),
    extensions: [
      // Before the set-up's own: undo is Yjs's, it takes back only what this person did.
      keymap.of(yUndoManagerKeymap),
      minimalSetup,
      EditorView.lineWrapping,
      EditorView.theme({ "&": { height: "16rem" }, "&.cm-focused": { outline: "none" } }),
      yCollab(text, provider.awareness),
      readOnly.of([]),
    ],
  }),
});

whileEditable(provider, (editable) => {
  const locked = [EditorState.readOnly.of(!editable), EditorView.editable.of(editable)];
  view.dispatch({ effects: readOnly.reconfigure(locked) });
});
