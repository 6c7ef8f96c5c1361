/**
 * Real Yjs clients as judges of history: what documents say, and what becomes of what people type
 * while one is restored.
 *
 * Reads one JSON request per line, answers one JSON line:
 *   {"do": "rendered", "cases": [[base64, …], …]}  what a client shows that loaded each list
 *   {"do": "meanwhile", "state": base64, "restoring": base64, "seed": n}  three clients at `state` type
 *       before they hear of `restoring`; returns what they show in the end, whether all show the
 *       same, and what of the typed words is gone
 */

import * as Y from "yjs";
import { answerLines, generator } from "./judging.mjs";

const bytes = (text) => Buffer.from(text, "base64");

function load(updates) {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, bytes(update));
  return doc;
}

function shown(type) {
  if (type instanceof Y.Text) return type.toDelta().map(legible);
  if (type instanceof Y.XmlElement) {
    const attributes = Object.entries(type.getAttributes()).sort();
    return [type.nodeName, attributes.map(legible), type.toArray().map(shown)];
  }
  if (type instanceof Y.XmlFragment) return type.toArray().map(shown);
  return legible(type);
}

/** Shared types and binary inside values, as something JSON can hold, with sorted keys. */
function legible(value) {
  if (value instanceof Y.Map) return legible(Object.fromEntries(value.entries()));
  if (value instanceof Y.Array) return value.toArray().map(legible);
  if (value instanceof Y.AbstractType) return shown(value);
  if (value instanceof Uint8Array) return { binary: [...value] };
  if (Array.isArray(value)) return value.map(legible);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, legible(value[key])]));
}

function rendered(doc) {
  return JSON.stringify({
    text: shown(doc.getText("text")),
    map: legible(doc.getMap("map")),
    array: legible(doc.getArray("array")),
    prosemirror: shown(doc.getXmlFragment("prosemirror")),
  });
}

/** Every text in the document that people can type into: the text root, and those in its XML. */
function texts(doc) {
  const found = [doc.getText("text")];
  const walk = (node) => {
    if (node instanceof Y.XmlText) found.push(node);
    else for (const child of node.toArray()) walk(child);
  };
  walk(doc.getXmlFragment("prosemirror"));
  return found;
}

/** Return a position in `text` that is neither within a character nor within a typed word. */
function boundary(text, random) {
  const plain = text
    .toDelta()
    .map((part) => (typeof part.insert === "string" ? part.insert : "\0"))
    .join("");
  const position = Math.floor(random() * (plain.length + 1));
  const word = plain.lastIndexOf("«", position - 1);
  if (position > 0 && word >= 0 && plain.indexOf("»", word) >= position) return word;
  const cuts = position > 0 && /[\ud800-\udbff]/.test(plain[position - 1]);
  return cuts ? position - 1 : position;
}

function meanwhile({ state, restoring, seed }) {
  const random = generator(seed);
  const people = [0, 1, 2].map(() => load([state]));
  const made = [];
  const words = [];
  for (const [index, doc] of people.entries()) {
    doc.on("update", (update, origin) => origin !== "heard" && made.push([index, update]));
    for (let count = 0; count < 3; count += 1) {
      const all = texts(doc);
      const text = all[Math.floor(random() * all.length)];
      const word = `«${seed}.${index}.${count}»`;
      text.insert(boundary(text, random), word);
      words.push(word);
    }
  }
  for (const [index, doc] of people.entries()) {
    const others = made.filter(([author]) => author !== index).map(([, update]) => update);
    const incoming = [...others, bytes(restoring)];
    // Everyone hears of it at another time.
    for (const update of index === 0 ? incoming.reverse() : incoming) {
      Y.applyUpdate(doc, update, "heard");
    }
  }
  const [first, ...rest] = people.map(rendered);
  return {
    agree: rest.every((other) => other === first),
    rendered: first,
    words,
    updates: made.map(([, update]) => Buffer.from(update).toString("base64")),
    lost: words.filter((word) => !first.includes(word)),
  };
}

const actions = {
  rendered: ({ cases }) => cases.map((updates) => rendered(load(updates))),
  meanwhile,
};

await answerLines(actions);
