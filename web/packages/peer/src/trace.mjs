/**
 * Real editing histories as Yjs updates: each transaction becomes the update its author's own
 * replica makes when typed on top of exactly what that person saw.
 */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as Y from "yjs";

/** Read a gzipped trace file. */
export function readTrace(path) {
  return JSON.parse(gunzipSync(readFileSync(path)).toString("utf8"));
}

/** Return how many transactions of each agent `txn` stands on. */
function knownBefore(txn, index, reach, count) {
  const parents = txn.parents ?? (index > 0 ? [index - 1] : []);
  return Array.from({ length: count }, (_, agent) =>
    Math.max(0, ...parents.map((parent) => reach[parent][agent])),
  );
}

/** Let `author` receive what the others had made by then. */
function catchUp(author, known, people) {
  for (const other of people) {
    if (other === author) continue;
    while (author.got[other.agent] < known[other.agent]) {
      Y.applyUpdate(author.doc, other.made[author.got[other.agent]]);
      author.got[other.agent] += 1;
    }
  }
}

/**
 * Yield `{agent, update, saw}` for every transaction, in order; `saw` maps the client id of each
 * other person to the clock its author had seen of them.
 */
export function* typed(trace, { root = "text", clientIds = [1, 2] } = {}) {
  const people = Array.from({ length: trace.numAgents ?? 1 }, (_, agent) => {
    const doc = new Y.Doc();
    doc.clientID = clientIds[agent];
    const text = doc.getText(root);
    const got = clientIds.map(() => 0);
    const person = { agent, doc, text, got, made: [], clocks: [0], update: null };
    doc.on("update", (update, origin) => {
      if (origin === person) person.update = update;
    });
    return person;
  });
  /** For each transaction: how many of each agent's transactions it includes. */
  const reach = [];
  for (const [index, txn] of trace.txns.entries()) {
    const author = people[txn.agent ?? 0];
    const known = knownBefore(txn, index, reach, people.length);
    catchUp(author, known, people);
    author.doc.transact(() => {
      for (const [position, deleted, inserted] of txn.patches) {
        if (deleted > 0) author.text.delete(position, deleted);
        if (inserted.length > 0) author.text.insert(position, inserted);
      }
    }, author);
    author.made.push(author.update);
    author.clocks.push(Y.getState(author.doc.store, author.doc.clientID));
    known[author.agent] = author.made.length;
    reach.push(known);
    const others = people.filter((other) => other !== author);
    const saw = others.map((o) => [o.doc.clientID, o.clocks[known[o.agent]]]);
    yield { agent: author.agent, update: author.update, saw };
  }
}
