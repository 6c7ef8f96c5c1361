/** Who may do what in a document, over plain HTTP. */

import type * as Wire from "./generated/sharing.ts";
import { type Asked, ask, type RestOptions } from "./rest.ts";
import type { Role, Said } from "./wire.ts";

/** Somebody with a role of their own. */
export type Member = Wire.MemberOut;
/** A share link without its secret. */
export type ShareLink = Wire.LinkOut;
/** A new share link: the secret is told this once. */
export type NewLink = Wire.LinkMade;
/** `role` is `editor` at most; `expiresAt` is RFC 3339, and left out it never ends. */
export type LinkRequest = Said<Wire.CreateLink>;

export interface SharingOptions extends RestOptions {
  readonly document: string;
}

type Page = Pick<Wire.MemberList, "nextCursor">;

/** Asks for and changes one document's rights. Every call throws `ApiError`. */
export class SharingClient {
  readonly #options: SharingOptions;
  readonly #base: string;

  constructor(options: SharingOptions) {
    this.#options = options;
    this.#base = `/documents/${encodeURIComponent(options.document)}`;
  }

  /** Return all members, in the order they came. */
  members(): Promise<readonly Member[]> {
    return this.#all("/members", (page: Wire.MemberList) => page.members);
  }

  setMember(user: string, role: Role): Promise<Member> {
    return this.#ask(`/members/${encodeURIComponent(user)}`, { method: "PUT", body: { role } });
  }

  removeMember(user: string): Promise<void> {
    return this.#ask(`/members/${encodeURIComponent(user)}`, { method: "DELETE" });
  }

  /** Return all links that were not revoked. */
  links(): Promise<readonly ShareLink[]> {
    return this.#all("/links", (page: Wire.LinkList) => page.links);
  }

  makeLink(request: LinkRequest): Promise<NewLink> {
    return this.#ask("/links", { method: "POST", body: request });
  }

  revokeLink(link: string): Promise<void> {
    return this.#ask(`/links/${encodeURIComponent(link)}`, { method: "DELETE" });
  }

  async #all<P extends Page, T>(path: string, rowsOf: (page: P) => readonly T[]): Promise<T[]> {
    const rows: T[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = new URLSearchParams({ limit: "200", ...(cursor && { cursor }) });
      const page: P = await this.#ask(`${path}?${query}`);
      rows.push(...rowsOf(page));
      cursor = page.nextCursor;
    }
    return rows;
  }

  async #ask<T>(path: string, asked: Asked = {}): Promise<T> {
    return (await ask(this.#options, this.#base + path, asked)).value as T;
  }
}
