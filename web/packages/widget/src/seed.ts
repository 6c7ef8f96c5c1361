/**
 * The first content of a document. Two windows that bring the same content at the same time make the
 * same update, under the same client id: merged, the content is there once.
 */

import { FIELD, SOURCE_FIELD } from "@collab/editor/field";
import * as Y from "yjs";
import type { Mode } from "./attributes.ts";
import type { Parts } from "./chunks.ts";

/** What an empty document is to begin with. In the source modes it is taken as it is. */
export interface InitialContent {
  readonly value: string;
  /** How `value` is written; `text` if left out. Counts in the rich mode only. */
  readonly format?: "text" | "html" | "markdown";
}

/** Names the change for whoever watches the document. */
export const SEED = Symbol("initial content");

/** Parts of the editor that come when they are asked for. */
export type Fetch = <P extends "rich" | "markdown">(part: P) => Promise<Parts[P]>;

/** Return whether nobody ever wrote in `doc`: an emptied document is another thing. */
export function isUntouched(doc: Y.Doc): boolean {
  return doc.store.clients.size === 0;
}

/** Return the update that makes an untouched document of `mode` say `content`. Throws if that is none. */
export async function seedUpdate(
  mode: Mode,
  content: InitialContent,
  extensions: Parameters<Parts["rich"]["richSeed"]>[2],
  fetch: Fetch,
): Promise<Uint8Array> {
  const { format = "text" } = content;
  if (typeof content.value !== "string") throw new TypeError("its value is no string");
  const value = content.value.replaceAll(/\r\n?/g, "\n");
  const isRich = mode === "rich";
  const client = clientFor(`${isRich ? format : "source"}\n${value}`);
  if (!isRich) return sourceSeed(value, client);
  if (format === "text") return paragraphsSeed(value, client);
  const { richSeed } = await fetch("rich");
  const html = format === "html" ? value : (await fetch("markdown")).markdownToHtml(value);
  return richSeed(html, client, extensions);
}

function sourceSeed(value: string, client: number): Uint8Array {
  return updateBy(client, (doc) => doc.getText(SOURCE_FIELD).insert(0, value));
}

/** A paragraph a line. */
function paragraphsSeed(value: string, client: number): Uint8Array {
  const paragraphs = value.split("\n").map((line) => {
    const paragraph = new Y.XmlElement("paragraph");
    if (line) paragraph.insert(0, [new Y.XmlText(line)]);
    return paragraph;
  });
  return updateBy(client, (doc) => doc.getXmlFragment(FIELD).insert(0, paragraphs));
}

function updateBy(client: number, write: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = client;
  doc.transact(() => write(doc));
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

/** Return a client id that stands for `text` (FNV-1a, 32 bits, as long as those that Yjs draws). */
export function clientFor(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}
