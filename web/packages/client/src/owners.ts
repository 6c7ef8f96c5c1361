/** Whose the unsaved edits on this device are, and how long it keeps those of people who went away. */

import type { KeptEdits } from "./keeper.ts";

const GUEST = "guest:";
/** Of one document: so many people besides the present one. */
const MOST_OTHERS = 5;
const LONGEST_MS = 90 * 24 * 60 * 60 * 1000;

/**
 * Return whom the edits of the person with this id are kept for. Guests prove nothing, and one who
 * brings no id of their own gets another with every connection: all guests of a browser are one.
 */
export function ownerOf(person: string): string {
  return person.startsWith(GUEST) ? GUEST : person;
}

/** Return whether `owner` may have these edits; what was kept for nobody is whoever's comes next. */
export function belongsTo(owner: string, edits: KeptEdits): boolean {
  return edits.owner === null || edits.owner === owner;
}

/** Return what need not be kept any longer for others than `owner`; `now` in milliseconds since 1970. */
export function outlived(owner: string, kept: readonly KeptEdits[], now: number): KeptEdits[] {
  const others = kept.filter((edits) => !belongsTo(owner, edits));
  const latest = new Map<string | null, number>();
  for (const { owner: other, at } of others)
    latest.set(other, Math.max(at, latest.get(other) ?? 0));
  const newestFirst = [...latest].sort(([, a], [, b]) => b - a).map(([other]) => other);
  const tooMany = new Set(newestFirst.slice(MOST_OTHERS));
  return others.filter((edits) => tooMany.has(edits.owner) || now - edits.at > LONGEST_MS);
}
