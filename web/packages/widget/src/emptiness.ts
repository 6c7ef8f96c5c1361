/** Whether a document says anything, without reading all of it. */

import { FIELD, SOURCE_FIELD } from "@collab/editor/field";
import * as Y from "yjs";
import type { Mode } from "./attributes.ts";

/** Elements that are nothing but a place for text. */
const CONTAINERS: ReadonlySet<string> = new Set([
  "paragraph",
  "heading",
  "blockquote",
  "bulletList",
  "orderedList",
  "listItem",
  "taskList",
  "taskItem",
  "codeBlock",
  "hardBreak",
]);

/** Return whether `doc` shows nothing to a reader; cheap, however long the text is. */
export function isEmpty(doc: Y.Doc, mode: Mode): boolean {
  if (mode !== "rich") return doc.getText(SOURCE_FIELD).length === 0;
  return !showsSomething(doc.getXmlFragment(FIELD));
}

/** Text, or anything but a place for it: a rule, a picture, a table. */
function showsSomething(node: Y.XmlFragment): boolean {
  return node.toArray().some((child) => {
    if (child instanceof Y.XmlText) return child.length > 0;
    if (!(child instanceof Y.XmlElement)) return false;
    return !CONTAINERS.has(child.nodeName) || showsSomething(child);
  });
}
