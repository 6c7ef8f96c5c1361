/** Rich text as ProseMirror's JSON. */

import * as Y from "yjs";

export interface DocMark {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export interface DocNode {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly DocNode[];
  readonly text?: string;
  readonly marks?: readonly DocMark[];
}

/** The order in which the editor's schema has its marks. */
const MARKS = ["link", "bold", "code", "italic", "strike", "underline", "highlight"];

/**
 * Return rich text as ProseMirror's JSON: what the editor's `getJSON()` says, without attributes that
 * nobody set and without the paragraph the editor shows where there is nothing.
 */
export function jsonOf(fragment: Y.XmlFragment): DocNode {
  return { type: "doc", content: nodesOf(fragment) };
}

/** Return one child of a fragment; text may be several nodes. */
export function nodesOfChild(child: unknown): DocNode[] {
  if (child instanceof Y.XmlText) return textsOf(child);
  return child instanceof Y.XmlElement ? [elementOf(child)] : [];
}

function nodesOf(parent: Y.XmlFragment): DocNode[] {
  const nodes: DocNode[] = [];
  for (const child of parent.toArray()) {
    for (const node of nodesOfChild(child)) {
      const last = nodes.at(-1);
      const joins = last?.type === "text" && node.type === "text" && hasSameMarks(last, node);
      if (joins) nodes[nodes.length - 1] = { ...node, text: `${last.text}${node.text}` };
      else nodes.push(node);
    }
  }
  return nodes;
}

function elementOf(element: Y.XmlElement): DocNode {
  const attrs = given(element.getAttributes());
  const content = nodesOf(element);
  return {
    type: element.nodeName,
    ...(attrs && { attrs }),
    ...(content.length > 0 && { content }),
  };
}

function textsOf(text: Y.XmlText): DocNode[] {
  const nodes: DocNode[] = [];
  for (const { insert, attributes } of text.toDelta() as Delta[]) {
    if (typeof insert !== "string" || insert === "") continue;
    const marks = marksOf(attributes ?? {});
    nodes.push({ type: "text", ...(marks.length > 0 && { marks }), text: insert });
  }
  return nodes;
}

interface Delta {
  readonly insert: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

function marksOf(attributes: Readonly<Record<string, unknown>>): DocMark[] {
  const marks: DocMark[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    // Marks that may overlap themselves are stored as «name--hash».
    const type = name.split("--")[0] ?? name;
    const attrs = typeof value === "object" ? given(value as Record<string, unknown>) : undefined;
    marks.push({ type, ...(attrs && { attrs }) });
  }
  return marks.sort((a, b) => rank(a) - rank(b) || (a.type < b.type ? -1 : 1));
}

function rank({ type }: DocMark): number {
  const at = MARKS.indexOf(type);
  return at < 0 ? MARKS.length : at;
}

function given(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const set = Object.entries(attributes).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return set.length > 0 ? Object.fromEntries(set) : undefined;
}

function hasSameMarks(a: DocNode, b: DocNode): boolean {
  return JSON.stringify(a.marks ?? []) === JSON.stringify(b.marks ?? []);
}
