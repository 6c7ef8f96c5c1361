/** Puts a compressed copy beside every built file that is worth it; the server sends that one. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const FOLDER = new URL("../collab/static/", import.meta.url).pathname;
/** Smaller ones fit into one packet as they are. */
const WORTH_IT = 1_024;

for (const name of readdirSync(FOLDER, { recursive: true })) {
  if (!/\.(css|html|js|json|svg)$/.test(name)) continue;
  const path = join(FOLDER, name);
  const content = readFileSync(path);
  if (content.length < WORTH_IT) continue;
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
}
