/** Documents over plain HTTP: made, found, read, renamed, removed. */

import type * as Wire from "./generated/rest.ts";
import type { Content, MomentRef } from "./history.ts";
import { type Asked, ask, query, type RestOptions } from "./rest.ts";
import type { Said } from "./wire.ts";

/** A document without its content. */
export type DocumentInfo = Wire.DocumentOut;
/** One page of documents, newest activity first. */
export type DocumentList = Wire.DocumentList;
/** Somebody who is in a document now. */
export type PresentPerson = Wire.Person;
/** What a new document says at first; the server writes it, once. */
export type ContentSeed = Wire.ContentSeed;
/** A new document: the server chooses the `id` unless there is one. */
export type NewDocument = Said<Wire.CreateDocument>;

/** Which documents to list. */
export interface DocumentQuery {
  /** Words in the title or the id. */
  readonly search?: string | undefined;
  /** Those that were removed, instead. */
  readonly deleted?: boolean | undefined;
  /** How many a page, 1 to 200; 50 unless given. */
  readonly limit?: number | undefined;
}

/** Which moment of a document to read, and which of its Yjs roots; the present one unless given. */
export interface ContentQuery {
  /** A version's id (`v12`), or a sequence number. */
  readonly at?: MomentRef | undefined;
  /** The editor's root, or the only one, unless given. */
  readonly root?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A document's text as a string, and the moment it really is. */
export interface TextContent {
  readonly sequence: number;
  readonly value: string;
}

/** A document as one Yjs update, and the moment it really is. */
export interface DocumentState {
  readonly sequence: number;
  readonly update: Uint8Array;
}

/** Makes, finds and reads documents. Every call throws `ApiError`. */
export class DocumentsClient {
  readonly #options: RestOptions;

  constructor(options: RestOptions = {}) {
    this.#options = options;
  }

  /** Make a document. With an `id` that is taken it throws `conflict`. */
  create(document: NewDocument = {}): Promise<DocumentInfo> {
    return this.#ask("/documents", { method: "POST", body: document });
  }

  /** Walk through all documents, newest activity first; pages are fetched as they are needed. */
  async *list(wanted: DocumentQuery = {}): AsyncGenerator<DocumentInfo, void, void> {
    let cursor: string | undefined;
    do {
      const page: DocumentList = await this.page({ ...wanted, cursor });
      yield* page.documents;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Return one page; `cursor` is the `nextCursor` of the page before. */
  page(wanted: DocumentQuery & { readonly cursor?: string | undefined } = {}) {
    const { search, deleted, limit, cursor } = wanted;
    const asked = query({ search: search || undefined, deleted, limit, cursor });
    return this.#ask<DocumentList>(`/documents${asked}`);
  }

  get(id: string): Promise<DocumentInfo> {
    return this.#ask(pathOf(id));
  }

  rename(id: string, title: string): Promise<DocumentInfo> {
    return this.#ask(pathOf(id), { method: "PATCH", body: { title } });
  }

  /** Remove a document, and put everybody out of it; `undelete` brings it back. */
  remove(id: string): Promise<DocumentInfo> {
    return this.#ask(pathOf(id), { method: "DELETE" });
  }

  undelete(id: string): Promise<DocumentInfo> {
    return this.#ask(`${pathOf(id)}/undelete`, { method: "POST" });
  }

  /** Return what the document says, as a ProseMirror document (`json`), as HTML or as plain text. */
  content(id: string, format: "html" | "text", wanted?: ContentQuery): Promise<TextContent>;
  content(id: string, format?: "json", wanted?: ContentQuery): Promise<Content>;
  async content(
    id: string,
    format: "json" | "html" | "text" = "json",
    { at, root, signal }: ContentQuery = {},
  ): Promise<Content> {
    const path = `${pathOf(id)}/content${query({ format, root, ...momentOf(at) })}`;
    const reading = (answer: Response): Promise<unknown> =>
      format === "json" ? answer.json() : answer.text();
    const asked = signal ? { signal } : {};
    const { value, headers } = await ask<unknown>(this.#options, path, asked, reading);
    return { value, sequence: sequenceOf(headers) };
  }

  /** Return the whole document as one Yjs v1 update: now, or at an earlier moment. */
  async state(id: string, at?: MomentRef): Promise<DocumentState> {
    const earlier = `content${query({ format: "yjs", ...momentOf(at) })}`;
    const path = `${pathOf(id)}/${at === undefined ? "state" : earlier}`;
    const { value, headers } = await ask(this.#options, path, {}, asBytes);
    return { update: value, sequence: sequenceOf(headers) };
  }

  /** Merge a Yjs v1 update into the live document; resolves with its number once it is durable. */
  async applyUpdate(id: string, update: Uint8Array): Promise<number> {
    const body = new Uint8Array(update);
    const path = `${pathOf(id)}/updates`;
    const receipt = await this.#ask<Wire.UpdateReceipt>(path, { method: "POST", body });
    return receipt.sequence;
  }

  /** Return who is in the document now. */
  async presence(id: string): Promise<readonly PresentPerson[]> {
    return (await this.#ask<Wire.PresenceList>(`${pathOf(id)}/presence`)).users;
  }

  async #ask<T>(path: string, asked: Asked = {}): Promise<T> {
    return (await ask<T>(this.#options, path, asked)).value;
  }
}

function pathOf(id: string): string {
  return `/documents/${encodeURIComponent(id)}`;
}

function momentOf(at: MomentRef | undefined) {
  if (at === undefined) return {};
  return typeof at === "string" && at.startsWith("v") ? { version: at } : { sequence: at };
}

function sequenceOf(headers: Headers): number {
  return Number(headers.get("collab-sequence"));
}

async function asBytes(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}
