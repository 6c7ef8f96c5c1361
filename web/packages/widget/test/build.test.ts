import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Of the script and all it loads before the text is seen, gzipped. */
const SOON = 60_000;
/** Words out of the editors' insides. */
const EDITORS = ["domObserver", "docChanged", "cm-content", "addProseMirrorPlugins", "markdown-it"];
/** Of all that rich text needs. */
const ALL = 250_000;

const PACKAGE = fileURLToPath(new URL("../", import.meta.url));
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "widget-"));
  const vite = join(PACKAGE, "../../node_modules/vite/bin/vite.js");
  const options = ["build", PACKAGE, "--outDir", folder, "--logLevel", "error"];
  // As it is built for the world, not for a test.
  const env = { ...process.env, NODE_ENV: "production" };
  execFileSync(process.execPath, [vite, ...options], { env });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Return the files that `name` imports at once, and theirs. */
function closure(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, path] of text(name).matchAll(/(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g)) {
    const beside = name.includes("/") ? `assets/${path}` : (path ?? "");
    closure(beside, seen);
  }
  return seen;
}

function text(name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function weight(names: Iterable<string>): number {
  let sum = 0;
  for (const name of names) sum += gzipSync(text(name), { level: 9 }).length;
  return sum;
}

function chunk(name: string): string {
  const found = readdirSync(join(folder, "assets")).find((one) =>
    one.startsWith(`widget-${name}-`),
  );
  if (!found) throw new Error(`There is no chunk ${name}.`);
  return `assets/${found}`;
}

test("imported where there is no browser, it does nothing and defines nothing", () => {
  const script = `
    const { CollabEditorElement, define } = await import(process.argv[1]);
    console.log(typeof CollabEditorElement, define(), typeof customElements);
    process.exit(0);`;
  const url = pathToFileURL(join(folder, "widget.js")).href;
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script, url]);
  expect(told.toString().trim()).toBe("function false undefined");
});

test("the text is seen after 60 kB, and can be written in after 250", () => {
  const soon = closure("widget.js");
  expect(weight(soon)).toBeLessThanOrEqual(SOON);
  const all = new Set(soon);
  for (const name of ["rich", "formats", "history"]) closure(chunk(name), all);
  expect(weight(all)).toBeLessThanOrEqual(ALL);
});

test("nothing of the editors is loaded before the text is seen", () => {
  for (const name of closure("widget.js")) {
    const found = EDITORS.filter((word) => text(name).includes(word));
    expect([name, found]).toEqual([name, []]);
  }
});

test("nothing is put into the page's head, and no file is named from the root", () => {
  for (const name of closure("widget.js")) {
    const found = /modulepreload|document\.head|["'`]\/assets\//.exec(text(name));
    expect([name, found?.[0]]).toEqual([name, undefined]);
  }
});

test("the description of the element is beside it", () => {
  expect(JSON.parse(text("custom-elements.json")).schemaVersion).toBe("2.1.0");
});
