/** What happened to a text, as one replacement. */

/** At `index`, `removed` UTF-16 units gave way to `inserted`. */
export interface Splice {
  readonly index: number;
  readonly removed: number;
  readonly inserted: string;
}

/**
 * Return the smallest replacement that makes `after` of `before`; null if they are the same. Of
 * several (an `l` typed into `ll`) it is the one that ends at `caret`, where people type.
 */
export function spliceBetween(before: string, after: string, caret: number): Splice | null {
  if (before === after) return null;
  // What stands behind the caret was not typed: it is matched first.
  const behind = Math.min(after.length - caret, before.length);
  let end = sameEnd(before, after, Math.max(0, behind));
  const start = sameStart(before, after, Math.min(before.length, after.length) - end);
  // The caret may be elsewhere than where something changed: match what is left.
  end = sameEnd(before, after, Math.min(before.length, after.length) - start);
  return {
    index: start,
    removed: before.length - start - end,
    inserted: after.slice(start, after.length - end),
  };
}

/** Return where a position is after the replacement; right at its place it stays, or moves behind it. */
export function movedBy(splice: Splice, position: number, atItsPlace: "stays" | "moves"): number {
  const { index, removed, inserted } = splice;
  const stays = position < index || (position === index && atItsPlace === "stays");
  if (stays) return position;
  if (position >= index + removed) return position + inserted.length - removed;
  return index + inserted.length;
}

/** A stretch of text, from the first unit up to one it does not hold. */
export type Stretch = readonly [from: number, to: number];

/** Return what is left of a stretch after the replacement: none of what was inserted into it. */
export function leftOf(splice: Splice, [from, to]: Stretch): Stretch[] {
  const { index, removed, inserted } = splice;
  const shift = inserted.length - removed;
  if (to <= index) return [[from, to]];
  const left: Stretch[] = from < index ? [[from, index]] : [];
  const next = Math.max(from, index + removed);
  return next < to ? [...left, [next + shift, to + shift]] : left;
}

function sameStart(a: string, b: string, most: number): number {
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length > 0 && isSplit(a, b, length) ? length - 1 : length;
}

function sameEnd(a: string, b: string, most: number): number {
  let length = 0;
  while (
    length < most &&
    a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length)
  )
    length += 1;
  const inPair = isLow(a, a.length - length) || isLow(b, b.length - length);
  return length > 0 && inPair ? length - 1 : length;
}

/** Whether a character outside the basic plane would be cut in two there. */
function isSplit(a: string, b: string, at: number): boolean {
  return isLow(a, at) || isLow(b, at);
}

function isLow(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const unit = text.charCodeAt(at);
  return before >= 0xd800 && before <= 0xdbff && unit >= 0xdc00 && unit <= 0xdfff;
}
