/**
 * Content this editor does not know. ProseMirror's binding deletes such nodes from the shared
 * document as soon as it meets them, so it must not meet them.
 */

import type { Schema } from "@tiptap/pm/model";
import * as Y from "yjs";

type Known = Pick<Schema, "nodes" | "marks">;

/** Return the names of nodes and marks in `fragment` that `schema` lacks. */
export function unknownContent(fragment: Y.XmlFragment, schema: Known): string[] {
  const unknown = new Set<string>();
  collect(fragment, schema, unknown);
  return [...unknown].sort();
}

/**
 * Call `alarm` once, before anything else looks at the change, when unknown content arrives. Must be
 * called before the editor is bound to `fragment`. Returns the way out.
 */
export function watchForUnknown(
  fragment: Y.XmlFragment,
  schema: Known,
  alarm: (names: readonly string[]) => void,
): () => void {
  const changed = (events: Y.YEvent<Y.AbstractType<unknown>>[]) => {
    const unknown = new Set<string>();
    for (const event of events) lookAt(event, schema, unknown);
    if (unknown.size === 0) return;
    stop();
    alarm([...unknown].sort());
  };
  // The type parameters of Yjs say `YEvent<any>`.
  const listener = changed as unknown as Parameters<typeof fragment.observeDeep>[0];
  const stop = () => fragment.unobserveDeep(listener);
  fragment.observeDeep(listener);
  return stop;
}

function lookAt(event: Y.YEvent<Y.AbstractType<unknown>>, schema: Known, unknown: Set<string>) {
  if (event.target instanceof Y.XmlElement) noteSpans(event.target, unknown);
  for (const { insert, attributes } of event.delta) {
    noteMarks(attributes, schema, unknown);
    if (!Array.isArray(insert)) continue;
    for (const node of insert) collect(node, schema, unknown);
  }
}

function collect(root: unknown, schema: Known, unknown: Set<string>): void {
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node instanceof Y.XmlText) {
      for (const { attributes } of node.toDelta()) noteMarks(attributes, schema, unknown);
    } else if (node instanceof Y.XmlElement || node instanceof Y.XmlFragment) {
      if (node instanceof Y.XmlElement) noteElement(node, schema, unknown);
      waiting.push(...node.toArray());
    }
  }
}

function noteElement(element: Y.XmlElement, schema: Known, unknown: Set<string>): void {
  if (!schema.nodes[element.nodeName]) unknown.add(element.nodeName);
  noteSpans(element, unknown);
}

/** A cell over millions of columns would stop the browser of everybody who looks at it. */
function noteSpans(cell: Y.XmlElement, unknown: Set<string>): void {
  for (const name of ["colspan", "rowspan"]) {
    // What programs put there is typed as text, and is whatever they like.
    const span: unknown = cell.getAttribute(name);
    if (isNothing(span) || isSpan(span)) continue;
    unknown.add(`${cell.nodeName} with a strange ${name}`);
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function isSpan(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= WIDEST;
}

/** As the server has it (`collab/library/nodes.py`). */
const WIDEST = 1_000;

function noteMarks(attributes: object | undefined, schema: Known, unknown: Set<string>): void {
  for (const name of Object.keys(attributes ?? {})) {
    // Marks that may overlap themselves are stored as «name--hash».
    const mark = name.split("--")[0] ?? name;
    if (!schema.marks[mark]) unknown.add(mark);
  }
}
