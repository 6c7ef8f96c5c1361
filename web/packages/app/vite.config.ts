import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = "http://127.0.0.1:8080";

export default defineConfig({
  root: here("."),
  base: "/",
  build: {
    outDir: here("../../../collab/static"),
    emptyOutDir: true,
    target: "es2022",
    // A page's policy forbids inline scripts and data addresses.
    assetsInlineLimit: 0,
    // The whole editor is one chunk of its own; the list does not load it.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: here("index.html"), editor: here("editor.html") } },
  },
  server: {
    proxy: { "/api": server, "/socket.io": { target: server, ws: true } },
  },
});
