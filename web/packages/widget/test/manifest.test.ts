import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ATTRIBUTES, PROPERTIES } from "../src/attributes.ts";
import { TAG } from "../src/define.ts";
import { CollabEditorElement } from "../src/element.ts";
import { EVENTS } from "../src/events.ts";
import { ReflectedElement } from "../src/reflected.ts";

interface Named {
  readonly name: string;
  readonly description: string;
}
interface Member extends Named {
  readonly kind: "field" | "method";
  readonly readonly?: boolean;
  readonly attribute?: string;
}
interface Declaration {
  readonly tagName: string;
  readonly attributes: readonly (Named & { fieldName: string })[];
  readonly members: readonly Member[];
  readonly events: readonly Named[];
  readonly slots: readonly Named[];
  readonly cssParts: readonly Named[];
  readonly cssProperties: readonly Named[];
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(here("../custom-elements.json"), "utf8"));
const declared: Declaration = manifest.modules[0].declarations[0];

/** The element's own ways of being told things; nobody calls them. */
const CALLBACKS = /Callback$|^constructor$|^upgradeProperties$|^addEventListener$/;

function names(list: readonly Named[]): string[] {
  return list.map((one) => one.name).sort();
}

/** Return the text of all sources of the element and its editor with this ending. */
function sources(ending: string): string {
  const folders = [here("../src/"), here("../../editor/src/")];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => folder + name),
  );
  return files
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(name, "utf8"))
    .join("\n");
}

function found(text: string, pattern: RegExp): string[] {
  const all = [...text.matchAll(pattern)].flatMap((match) => (match[1] ?? "").split(" "));
  return [...new Set(all)].sort();
}

function own(): Map<string, PropertyDescriptor> {
  const prototypes = [ReflectedElement.prototype, CollabEditorElement.prototype];
  const all = prototypes.flatMap((one) => Object.entries(Object.getOwnPropertyDescriptors(one)));
  return new Map(all.filter(([name]) => !CALLBACKS.test(name)));
}

test("the manifest is of a version that tools read", () => {
  expect(manifest.schemaVersion).toBe("2.1.0");
  expect(declared.tagName).toBe(TAG);
});

test("its attributes are those that are observed, each with its property", () => {
  expect(names(declared.attributes)).toEqual([...ATTRIBUTES].sort());
  for (const name of ATTRIBUTES) {
    expect(CollabEditorElement.observedAttributes).toContain(name);
    expect(PROPERTIES).toContain(name);
  }
  const reflected = declared.members.filter((one) => one.attribute).map((one) => one.attribute);
  expect(reflected.sort()).toEqual([...ATTRIBUTES].sort());
});

test("its members are those of the class", () => {
  const members = own();
  expect(names(declared.members)).toEqual([...members.keys()].sort());
  for (const { name, kind, readonly } of declared.members) {
    const { value, set } = members.get(name) ?? {};
    expect([name, typeof value === "function" ? "method" : "field"]).toEqual([name, kind]);
    if (kind === "field") expect([name, set === undefined]).toEqual([name, readonly ?? false]);
  }
});

test("its events are those that are told", () => {
  expect(names(declared.events)).toEqual([...EVENTS].sort());
});

test("its slots are those that are there", () => {
  const text = sources("stage.ts");
  const named = found(text, /(?:#slot\(|h\("slot", \{ name: )"([\w-]+)"/g);
  expect(names(declared.slots)).toEqual(["", ...named].sort());
});

test("its parts are those that can be styled", () => {
  expect(names(declared.cssParts)).toEqual(found(sources(".ts"), /\bpart: "([\w -]+)"/g));
});

test("its custom properties are those that the style sheets ask for", () => {
  const asked = found(sources(".css"), /var\((--ce-[\w-]+)/g);
  expect(names(declared.cssProperties)).toEqual(asked);
});

test("everything is described", () => {
  const { attributes, members, events, slots, cssParts, cssProperties } = declared;
  for (const one of [attributes, members, events, slots, cssParts, cssProperties].flat()) {
    expect(one.description, one.name).toMatch(/[.!]$/);
  }
});
