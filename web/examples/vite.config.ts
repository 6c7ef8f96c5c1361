import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** What the packages linked from beside this folder have copies of, too. */
const SHARED = [
  ...["socket.io-client", "react", "react-dom"],
  ...["core", "pm", "y-tiptap"].map((name) => `@tiptap/${name}`),
  ...["model", "state", "transform", "view", "tables"].map((name) => `prosemirror-${name}`),
  ...["state", "view", "language"].map((name) => `@codemirror/${name}`),
];
const pages = readdirSync(here("."))
  .map((folder) => here(`${folder}/index.html`))
  .filter((page) => existsSync(page));

export default defineConfig({
  base: "./",
  resolve: {
    // There must be ONE Yjs in a page: documents of two copies do not recognise each other's types.
    dedupe: ["yjs", "y-protocols", "lib0", ...SHARED],
    alias: {
      // y-monaco imports Monaco by the path it had before it listed its exports.
      "monaco-editor/esm/vs/editor/editor.api.js": "monaco-editor/editor/editor.api.js",
    },
  },
  build: {
    outDir: process.env["COLLAB_EXAMPLES_DIR"] ?? here("dist"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4_000,
    rolldownOptions: { input: [here("index.html"), ...pages] },
  },
});
