/**
 * Writes the stores of the real servers, and reads documents back as a real Yjs client.
 *
 * Reads one JSON request per line, answers one JSON line:
 *   {"do": "store", "server": name, "place": path, "documents": {name: content, …}}  runs the server
 *       on an empty store, has its client write each document, stops both; returns what each shows
 *   {"do": "updates", …content}  returns the updates of such a document
 *   {"do": "level", "place": path, "documents": {name: [base64, …]}, "flush": bool}  stores updates
 *       with y-leveldb as they are
 *   {"do": "reading", "place": path, "names": [name, …]}  returns what y-leveldb itself reads
 *   {"do": "hold", "place": path}  opens a y-leveldb store and keeps it open
 *   {"do": "shown", "updates": [base64, …]}  returns what a client shows that loaded them
 *   {"do": "encoded", "updates": [base64, …], "as": "v1" | "v2"}  returns the document they make
 */

import { createInterface } from "node:readline";
import * as Y from "yjs";
import { shown, updates } from "./stores/content.mjs";

for (const kind of ["log", "info", "warn", "error"]) {
  console[kind] = (...words) => process.stderr.write(`${words.join(" ")}\n`);
}

const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

function load(list) {
  const doc = new Y.Doc();
  for (const update of list) Y.applyUpdate(doc, bytes(update));
  return doc;
}

/** Return once `doc` holds what `other` does. */
async function equal(doc, other) {
  const vector = String(Y.encodeStateVector(other));
  while (String(Y.encodeStateVector(doc)) !== vector) {
    await new Promise((resolve) => doc.once("update", resolve));
  }
}

async function store({ server: kind, place, documents }) {
  const servers = await import("./stores/servers.mjs");
  const { clients } = await import("./stores/clients.mjs");
  const server = await servers[kind](place);
  const said = {};
  for (const [name, content] of Object.entries(documents)) {
    const doc = new Y.Doc();
    const provider = clients[kind](server.url, name, doc);
    if (!provider.synced) await new Promise((resolve) => provider.on("synced", resolve));
    for (const update of updates(content)) Y.applyUpdate(doc, update);
    await equal(server.doc(name), doc);
    said[name] = shown(doc);
    provider.destroy();
  }
  await server.stop();
  return said;
}

async function level({ place, documents, flush }) {
  const { LeveldbPersistence } = await import("y-leveldb");
  const persistence = new LeveldbPersistence(place);
  for (const [name, list] of Object.entries(documents)) {
    for (const update of list) await persistence.storeUpdate(name, bytes(update));
    await persistence.setMeta(name, "title", name);
    if (flush) await persistence.flushDocument(name);
  }
  await persistence.destroy();
  return null;
}

async function reading({ place, names }) {
  const { LeveldbPersistence } = await import("y-leveldb");
  const persistence = new LeveldbPersistence(place);
  const said = [];
  for (const name of names) said.push(shown(await persistence.getYDoc(name)));
  await persistence.destroy();
  return said;
}

async function hold({ place }) {
  const { LeveldbPersistence } = await import("y-leveldb");
  return (await new LeveldbPersistence(place).getAllDocNames()).length;
}

const actions = {
  store,
  level,
  reading,
  hold,
  updates: (content) => [...updates(content)].map(base64),
  shown: ({ updates: list }) => shown(load(list)),
  encoded({ updates: list, as }) {
    const doc = load(list);
    return base64(as === "v2" ? Y.encodeStateAsUpdateV2(doc) : Y.encodeStateAsUpdate(doc));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = { ok: await actions[request.do](request) };
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
