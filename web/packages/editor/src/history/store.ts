/** What is known of a document's history: pages of versions and stretches, put together. */

import type { HistoryClient, Stretch, Timeline, Version, VersionList } from "@collab/client";
import { type Entry, entriesOf } from "./moments.ts";

const PAGE = 60;
const STRETCHES = 200;

export class HistoryStore {
  readonly #client: HistoryClient;
  #versions: readonly Version[] = [];
  #stretches: readonly Stretch[] = [];
  #cursor: string | null = null;
  #nextTo: number | null = null;
  #now = 0;

  constructor(client: HistoryClient) {
    this.#client = client;
  }

  get versions(): readonly Version[] {
    return this.#versions;
  }

  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** The document's present moment. */
  get now(): number {
    return this.#now;
  }

  get hasOlder(): boolean {
    return this.#cursor !== null || this.#nextTo !== null;
  }

  /** The oldest editing that is known. */
  get oldest(): number {
    return Math.min(...this.#stretches.map(({ first }) => first), this.#now);
  }

  /** The first moment there is, as far as is known. */
  get least(): number {
    return this.hasOlder ? 0 : Math.max(0, this.oldest - 1);
  }

  entries(): Entry[] {
    return entriesOf(this.#versions, this.#stretches, this.#now);
  }

  /** Ask for what is new. Throws `ApiError`. */
  async refresh(): Promise<void> {
    const isFirst = this.#now === 0;
    const [list, timeline] = await Promise.all([
      this.#client.versions({ limit: PAGE }),
      this.#client.timeline({ limit: STRETCHES }),
    ]);
    if (isFirst || list.nextCursor === null) this.#cursor = list.nextCursor;
    if (isFirst || timeline.nextTo === null) this.#nextTo = timeline.nextTo;
    this.#now = timeline.sequence;
    this.#versions = newestVersions(this.#versions, list);
    this.#stretches = newestStretches(this.#stretches, timeline);
  }

  /** Ask for what is older. Throws `ApiError`. */
  async older(): Promise<void> {
    const [list, timeline] = await Promise.all([
      this.#cursor === null ? null : this.#client.versions({ limit: PAGE, cursor: this.#cursor }),
      this.#nextTo === null ? null : this.#client.timeline({ limit: STRETCHES, to: this.#nextTo }),
    ]);
    if (list) {
      this.#versions = joined(this.#versions, list.versions, (one) => one.id);
      this.#cursor = list.nextCursor;
    }
    if (timeline) {
      this.#stretches = joined(this.#stretches, timeline.stretches, keyOf);
      this.#nextTo = timeline.nextTo;
    }
  }

  /** A version was made or renamed here. */
  put(version: Version): void {
    this.#versions = joined(
      [version],
      this.#versions.filter((one) => one.id !== version.id),
      (one) => one.id,
    ).sort((a, b) => b.sequence - a.sequence);
  }
}

/** Take over a new first page; what it reaches is as it says, what is older stays. */
export function newestVersions(known: readonly Version[], list: VersionList): readonly Version[] {
  const oldest = list.versions.at(-1)?.sequence;
  if (list.nextCursor === null || oldest === undefined) return list.versions;
  return joined(
    list.versions,
    known.filter(({ sequence }) => sequence < oldest),
    (one) => one.id,
  );
}

export function newestStretches(known: readonly Stretch[], line: Timeline): readonly Stretch[] {
  const oldest = line.nextTo;
  if (oldest === null) return line.stretches;
  return joined(
    line.stretches,
    known.filter(({ last }) => last <= oldest),
    keyOf,
  );
}

function keyOf({ author, first }: Stretch): string {
  return `${author.id} ${first}`;
}

function joined<T>(first: readonly T[], then: readonly T[], key: (one: T) => string): T[] {
  const known = new Set(first.map(key));
  return [...first, ...then.filter((one) => !known.has(key(one)))];
}
