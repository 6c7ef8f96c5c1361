/**
 * Where the blocks of a difference stand. The server says of each block only the types of what it
 * stands in; the document at that moment says the rest: which item, which row, which cell. Pure.
 */

import type { BlockChange, Marks, Segment } from "@collab/client";

/** Something that holds blocks: a list, an item, a table, a row, a cell, a quote. */
export interface Holder {
  readonly type: string;
  /** The same for all blocks in the same holder. */
  readonly key: string;
  readonly attributes: Marks;
}

export interface Placed {
  /** What the block stands in, outermost first. */
  readonly trail: readonly Holder[];
  readonly block: BlockChange;
}

interface JsonNode {
  readonly type?: unknown;
  readonly attrs?: Marks;
  readonly content?: readonly JsonNode[];
  readonly text?: unknown;
  readonly marks?: readonly { readonly type: string; readonly attrs?: Marks }[];
}

const DEEPEST = 60;
const INLINE: ReadonlySet<unknown> = new Set(["text", "hardBreak"]);
/** Of these each block has its own, unless something stands deeper. */
const ITEMS: ReadonlySet<string> = new Set(["listItem", "taskItem"]);
/** Of these only blocks of a removed row have their own; others were beside what is there now. */
const CELLS: ReadonlySet<string> = new Set(["tableCell", "tableHeader"]);

/** Return a document's blocks as they are, with nothing changed. */
export function unchangedBlocks(content: unknown): Placed[] {
  const placed: Placed[] = [];
  if (typeof content === "string") {
    return content
      .split("\n")
      .map((text) => ({ trail: [], block: same("paragraph", [], {}, text) }));
  }
  collect(content as JsonNode, [], "", placed);
  return placed;
}

function collect(node: JsonNode, trail: readonly Holder[], key: string, into: Placed[]): void {
  if (trail.length > DEEPEST || !Array.isArray(node?.content)) return;
  node.content.forEach((child: JsonNode, i) => {
    const type = String(child.type);
    const attributes = child.attrs ?? {};
    const holds = child.content?.some((inner) => !INLINE.has(inner.type));
    const own = `${key}.${i}`;
    if (holds) collect(child, [...trail, { type, key: own, attributes }], own, into);
    else into.push({ trail, block: leaf(child, type, trail) });
  });
}

function leaf(node: JsonNode, type: string, trail: readonly Holder[]): BlockChange {
  const segments = (node.content ?? []).map((inner): Segment => {
    const marks = Object.fromEntries((inner.marks ?? []).map((m) => [m.type, m.attrs ?? {}]));
    const text = inner.type === "text" ? String(inner.text ?? "") : "\n";
    return { change: "same", text, marks };
  });
  const path = trail.map((holder) => holder.type);
  return { change: "same", kind: type, path, attributes: node.attrs ?? {}, segments };
}

function same(kind: string, path: string[], attributes: Marks, text: string): BlockChange {
  const segments: Segment[] = text ? [{ change: "same", text, marks: {} }] : [];
  return { change: "same", kind, path, attributes, segments };
}

/** Put the blocks of a difference in their places in `content`, the document after it. */
export function placed(blocks: readonly BlockChange[], content: unknown): Placed[] {
  const told = blocks.filter((block) => !isNoise(block));
  const half = zipped(told, unchangedBlocks(content));
  return settled(half ?? told.map((block) => ({ block, trail: null })));
}

/** Editors put a new empty paragraph into a cell when somebody begins to write there. */
function isNoise(block: BlockChange): boolean {
  const isEmpty = block.segments.every(({ text }) => text === "");
  return isGone(block) && isEmpty && block.path.some((type) => CELLS.has(type));
}

interface Half {
  readonly block: BlockChange;
  /** Null if the block is not in the document any more. */
  readonly trail: readonly Holder[] | null;
}

