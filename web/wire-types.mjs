/** JSON schemas on standard input, TypeScript in the folder named; `wire_types.py` starts this. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { compile } from "json-schema-to-typescript";

const HEADER =
  "/** Written by `make types` from the models in `schemas/`: change those instead. */\n\n";
const ROOT = "NobodyNeedsThis";

async function typesOf(definitions) {
  const schema = { title: ROOT, type: "object", properties: {}, definitions };
  const options = { additionalProperties: false, bannerComment: "", unreachableDefinitions: true };
  return tidied(await compile(schema, ROOT, { ...options, format: false }));
}

/** What travels is only read, and nobody need know which schema a type came from. */
function tidied(types) {
  return types
    .replace(new RegExp(`export interface ${ROOT} \\{\\s*\\}`), "")
    .replace(
      /(?:\s*\*[ ]*(?=\n))?\s*\* This interface was referenced by [^\n]*\n\s*\* via [^\n]*/g,
      "",
    )
    .replace(/^\/\*\*\s*\*\/\n/gm, "")
    .replace(/\/\*\*\n\s*\* ([^\n]*)\n\s*\*\//g, "/** $1 */")
    .replace(/^}\n/gm, "}\n\n")
    .replace(/export interface (\w+) \{\s*\}/g, "export type $1 = object;")
    .replace(/^(\s*)((?:\w+|\[k: string\])\??: )/gm, "$1readonly $2")
    .replace(/(\w+|\([^()]*\))\[\]/g, "readonly $1[]");
}

function formatted(source, name) {
  const biome = join(import.meta.dirname, "node_modules/@biomejs/biome/bin/biome");
  const how = { input: source, encoding: "utf8", cwd: import.meta.dirname };
  return execFileSync(process.execPath, [biome, "format", `--stdin-file-path=${name}`], how);
}

const target = process.argv[2];
for (const [name, definitions] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const source = HEADER + (await typesOf(definitions));
  writeFileSync(join(target, `${name}.ts`), formatted(source, `${name}.ts`));
}
