/** What the stored documents say: words of a real history, formatting, a map, a list, and deletions. */

import * as Y from "yjs";
import { readTrace, typed } from "../trace.mjs";

/** Yield the updates with which several people write a document; `note` is in it, to tell it by. */
export function* updates({ trace, transactions, note }) {
  const text = readTrace(trace);
  let count = 0;
  for (const { update } of typed(text, { clientIds: [11, 12] })) {
    yield update;
    count += 1;
    if (count >= transactions) break;
  }
  const doc = new Y.Doc();
  doc.clientID = 13;
  const made = [];
  doc.on("update", (update) => made.push(update));
  decorate(doc, note);
  yield* made;
}

/** Write, in `doc`, all that is not plain text. */
function decorate(doc, note) {
  const rich = doc.getText("rich");
  rich.insert(0, `Ein schöner 😀 Satz: ${note}`);
  rich.format(4, 7, { bold: true });
  rich.insertEmbed(3, { image: "a.png" });
  rich.delete(0, 2);
  const map = doc.getMap("map");
  map.set("note", note);
  map.set("number", 1.5);
  map.set("gone", "soon");
  map.delete("gone");
  map.set("inner", new Y.Map([["deep", [1, null, { a: "b" }]]]));
  const array = doc.getArray("array");
  array.push(["one", "two", "three", new Uint8Array([1, 2, 255])]);
  array.delete(1);
  const paragraph = new Y.XmlElement("paragraph");
  paragraph.setAttribute("align", "left");
  paragraph.insert(0, [new Y.XmlText(note)]);
  doc.getXmlFragment("default").insert(0, [paragraph, new Y.XmlElement("rule")]);
  doc.getXmlFragment("default").delete(1, 1);
}

/** Return all that `doc` says, and what of it is deleted or waiting, as text that can be compared. */
export function shown(doc) {
  const deleted = [...Y.createDeleteSetFromStructStore(doc.store).clients].map(
    ([client, ranges]) => [client, ranges.reduce((sum, range) => sum + range.len, 0)],
  );
  return JSON.stringify({
    text: doc.getText("text").toString(),
    rich: doc.getText("rich").toDelta(),
    map: sorted(doc.getMap("map").toJSON()),
    array: doc.getArray("array").toJSON(),
    xml: doc.getXmlFragment("default").toString(),
    clocks: [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(([a], [b]) => a - b),
    deleted: deleted.sort(([a], [b]) => a - b),
    waiting: doc.store.pendingStructs !== null || doc.store.pendingDs !== null,
  });
}

function sorted(value) {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
