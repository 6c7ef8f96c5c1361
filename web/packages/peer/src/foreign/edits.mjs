/** What visitors do to their documents, and what they read in them. */

import { createHash, randomBytes } from "node:crypto";
import * as Y from "yjs";

function paragraph(words) {
  const element = new Y.XmlElement("paragraph");
  element.insert(0, [new Y.XmlText(words)]);
  return element;
}

/** Text that no compression makes small: four bytes tell of three. */
function noise(length) {
  return randomBytes(Math.ceil((length * 3) / 4))
    .toString("base64")
    .slice(0, length);
}

/** Edits, by name: each changes the visitor's document and returns nothing. */
export const EDITS = {
  insert(visitor, { at, text, root, attributes }) {
    const target = visitor.text(root);
    target.insert(at ?? target.length, text, attributes);
  },
  delete(visitor, { at, length, root }) {
    visitor.text(root).delete(at, length);
  },
  format(visitor, { at, length, attributes, root }) {
    visitor.text(root).format(at, length, attributes);
  },
  set(visitor, { key, value, root }) {
    visitor.doc.getMap(root ?? "map").set(key, value);
  },
  /** Append a paragraph, as an editor for rich text does. */
  paragraph(visitor, { text, root }) {
    const fragment = visitor.doc.getXmlFragment(root ?? "default");
    fragment.insert(fragment.length, [paragraph(text)]);
  },
  /** Type `count` characters, each an edit of its own. */
  type(visitor, { count, root }) {
    const target = visitor.text(root);
    for (let n = 0; n < count; n++)
      target.insert(target.length, String.fromCharCode(97 + (n % 26)));
  },
  /** Write `pieces` times `length` characters of noise, an edit each. */
  noise(visitor, { length, pieces, root }) {
    const target = visitor.text(root);
    for (let n = 0; n < (pieces ?? 1); n++) target.insert(target.length, noise(length));
  },
  /** Merge an update made elsewhere (base64), as a copy kept on the device would be. */
  load(visitor, { update }) {
    Y.applyUpdate(visitor.doc, Buffer.from(update, "base64"), "kept");
  },
};

/** Looks at the document, by name. */
export const LOOKS = {
  text: (visitor, { root }) => visitor.text(root).toString(),
  delta: (visitor, { root }) => visitor.text(root).toDelta(),
  map: (visitor, { root }) => visitor.doc.getMap(root ?? "map").toJSON(),
  xml: (visitor, { root }) => visitor.doc.getXmlFragment(root ?? "default").toString(),
  /** For texts too long to send around: their length and SHA-256. */
  digest(visitor, { root }) {
    const text = visitor.text(root).toString();
    return { length: text.length, sha256: createHash("sha256").update(text).digest("hex") };
  },
  state: (visitor) => Buffer.from(Y.encodeStateAsUpdate(visitor.doc)).toString("base64"),
};
