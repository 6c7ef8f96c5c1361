import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ENTRY = here("src/index.ts");
/** Barrels name these modules; what uses them comes later. */
const LATER =
  /\/client\/src\/(documents|history|rest|sharing)\.ts$|\/reading\/(html|markdown|text)[^/]*$/;

interface ChunkingContext {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/**
 * Return whether the script loads a module at once. All such are one file, apart from the script
 * itself: what comes later shares them, whatever address the page gives the script.
 */
function isCore(id: string, context: ChunkingContext): boolean {
  const seen = new Set<string>();
  const waiting = [ENTRY];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next) || LATER.test(next)) continue;
    seen.add(next);
    waiting.push(...(context.getModuleInfo(next)?.importedIds ?? []));
  }
  return seen.has(id);
}

/** Leaves out what libraries bring and nobody uses, so that the text is seen sooner. */
function lean(): Plugin {
  return {
    name: "lean",
    enforce: "pre",
    resolveId(source, importer = "") {
      if (source === "lib0/logging") return here("build/logging.ts");
      const isEnvironment = /^(lib0|\.)\/environment(\.js)?$/.test(source);
      if (isEnvironment && /\/(lib0|yjs)\//.test(importer)) return here("build/environment.ts");
      const name = /^\.\/(?:contrib\/)?(webtransport|parseuri|backo2)\.js$/.exec(source)?.[1];
      const isTheirs = /\/(engine|socket)\.io-client\//.test(importer);
      return name && isTheirs ? here(`build/${name}.ts`) : null;
    },
  };
}

/** Puts the description of the element beside it, for editors and other tools. */
function manifest(): Plugin {
  return {
    name: "manifest",
    generateBundle() {
      const source = readFileSync(here("custom-elements.json"), "utf8");
      this.emitFile({ type: "asset", fileName: "custom-elements.json", source });
    },
  };
}

/** The script for other people's pages: `widget.js`, and what it loads later from beside itself. */
export default defineConfig({
  root: here("."),
  // Chunks are found beside the script, which other sites load from here.
  base: "./",
  publicDir: false,
  plugins: [lean(), manifest()],
  // Builds of libraries leave that to others; here there are none.
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  build: {
    outDir: here("../../../collab/static"),
    // The pages are built into the same folder before.
    emptyOutDir: false,
    target: "es2022",
    // As they are written: what they need is no older than what the scripts need.
    cssTarget: ["chrome123", "firefox125", "safari17.5"],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: false,
    // As a library: nothing is put into the page's head to load chunks.
    lib: { entry: ENTRY, formats: ["es"] },
    rolldownOptions: {
      output: {
        entryFileNames: "widget.js",
        chunkFileNames: "assets/widget-[name]-[hash].js",
        minify: true,
        codeSplitting: {
          groups: [{ name: (id, context) => (isCore(id, context) ? "core" : null) }],
        },
      },
    },
  },
});