/** Walk both in step; null if they do not speak of the same document. */
function zipped(blocks: readonly BlockChange[], leaves: readonly Placed[]): Half[] | null {
  const out: Half[] = [];
  let at = 0;
  for (const block of blocks) {
    if (isGone(block)) {
      out.push({ block, trail: null });
      continue;
    }
    at = passWordless(leaves, at, block.kind, out);
    const found = leaves[at];
    if (found?.block.kind !== block.kind) return null;
    out.push({ block, trail: found.trail });
    at += 1;
  }
  at = passWordless(leaves, at, null, out);
  return at === leaves.length ? out : null;
}

/** Lines and pictures may be left out of a difference: they are shown as they are. */
function passWordless(
  leaves: readonly Placed[],
  start: number,
  until: string | null,
  out: Half[],
): number {
  let at = start;
  for (let next = leaves[at]; next; next = leaves[at]) {
    if (next.block.kind === until || next.block.segments.length > 0) break;
    if (["paragraph", "heading", "codeBlock"].includes(next.block.kind)) break;
    out.push(next);
    at += 1;
  }
  return at;
}

export function isGone({ change }: BlockChange): boolean {
  return change === "removed" || change === "movedAway";
}

/** Find places beside their neighbours for blocks that are not in the document any more. */
function settled(half: readonly Half[]): Placed[] {
  const out: Placed[] = [];
  let inRow = 0;
  let columns = 0;
  half.forEach(({ block, trail }, i) => {
    if (trail) {
      out.push({ block, trail });
      return;
    }
    const goesOn = isSameRun(half[i - 1], block);
    if (!goesOn) columns = cellsInRow(out);
    inRow = goesOn && inRow + 1 !== columns ? inRow + 1 : 0;
    const row = goesOn || isSameRun(half[i + 1], block) ? inRow : null;
    const neighbour = nearer(out.at(-1), half.slice(i + 1), block.path);
    out.push({ block, trail: beside(neighbour, block, i, row) });
  });
  return out;
}

/** Return the trail of the neighbour that stands in more of the same. */
function nearer(
  last: Placed | undefined,
  rest: readonly Half[],
  path: readonly string[],
): readonly Holder[] {
  const before = last?.trail ?? [];
  const after = rest.find((next) => next.trail)?.trail ?? [];
  return shared(after, path) > shared(before, path) ? after : before;
}

/** Return how many cells the last row has. */
function cellsInRow(placed: readonly Placed[]): number {
  const rowOf = (one: Placed | undefined) => one?.trail.findLast(({ type }) => type === "tableRow");
  const row = rowOf(placed.at(-1));
  if (!row) return 0;
  const cells = placed.filter((one) => rowOf(one)?.key === row.key);
  return new Set(cells.map(({ trail }) => trail.find(({ type }) => CELLS.has(type))?.key)).size;
}

/** A run of removed cells is taken for whole rows. */
function isSameRun(other: Half | undefined, block: BlockChange): boolean {
  if (!other || other.trail || !block.path.includes("tableRow")) return false;
  return other.block.path.join() === block.path.join();
}

function shared(trail: readonly Holder[], path: readonly string[]): number {
  const differs = path.findIndex((type, depth) => trail[depth]?.type !== type);
  return differs < 0 ? path.length : differs;
}

function beside(
  neighbour: readonly Holder[],
  block: BlockChange,
  index: number,
  /** Number of the cell in a row that is gone; null if the row is still there. */
  row: number | null,
): Holder[] {
  const innermost = block.path.length - 1;
  const hasOwn = (type: string, depth: number) => {
    if (type === "tableRow") return row === 0;
    if (depth < innermost) return false;
    return ITEMS.has(type) || (CELLS.has(type) && row !== null);
  };
  let together = true;
  return block.path.map((type, depth) => {
    const theirs = neighbour[depth];
    together &&= !hasOwn(type, depth) && theirs?.type === type;
    if (together && theirs) return theirs;
    return { type, key: `gone ${index} ${depth}`, attributes: attributesOf(type, block) };
  });
}

/** The server says of a holder's attributes at the first block in it: `taskItem.checked`. */
function attributesOf(type: string, { attributes }: BlockChange): Marks {
  const start = `${type}.`;
  const own = Object.entries(attributes).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(start.length), value]));
}
