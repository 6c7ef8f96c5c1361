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
    // `light-dark()` stays as it is: what it would be turned into is not understood.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    // A page's policy forbids inline scripts and data addresses.
    assetsInlineLimit: 0,
    // The whole editor is one chunk of its own; the list does not load it.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: here("index.html"),
        editor: here("editor.html"),
        embed: here("embed.html"),
        example: here("example.html"),
      },
    },
  },
  server: {
    proxy: { "/api": server, "/socket.io": { target: server, ws: true } },
  },
});
