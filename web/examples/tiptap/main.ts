/** Tiptap with its own collaboration extensions. The text is in the XML root "default". */

import { Editor } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { StarterKit } from "@tiptap/starter-kit";
import { connect, whileEditable } from "../connect.ts";
import "./carets.css";

const provider = await connect("example-tiptap");

const editor = new Editor({
  element: document.querySelector("#editor"),
  extensions: [
    // Undo is the collaboration's: it takes back only what this person did.
    StarterKit.configure({ undoRedo: false }),
    Collaboration.configure({ document: provider.doc }),
    CollaborationCaret.configure({ provider, user: provider.awareness.getLocalState()?.["user"] }),
  ],
});

whileEditable(provider, (editable) => editor.setEditable(editable));
