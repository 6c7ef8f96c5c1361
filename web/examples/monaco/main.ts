/** Monaco with y-monaco. The text is in the text root "monaco". */

import * as monaco from "monaco-editor/editor/editor.api.js";
import EditorWorker from "monaco-editor/editor/editor.worker.js?worker";
import { MonacoBinding } from "y-monaco";
import { connect, whileEditable } from "../connect.ts";
import { colorCarets } from "./carets.ts";

// Monaco computes in a worker, which the bundler has to know of.
globalThis.MonacoEnvironment = { getWorker: () => new EditorWorker() };

const provider = await connect("example-monaco");

const model = monaco.editor.createModel("", "plaintext");
// Yjs counts characters; all windows must count a line's end the same.
model.setEOL(monaco.editor.EndOfLineSequence.LF);

const editor = monaco.editor.create(document.querySelector("#editor") ?? document.body, {
  model,
  automaticLayout: true,
  minimap: { enabled: false },
  scrollBeyondLastLine: false,
  // Room for the name above a cursor in the first line.
  padding: { top: 24 },
  wordWrap: "on",
});

new MonacoBinding(provider.doc.getText("monaco"), model, new Set([editor]), provider.awareness);
colorCarets(provider.awareness);

whileEditable(provider, (editable) => editor.updateOptions({ readOnly: !editable }));
