/** Written by `make types` from the models in `schemas/`: change those instead. */

/** Somebody who wrote. */
export interface AuthorOut {
  readonly id: string;
  readonly name: string;
}

/** How many characters of the present text are somebody's. */
export interface AuthorShare {
  readonly id: string;
  readonly name: string;
  readonly characters: number;
}

/** Who wrote which part of the present text. */
export interface AuthorsOut {
  readonly sequence: number;
  readonly authors: readonly AuthorShare[];
  readonly roots: readonly RootRuns[];
  /** For editors that hold the document themselves. */
  readonly clients: readonly ClientOwner[];
}

/** The text of one Yjs root, in order, as its authors' runs; blocks are set apart by newlines. */
export interface RootRuns {
  readonly root: string;
  readonly runs: readonly WrittenRun[];
}

/** Text one person wrote in one go. */
export interface WrittenRun {
  /** The author's id; null when nobody knows. */
  readonly author: string | null;
  readonly text: string;
}

/** From clock `first` on (until the next entry of the same client), `author` wrote as `client`. */
export interface ClientOwner {
  readonly client: number;
  readonly first: number;
  readonly author: string;
}

/** One block (paragraph, heading, cell text…) and what became of it. */
export interface BlockChangeOut {
  readonly change: "same" | "added" | "removed" | "changed" | "movedHere" | "movedAway";
  /** The block's type: paragraph, heading, … */
  readonly kind: string;
  /** Types of what it stands in, outermost first. */
  readonly path: readonly string[];
  readonly attributes: {
    readonly [k: string]: unknown;
  };

  /** Its attributes before, if they changed. */
  readonly attributesBefore?: {
    readonly [k: string]: unknown;
  } | null;
  readonly kindBefore?: string | null;
  /** Who added, removed, moved or changed it. */
  readonly author?: string | null;
  readonly segments: readonly SegmentOut[];
}

/** A piece of a block's text and what became of it. */
export interface SegmentOut {
  readonly change: "same" | "added" | "removed" | "formatted";
  readonly text: string;
  /** Formatting it has (had, if removed). */
  readonly marks: {
    readonly [k: string]: unknown;
  };

  /** The formatting before, if that changed. */
  readonly marksBefore?: {
    readonly [k: string]: unknown;
  } | null;
  /** Who made the change. */
  readonly author?: string | null;
}

/** How much one person did between a version and the one before it. */
export interface ContributionOut {
  readonly id: string;
  readonly name: string;
  readonly updates: number;
}

/** The body of `POST …/versions`. */
export interface CreateVersion {
  /** What people call it. */
  readonly name: string;
  /** An earlier moment; the present one when left out. */
  readonly sequence?: number | null;
}

/** What changed between two moments. */
export interface DiffOut {
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly authors: readonly AuthorOut[];
  readonly blocks: readonly BlockChangeOut[];
  readonly values: readonly ValueChangeOut[];
}

/** A change outside of text: in a map or an array. */
export interface ValueChangeOut {
  readonly root: string;
  readonly path: readonly (string | number)[];
  readonly before?: unknown;
  readonly after?: unknown;
  /** The id of who set or removed it; null when nobody knows. */
  readonly author?: string | null;
}

/** The body of `POST …/history/erase`. */
export interface EraseHistory {
  /** A version's id, a sequence number, or now. */
  readonly before: string;
}

/** The history before this moment is gone for good. */
export interface EraseReceipt {
  readonly sequence: number;
}

/** The body of `PATCH …/versions/{version}`. */
export interface PatchVersion {
  /** null takes the name away. */
  readonly name: string | null;
}

/** The version made just before a restore: the way back. */
export interface Restored {
  /** `v` and a number. */
  readonly id: string;
  /** The moment: the last update it holds. */
  readonly sequence: number;
  readonly kind: "named" | "session" | "activity" | "beforeRestore";
  readonly name: string | null;
  readonly createdAt: string;
  readonly createdBy: AuthorOut;
  readonly authors: readonly ContributionOut[];
  /** The moment just after the restore. */
  readonly restoredSequence: number;
}

/** What a revert did, or would do. */
export interface RevertOut {
  readonly preview: boolean;
  readonly diff: DiffOut;
  /** The version made just before; null in a preview. */
  readonly before: VersionOut | null;
  /** The moment just after; null in a preview. */
  readonly sequence: number | null;
}

/** A moment people see, name, compare and restore. */
export interface VersionOut {
  /** `v` and a number. */
  readonly id: string;
  /** The moment: the last update it holds. */
  readonly sequence: number;
  readonly kind: "named" | "session" | "activity" | "beforeRestore";
  readonly name: string | null;
  readonly createdAt: string;
  readonly createdBy: AuthorOut;
  readonly authors: readonly ContributionOut[];
}

/** The body of `POST …/revert`: one person's edits, those of a time, or both. */
export interface RevertRequest {
  readonly author?: string | null;
  /** First sequence number to take back. */
  readonly from?: number | null;
  /** Last sequence number to take back. */
  readonly to?: number | null;
  /** Only say what would change. */
  readonly preview?: boolean;
}

/** One person's editing without a longer pause; those of different people may overlap. */
export interface StretchOut {
  readonly author: AuthorOut;
  /** Sequence number of its first update. */
  readonly first: number;
  readonly last: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly updates: number;
  readonly bytes: number;
  /** Who brought it, if that was somebody else than the author. */
  readonly carriedBy?: string | null;
}

/** Stretches of editing, the newest first. */
export interface TimelineOut {
  readonly stretches: readonly StretchOut[];
  /** The document's present moment. */
  readonly sequence: number;
  /** Pass as `to` for older ones; null at the end. */
  readonly nextTo: number | null;
}

/** One page of versions, newest first. */
export interface VersionList {
  readonly versions: readonly VersionOut[];
  /** Pass as `cursor` for the next page. */
  readonly nextCursor: string | null;
}
