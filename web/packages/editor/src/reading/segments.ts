/** The running text of a block, prepared for Markdown: pieces with the marks Markdown can say. */

import { addressOf } from "./attributes.ts";
import type { DocMark, DocNode } from "./nodes.ts";

export type Mark = "link" | "bold" | "italic" | "strike" | "underline" | "highlight" | "code";

/** Marks from the outside in. */
export const ORDER: readonly Mark[] = [
  "link",
  "bold",
  "italic",
  "strike",
  "underline",
  "highlight",
  "code",
];

export interface Segment {
  /** Null for a line break. */
  readonly text: string | null;
  /** By their names; a link with its address, others with an empty string. */
  readonly marks: ReadonlyMap<Mark, string>;
}

/** Return the pieces of `nodes`. Spaces at the edges of marks stand outside of them. */
export function segmentsOf(nodes: readonly DocNode[]): Segment[] {
  const pieces = nodes.flatMap(piecesOf);
  const loose = pieces.map((piece, at) =>
    isBlank(piece)
      ? { ...piece, marks: common(piece, before(pieces, at), after(pieces, at)) }
      : piece,
  );
  return merged(loose);
}

function piecesOf(node: DocNode): Segment[] {
  const marks = marksOf(node.marks ?? []);
  if (node.type === "hardBreak") return [{ text: null, marks }];
  if (node.type !== "text") return (node.content ?? []).flatMap(piecesOf);
  const lines = (node.text ?? "").replaceAll("\0", "\ufffd").split(/\r\n|\r|\n/);
  return lines.flatMap((line, at) => {
    const parts = marks.has("code") ? [line] : (line.match(/\s+|\S+(?:\s+\S+)*/gu) ?? []);
    const broken: Segment[] = at > 0 ? [{ text: null, marks }] : [];
    return [...broken, ...parts.filter(Boolean).map((text) => ({ text, marks }))];
  });
}

function marksOf(marks: readonly DocMark[]): Map<Mark, string> {
  const known = new Map<Mark, string>();
  for (const name of ORDER) {
    const mark = marks.find(({ type }) => type === name);
    const value = name === "link" ? mark && addressOf(mark) : mark && "";
    if (value !== undefined) known.set(name, value);
  }
  return known;
}

function isBlank({ text, marks }: Segment): boolean {
  return text === null || (!marks.has("code") && text.trim() === "");
}

function before(pieces: readonly Segment[], at: number): Segment | undefined {
  return pieces.slice(0, at).findLast((piece) => !isBlank(piece));
}

function after(pieces: readonly Segment[], at: number): Segment | undefined {
  return pieces.slice(at + 1).find((piece) => !isBlank(piece));
}

function common(...pieces: (Segment | undefined)[]): Map<Mark, string> {
  const [first, ...others] = pieces.map((piece) => piece?.marks ?? new Map<Mark, string>());
  const shared = [...(first ?? [])].filter(
    ([name, value]) => name !== "code" && others.every((marks) => marks.get(name) === value),
  );
  return new Map(shared);
}

function merged(pieces: readonly Segment[]): Segment[] {
  const all: Segment[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    const joins = last && last.text !== null && piece.text !== null && isSame(last, piece);
    if (joins) all[all.length - 1] = { ...piece, text: `${last.text}${piece.text}` };
    else all.push(piece);
  }
  return all;
}

function isSame(a: Segment, b: Segment): boolean {
  return (
    a.marks.size === b.marks.size &&
    [...a.marks].every(([name, value]) => b.marks.get(name) === value)
  );
}
