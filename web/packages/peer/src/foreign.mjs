/**
 * Stock clients of every kind at the server's doors, as many as wanted and by name. One JSON object
 * per line on standard input says what to do, and is answered by one line once it is done:
 * `{"ok": value}` or `{"error": text}`. What the libraries print goes to standard error and is kept.
 */

import { createInterface } from "node:readline";
import { format } from "node:util";
import { complaints, perform } from "./foreign/company.mjs";

function complain(kind, ...words) {
  const text = `${kind}: ${format(...words)}`;
  complaints.push(text);
  process.stderr.write(`${text}\n`);
}

for (const kind of ["log", "info", "warn", "error"]) {
  console[kind] = (...words) => complain(kind, ...words);
}
process.on("uncaughtException", (error) => complain("uncaught", error));
process.on("unhandledRejection", (reason) => complain("unhandled", reason));

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = { ok: await perform(JSON.parse(line)) };
  } catch (error) {
    answer = { error: error.message ?? String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
