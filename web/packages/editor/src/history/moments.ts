/** Which moments there are, which is chosen, and what it is compared with. Pure. */

import type { Author, Contribution, Stretch, Version } from "@collab/client";

/** One line of the list: a version, or the present. */
export interface Entry {
  readonly sequence: number;
  /** Null for the present, as long as no version is of it. */
  readonly version: Version | null;
  /** Whether this is the document as it is now. */
  readonly isNow: boolean;
  /** When, RFC 3339; empty if nobody knows. */
  readonly at: string;
  readonly authors: readonly Contribution[];
  /** The editing since the entry before, newest first. */
  readonly stretches: readonly Stretch[];
}

/** Return the list, newest first: the present and every version with the editing that led to it. */
export function entriesOf(
  versions: readonly Version[],
  stretches: readonly Stretch[],
  now: number,
): Entry[] {
  const ordered = [...versions].sort((a, b) => b.sequence - a.sequence);
  const newest = ordered[0];
  const rows: (Version | null)[] = newest && newest.sequence >= now ? ordered : [null, ...ordered];
  return rows.map((version, i) => {
    const sequence = version?.sequence ?? now;
    const after = rows[i + 1]?.sequence ?? 0;
    const own = stretches
      .filter(({ first, last }) => last > after && first <= sequence)
      .map((stretch) => clipped(stretch, after + 1, sequence));
    return {
      sequence,
      version,
      isNow: i === 0 && sequence >= now,
      at: version?.createdAt ?? own[0]?.endedAt ?? "",
      authors: version?.authors ?? contributions(own),
      stretches: version ? own.map((stretch) => counted(stretch, own, version.authors)) : own,
    };
  });
}

/** Return the part of a stretch between two moments; its times are as good as can be told. */
function clipped(stretch: Stretch, from: number, to: number): Stretch {
  const first = Math.max(stretch.first, from);
  const last = Math.min(stretch.last, to);
  if (first === stretch.first && last === stretch.last) return stretch;
  return {
    ...stretch,
    first,
    last,
    startedAt: new Date(timeIn(stretch, first)).toISOString(),
    endedAt: new Date(timeIn(stretch, last)).toISOString(),
    updates: Math.min(stretch.updates, last - first + 1),
  };
}

/** The version knows exactly how much somebody did, unless they did it in several stretches. */
function counted(
  stretch: Stretch,
  all: readonly Stretch[],
  authors: readonly Contribution[],
): Stretch {
  const { id } = stretch.author;
  const exact = authors.find((author) => author.id === id)?.updates;
  const isOnly = all.filter(({ author }) => author.id === id).length === 1;
  return exact !== undefined && isOnly ? { ...stretch, updates: exact } : stretch;
}

function timeIn({ first, last, startedAt, endedAt }: Stretch, sequence: number): number {
  const [from, to] = [Date.parse(startedAt), Date.parse(endedAt)];
  return from + (to - from) * (last > first ? (sequence - first) / (last - first) : 1);
}

function contributions(stretches: readonly Stretch[]): Contribution[] {
  const all = new Map<string, Contribution>();
  for (const { author, updates } of stretches) {
    const before = all.get(author.id)?.updates ?? 0;
    all.set(author.id, { ...author, updates: before + updates });
  }
  return [...all.values()].sort((a, b) => b.updates - a.updates);
}

/** Return the moment that `chosen` is compared with unless the person picks one: the entry before. */
export function momentBefore(chosen: number, entries: readonly Entry[]): number {
  return Math.max(0, ...entries.map(({ sequence }) => sequence).filter((s) => s < chosen));
}

export interface Walk {
  readonly least: number;
  readonly most: number;
  /** The list's moments, in any order. */
  readonly stops: readonly number[];
}

/** Return where a key leads from `chosen`; null if the key does not walk. */
export function walked(key: string, chosen: number, walk: Walk): number | null {
  const clamp = (to: number) => Math.min(walk.most, Math.max(walk.least, to));
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return clamp(chosen - 1);
    case "ArrowRight":
    case "ArrowUp":
      return clamp(chosen + 1);
    case "PageDown":
      return clamp(Math.max(walk.least, ...walk.stops.filter((stop) => stop < chosen)));
    case "PageUp":
      return clamp(Math.min(walk.most, ...walk.stops.filter((stop) => stop > chosen)));
    case "Home":
      return walk.least;
    case "End":
      return walk.most;
    default:
      return null;
  }
}

/** Who wrote at a moment, and when that was (ms). */
export interface Writing {
  readonly author: Author;
  readonly at: number;
}

/** Return who wrote the update `sequence`, as well as the stretches tell. */
export function writingAt(sequence: number, stretches: readonly Stretch[]): Writing | null {
  // Of stretches that overlap, the shortest says most.
  const around = stretches
    .filter(({ first, last }) => first <= sequence && sequence <= last)
    .sort((a, b) => a.last - a.first - (b.last - b.first))[0];
  if (!around) return null;
  return { author: around.author, at: timeIn(around, sequence) };
}

/** A stretch's place in the strip under the slider; `lane` counts from 0. */
export interface Laid {
  readonly stretch: Stretch;
  readonly lane: number;
}

/** Put stretches that overlap into lanes of their own, `most` at the most. */
export function lanes(stretches: readonly Stretch[], most: number): Laid[] {
  const ends: number[] = [];
  const ordered = [...stretches].sort((a, b) => a.first - b.first);
  return ordered.map((stretch) => {
    const free = ends.findIndex((end) => end < stretch.first);
    const lane = free >= 0 ? free : Math.min(ends.length, most - 1);
    ends[lane] = Math.max(stretch.last, ends[lane] ?? 0);
    return { stretch, lane };
  });
}
