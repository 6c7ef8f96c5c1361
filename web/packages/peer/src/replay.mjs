/**
 * Replays a real editing history through a running server, each person on their own connection and
 * typing only what they had seen the server deliver. One JSON object on standard input says what to
 * do; one on standard output says what every replica held at the end.
 */

import { createHash } from "node:crypto";
import { text as readAll } from "node:stream/consumers";
import { io } from "socket.io-client";
import * as Y from "yjs";
import { readTrace, typed } from "./trace.mjs";

const IN_FLIGHT = 2000;

/** A connection with a replica of what the server told it. */
class Replica {
  constructor(url, document, transports, name) {
    this.document = document;
    this.doc = new Y.Doc();
    this.unacknowledged = 0;
    this.lastSequence = 0;
    this.ordered = true;
    this.waiting = [];
    this.socket = io(url, { transports, forceNew: true, auth: { name, id: `guest-${name}` } });
    this.socket.on("update", ({ document: id, update }) => {
      if (id !== document) return;
      Y.applyUpdate(this.doc, new Uint8Array(update));
      this.wake();
    });
  }

  async join() {
    const answer = await this.socket.emitWithAck("joinDocument", { document: this.document });
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    Y.applyUpdate(this.doc, new Uint8Array(answer.update));
  }

  send(update) {
    Y.applyUpdate(this.doc, update);
    this.unacknowledged += 1;
    this.socket.emit("update", { document: this.document, update }, (answer) => {
      if (!answer.ok) throw new Error(JSON.stringify(answer));
      if (answer.sequence <= this.lastSequence) this.ordered = false;
      this.lastSequence = answer.sequence;
      this.unacknowledged -= 1;
      this.wake();
    });
  }

  wake() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  async until(condition) {
    while (!condition()) await new Promise((resolve) => this.waiting.push(resolve));
  }

  has(vector) {
    return vector.every(([client, clock]) => Y.getState(this.doc.store, client) >= clock);
  }
}

const order = JSON.parse(await readAll(process.stdin));
const whole = readTrace(order.trace);
/** All of it, or its first `transactions`, which end at `endContent`. */
const trace = order.transactions
  ? { ...whole, txns: whole.txns.slice(0, order.transactions), endContent: order.endContent }
  : whole;
const transports = order.transports ?? ["websocket"];
const count = trace.numAgents ?? 1;
const writers = Array.from(
  { length: count },
  (_, agent) => new Replica(order.url, order.document, transports, `agent-${agent}`),
);
const watcher = new Replica(order.url, order.document, transports, "watcher");
for (const replica of [...writers, watcher]) await replica.join();

const started = performance.now();
const final = new Map();
const agents = new Map();
for (const { agent, update, saw } of typed(trace, { root: order.root })) {
  const writer = writers[agent];
  for (const client of Y.parseUpdateMeta(update).to.keys()) agents.set(client, agent);
  if (!writer.has(saw)) await writer.until(() => writer.has(saw));
  if (writer.unacknowledged >= IN_FLIGHT) {
    await writer.until(() => writer.unacknowledged < IN_FLIGHT / 2);
  }
  writer.send(update);
}
for (const writer of writers) await writer.until(() => writer.unacknowledged === 0);
const seconds = (performance.now() - started) / 1000;
for (const writer of writers) {
  for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(writer.doc))) {
    final.set(client, Math.max(clock, final.get(client) ?? 0));
  }
}
const everyone = [...writers, watcher];
for (const replica of everyone) await replica.until(() => replica.has([...final]));

/** The text as its writers' runs, [agent, text], by the clients of its characters. */
function runs(text) {
  const found = [];
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
    const agent = agents.get(item.id.client);
    if (found.at(-1)?.[0] === agent) found.at(-1)[1] += item.content.str;
    else found.push([agent, item.content.str]);
  }
  return found;
}

const texts = everyone.map((replica) => replica.doc.getText(order.root).toString());
process.stdout.write(
  JSON.stringify({
    transactions: trace.txns.length,
    seconds,
    ordered: writers.every((writer) => writer.ordered),
    sequence: Math.max(...writers.map((writer) => writer.lastSequence)),
    equal: texts.map((text) => text === trace.endContent),
    runs: order.runs ? runs(watcher.doc.getText(order.root)) : [],
    clients: [...agents],
    digest: createHash("sha256").update(texts[0]).digest("hex"),
  }),
);
for (const replica of everyone) replica.socket.close();
process.exit(0);
