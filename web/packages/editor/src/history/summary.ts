/** What a difference comes to, in a sentence. Pure. */

import type { BlockChange, Diff, Segment } from "@collab/client";
import { count, listed, namesOf } from "./days.ts";

/** A difference by the numbers. */
export interface Sums {
  readonly blocksAdded: number;
  readonly blocksRemoved: number;
  readonly blocksChanged: number;
  readonly blocksMoved: number;
  readonly wordsAdded: number;
  readonly wordsRemoved: number;
  readonly values: number;
  /** Ids of everybody whose change it is. */
  readonly authors: readonly string[];
}

export function sumsOf(diff: Diff): Sums {
  const blocks = (change: BlockChange["change"]) =>
    diff.blocks.filter((block) => block.change === change).length;
  const authors = new Set<string>();
  for (const block of diff.blocks) {
    if (block.author && block.change !== "same") authors.add(block.author);
    for (const { author } of block.segments) if (author) authors.add(author);
  }
  return {
    blocksAdded: blocks("added"),
    blocksRemoved: blocks("removed"),
    blocksChanged: blocks("changed"),
    blocksMoved: blocks("movedHere"),
    wordsAdded: words(diff, "added"),
    wordsRemoved: words(diff, "removed"),
    values: diff.values.length,
    authors: [...authors],
  };
}

const OPPOSITE = {
  same: "same",
  formatted: "formatted",
  changed: "changed",
  added: "removed",
  removed: "added",
  movedHere: "movedAway",
  movedAway: "movedHere",
} as const;

/** Return what it takes to undo a difference. The authors stay those whose edits it undoes. */
export function backwards(diff: Diff): Diff {
  const blocks = diff.blocks.map((block): BlockChange => {
    const turned = {
      ...block,
      change: OPPOSITE[block.change],
      kind: block.kindBefore ?? block.kind,
      kindBefore: block.kindBefore ? block.kind : null,
      attributes: block.attributesBefore ?? block.attributes,
      attributesBefore: block.attributesBefore ? block.attributes : null,
    };
    // What moves back is not new: it only stands there again.
    const isBack = block.change === "movedAway";
    return { ...turned, segments: block.segments.map(isBack ? unchanged : turnedSegment) };
  });
  const values = diff.values.map((value) => ({
    ...value,
    before: value.after,
    after: value.before,
  }));
  const { fromSequence, toSequence, authors } = diff;
  return { fromSequence: toSequence, toSequence: fromSequence, authors, blocks, values };
}

function unchanged({ text, marks }: Segment): Segment {
  return { change: "same", text, marks };
}

function turnedSegment(segment: Segment): Segment {
  const { marksBefore } = segment;
  const marks = marksBefore ? { marks: marksBefore, marksBefore: segment.marks } : {};
  return { ...segment, ...marks, change: OPPOSITE[segment.change] };
}

/** Return whether nothing is different. */
export function isNothing(sums: Sums): boolean {
  const { blocksAdded, blocksRemoved, blocksChanged, blocksMoved, values } = sums;
  return blocksAdded + blocksRemoved + blocksChanged + blocksMoved + values === 0;
}

const WORD = /[\p{L}\p{N}\p{M}'’_-]+/gu;

function words(diff: Diff, change: "added" | "removed"): number {
  let found = 0;
  for (const block of diff.blocks) {
    if (block.change === "movedAway") continue;
    for (const segment of block.segments) {
      if (segment.change === change) found += segment.text.match(WORD)?.length ?? 0;
    }
  }
  return found;
}

/** Return what changed, short: «2 blocks added · 14 words removed». */
export function changesOf(sums: Sums): string {
  if (isNothing(sums)) return "No changes";
  const parts = [
    [sums.blocksAdded, "block", "added"],
    [sums.blocksRemoved, "block", "removed"],
    [sums.blocksChanged, "block", "changed"],
    [sums.blocksMoved, "block", "moved"],
    [sums.wordsAdded, "word", "added"],
    [sums.wordsRemoved, "word", "removed"],
  ] as const;
  const said = parts
    .filter(([amount]) => amount > 0)
    .map(([amount, noun, what]) => `${count(amount, noun)} ${what}`);
  if (sums.values > 0) said.push(`${count(sums.values, "value")} changed`);
  return said.join(" · ");
}

/** What is about to be done to the document. */
export type Doing =
  | { readonly type: "restore"; readonly what: string }
  | { readonly type: "revert"; readonly whose: string };

/**
 * Return the sentence of a confirmation: what `diff`, from now to then, brings back and takes away.
 * `names` are the people whose edits it undoes.
 */
export function willChange(diff: Diff, doing: Doing, names: readonly string[]): string {
  const sums = sumsOf(diff);
  const subject =
    doing.type === "restore" ? `Restoring ${doing.what}` : `Taking back ${doing.whose}`;
  if (isNothing(sums)) return `${subject} changes nothing: the document already says this.`;
  const gone = amounts([sums.blocksRemoved, "block"], [sums.wordsRemoved, "word"]);
  const back = amounts([sums.blocksAdded, "block"], [sums.wordsAdded, "word"]);
  const parts = [];
  if (back) parts.push(`brings back ${back}`);
  if (gone) parts.push(`removes ${gone}`);
  if (sums.blocksChanged > 0) parts.push(`changes ${count(sums.blocksChanged, "block")}`);
  if (sums.blocksMoved > 0) parts.push(`moves ${count(sums.blocksMoved, "block")}`);
  if (sums.values > 0) parts.push(`changes ${count(sums.values, "value")} outside the text`);
  const whose = names.length > 0 ? `; edits by ${namesOf(names)} are affected` : "";
  return `${subject} ${listed(parts)}${whose}.`;
}

function amounts(...parts: readonly (readonly [number, string])[]): string {
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, noun]) => count(amount, noun))
    .join(" with ");
}
