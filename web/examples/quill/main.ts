/** Quill with y-quill. The text is in the text root "quill"; its formats are Yjs's formats. */

import Quill from "quill";
import QuillCursors from "quill-cursors";
import { QuillBinding } from "y-quill";
import { connect, whileEditable } from "../connect.ts";
import "quill/dist/quill.snow.css";
import "./looks.css";

const provider = await connect("example-quill");

Quill.register("modules/cursors", QuillCursors);
const quill = new Quill("#editor", {
  theme: "snow",
  modules: {
    cursors: true,
    toolbar: [[{ header: [1, 2, false] }], ["bold", "italic", "link"], [{ list: "bullet" }]],
    // Undo takes back only what this person did.
    history: { userOnly: true },
  },
});

new QuillBinding(provider.doc.getText("quill"), quill, provider.awareness);

whileEditable(provider, (editable) => quill.enable(editable));
