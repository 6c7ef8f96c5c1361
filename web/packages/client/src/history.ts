/** A document's history over plain HTTP. The types mirror `schemas/history.py`. */

import { type Asked, ask, type RestOptions } from "./rest.ts";

/** Somebody who wrote. */
export interface Author {
  readonly id: string;
  readonly name: string;
}

/** How much one person did between a version and the one before it. */
export interface Contribution extends Author {
  readonly updates: number;
}

/** A moment people see, name, compare and restore. */
export interface Version {
  /** `v` and a number. */
  readonly id: string;
  /** The moment: the last update it holds. */
  readonly sequence: number;
  readonly kind: "named" | "session" | "activity" | "beforeRestore";
  readonly name: string | null;
  readonly createdAt: string;
  readonly createdBy: Author;
  readonly authors: readonly Contribution[];
}

/** One page of versions, newest first. */
export interface VersionList {
  readonly versions: readonly Version[];
  readonly nextCursor: string | null;
}

/** The version made just before a restore: the way back. */
export interface Restored extends Version {
  readonly restoredSequence: number;
}

/** One person's editing without a longer pause. */
export interface Stretch {
  readonly author: Author;
  readonly first: number;
  readonly last: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly updates: number;
  readonly bytes: number;
}

/** Stretches of editing, the newest first. */
export interface Timeline {
  readonly stretches: readonly Stretch[];
  /** The document's present moment. */
  readonly sequence: number;
  /** Pass as `to` for older ones. */
  readonly nextTo: number | null;
}

/** From clock `first` on (until the next entry of the same client), `author` wrote as `client`. */
export interface ClientOwner {
  readonly client: number;
  readonly first: number;
  readonly author: string;
}

export interface Authors {
  readonly sequence: number;
  readonly authors: readonly (Author & { readonly characters: number })[];
  readonly clients: readonly ClientOwner[];
}

export type Marks = Readonly<Record<string, unknown>>;

/** A piece of a block's text and what became of it. */
export interface Segment {
  readonly change: "same" | "added" | "removed" | "formatted";
  readonly text: string;
  readonly marks: Marks;
  readonly marksBefore?: Marks | null;
  readonly author?: string | null;
}

export type BlockChangeKind = "same" | "added" | "removed" | "changed" | "movedHere" | "movedAway";

/** One block (paragraph, heading, cell text…) and what became of it. */
export interface BlockChange {
  readonly change: BlockChangeKind;
  readonly kind: string;
  /** Types of what it stands in, outermost first. */
  readonly path: readonly string[];
  readonly attributes: Marks;
  readonly attributesBefore?: Marks | null;
  readonly kindBefore?: string | null;
  readonly author?: string | null;
  readonly segments: readonly Segment[];
}

/** A change outside of text. */
export interface ValueChange {
  readonly root: string;
  readonly path: readonly (string | number)[];
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface Diff {
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly authors: readonly Author[];
  readonly blocks: readonly BlockChange[];
  readonly values: readonly ValueChange[];
}

export interface RevertRequest {
  readonly author?: string;
  /** First sequence number to take back. */
  readonly from?: number;
  readonly to?: number;
  /** Only say what would change. */
  readonly preview?: boolean;
}

export interface Reverted {
  readonly preview: boolean;
  readonly diff: Diff;
  /** The version made just before. */
  readonly before: Version | null;
  readonly sequence: number | null;
}

/** What a document said, and the moment it really is. */
export interface Content {
  readonly sequence: number;
  readonly value: unknown;
}

/** A version's id, a sequence number, or the present. */
export type MomentRef = string | number;

export interface HistoryOptions extends RestOptions {
  readonly document: string;
}

/** Asks for one document's history. Every call throws `ApiError`. */
export class HistoryClient {
  readonly #options: HistoryOptions;
  readonly #base: string;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#base = `/documents/${encodeURIComponent(options.document)}`;
  }

  versions(page: { limit?: number; cursor?: string | undefined } = {}): Promise<VersionList> {
    return this.#ask(`/versions${query(page)}`);
  }

  timeline(page: { from?: number; to?: number; limit?: number } = {}): Promise<Timeline> {
    return this.#ask(`/timeline${query(page)}`);
  }

  /** Give the moment a name; the present one when `sequence` is left out. */
  name(name: string, sequence?: number): Promise<Version> {
    const body = sequence === undefined ? { name } : { name, sequence };
    return this.#ask("/versions", { method: "POST", body });
  }

  /** Change a version's name, or take it away with null. */
  rename(version: string, name: string | null): Promise<Version> {
    return this.#ask(`/versions/${version}`, { method: "PATCH", body: { name } });
  }

  /** Return the ProseMirror document as it was. */
  async content(sequence: number, signal?: AbortSignal): Promise<Content> {
    const path = `${this.#base}/content${query({ format: "json", sequence })}`;
    const { value, headers } = await ask(this.#options, path, signal ? { signal } : {});
    return { value, sequence: Number(headers.get("collab-sequence") ?? sequence) };
  }

  diff(from: MomentRef, to: MomentRef, unchanged: boolean, signal?: AbortSignal): Promise<Diff> {
    return this.#ask(`/diff${query({ from, to, unchanged })}`, signal ? { signal } : {});
  }

  /** Make the document say again what it said then. */
  restore(moment: MomentRef): Promise<Restored> {
    return this.#ask(`/versions/${moment}/restore`, { method: "POST", body: {} });
  }

  /** Take edits back: one person's, those of a time, or both. */
  revert(request: RevertRequest): Promise<Reverted> {
    return this.#ask("/revert", { method: "POST", body: request });
  }

  authors(): Promise<Authors> {
    return this.#ask("/authors");
  }

  async #ask<T>(path: string, asked: Asked = {}): Promise<T> {
    return (await ask(this.#options, this.#base + path, asked)).value as T;
  }
}

function query(parts: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const pairs = Object.entries(parts).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}
