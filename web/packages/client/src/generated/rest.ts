/** Written by `make types` from the models in `schemas/`: change those instead. */

/** What one of a person's clients shows. */
export interface ClientState {
  readonly clientId: number;
  readonly state: {
    readonly [k: string]: unknown;
  };
}

/** What a new document says at first; the server writes it, once. */
export interface ContentSeed {
  readonly format: "text" | "html" | "json";
  /** A string; for json a ProseMirror document node. */
  readonly value: unknown;
}

/** The body of `POST /documents`. */
export interface CreateDocument {
  /** Chosen by the server when left out. */
  readonly id?: string | null;
  /** What people call the document. */
  readonly title?: string;
  readonly content?: ContentSeed | null;
}

/** One page of documents, newest activity first. */
export interface DocumentList {
  readonly documents: readonly DocumentOut[];
  /** Pass as `cursor` for the next page. */
  readonly nextCursor: string | null;
}

/** A document without its content. */
export interface DocumentOut {
  readonly id: string;
  readonly title: string;
  readonly createdAt: string;
  /** When it was last written in. */
  readonly updatedAt: string;
  readonly deletedAt?: string | null;
  /** Bytes of the newest snapshot. */
  readonly size: number;
  /** Number of the newest update in the log. */
  readonly sequence: number;
  /** Counts resets; never merge across epochs. */
  readonly epoch: number;
}

/** The server's state in one word. */
export interface Health {
  readonly status: "ok";
}

/** The body of `PATCH /documents/{id}`. */
export interface PatchDocument {
  /** What people call the document. */
  readonly title: string;
}

/** Somebody who is in the document now. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  readonly connections: number;
  readonly clients: readonly ClientState[];
}

/** Who is here. */
export interface PresenceList {
  readonly users: readonly Person[];
}

/** An error, as RFC 9457 has it; `code` is stable. */
export interface Problem {
  readonly type?: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
}

/** An update was merged and is durable. */
export interface UpdateReceipt {
  readonly sequence: number;
}
