/** ProseMirror with y-prosemirror. The text is in the XML root "prosemirror". */

import { exampleSetup } from "prosemirror-example-setup";
import { keymap } from "prosemirror-keymap";
import { schema } from "prosemirror-schema-basic";
import { EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { redo, undo, yCursorPlugin, ySyncPlugin, yUndoPlugin } from "y-prosemirror";
import { connect, whileEditable } from "../connect.ts";
import "prosemirror-view/style/prosemirror.css";
import "prosemirror-menu/style/menu.css";
import "prosemirror-example-setup/style/style.css";
import "./carets.css";

const provider = await connect("example-prosemirror");

const fragment = provider.doc.getXmlFragment("prosemirror");

const view = new EditorView(document.querySelector("#editor"), {
  // Not from `initProseMirrorDoc`: of an empty document it makes one in which everything is selected,
  // and stays selected when others write; the next key would replace what they wrote.
  state: EditorState.create({
    schema,
    plugins: [
      ySyncPlugin(fragment),
      yCursorPlugin(provider.awareness),
      // Undo is Yjs's: it takes back only what this person did.
      yUndoPlugin(),
      keymap({ "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo }),
      ...exampleSetup({ schema, history: false }),
    ],
  }),
});

whileEditable(provider, (editable) => view.setProps({ editable: () => editable }));
