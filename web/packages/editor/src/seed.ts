/** The first content of a document that nobody has written in. */

import { type AnyExtension, getSchema } from "@tiptap/core";
import { DOMParser as SchemaParser } from "@tiptap/pm/model";
import { prosemirrorToYXmlFragment } from "@tiptap/y-tiptap";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { FIELD } from "./field.ts";
import { extensions } from "./schema.ts";

/**
 * Return the update that makes an empty document say what `html` says, as far as the editor with
 * these `more` extensions knows it. Nothing in `html` is run. The same `client`, `html` and
 * extensions make the same update: applied twice, it counts once.
 */
export function richSeed(
  html: string,
  client: number,
  more: readonly AnyExtension[] = [],
): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = client;
  const awareness = new Awareness(doc);
  const schema = getSchema([...extensions(doc, awareness, () => ""), ...more]);
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const node = SchemaParser.fromSchema(schema).parse(body);
  doc.transact(() => prosemirrorToYXmlFragment(node, doc.getXmlFragment(FIELD)));
  const update = Y.encodeStateAsUpdate(doc);
  awareness.destroy();
  doc.destroy();
  return update;
}
