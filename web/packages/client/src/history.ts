/** A document's history over plain HTTP. */

import type * as Wire from "./generated/history.ts";
import { type Asked, ask, query, type RestOptions } from "./rest.ts";
import type { Said } from "./wire.ts";

/** Somebody who wrote. */
export type Author = Wire.AuthorOut;
export type Authors = Wire.AuthorsOut;
export type BlockChange = Wire.BlockChangeOut;
export type BlockChangeKind = BlockChange["change"];
export type ClientOwner = Wire.ClientOwner;
export type Contribution = Wire.ContributionOut;
export type Diff = Wire.DiffOut;
/** Formatting, or a block's attributes, by name. */
export type Marks = Readonly<Record<string, unknown>>;
/** The version made just before a restore: the way back. */
export type Restored = Wire.Restored;
export type Reverted = Wire.RevertOut;
/** One person's edits, those of a time, or both. */
export type RevertRequest = Said<Wire.RevertRequest>;
export type Segment = Wire.SegmentOut;
/** One person's editing without a longer pause. */
export type Stretch = Wire.StretchOut;
export type Timeline = Wire.TimelineOut;
export type ValueChange = Wire.ValueChangeOut;
/** A moment people see, name, compare and restore. */
export type Version = Wire.VersionOut;
export type VersionList = Wire.VersionList;

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
