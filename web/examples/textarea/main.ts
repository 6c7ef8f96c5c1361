/** A `<textarea>`, as every browser has it. The text is in the text root "text". */

import { bindTextarea } from "@collab/client/textarea";
import { connect, whileEditable } from "../connect.ts";
import "./looks.css";

const textarea = document.querySelector<HTMLTextAreaElement>("#editor");
const provider = await connect("example-textarea");

if (textarea) {
  // The browser's own undo would take back what others wrote.
  bindTextarea(textarea, provider.doc.getText("text"), { undo: true });
  textarea.disabled = false;
  whileEditable(provider, (editable) => {
    textarea.readOnly = !editable;
  });
}
