/** Written by `make types` from the models in `schemas/`: change those instead. */

/** One page of the audit log, newest first. */
export interface AuditList {
  readonly entries: readonly AuditOut[];
  /** Pass as `cursor` for the next page. */
  readonly nextCursor: string | null;
}

/** One change of rights, or a deed that is hard to undo. */
export interface AuditOut {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly actorName: string;
  /** Where the request came from; may be empty. */
  readonly address: string;
  readonly action: string;
  readonly details: {
    readonly [k: string]: unknown;
  };
}

/** The body of `POST /documents/{id}/links`. */
export interface CreateLink {
  /** editor at most. */
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  /** What owners call the link. */
  readonly name?: string;
  /** Never, unless given. */
  readonly expiresAt?: string | null;
}

/** One page of the share links in force (and those that have expired), in order of their making. */
export interface LinkList {
  readonly links: readonly LinkOut[];
  /** Pass as `cursor` for the next page. */
  readonly nextCursor: string | null;
}

/** A share link without its secret. */
export interface LinkOut {
  readonly id: string;
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  readonly name: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** When last used, to the minute. */
  readonly usedAt: string | null;
}

/** A new share link. The secret is shown this once; whoever has it has the link's role. */
export interface LinkMade {
  readonly id: string;
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  readonly name: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  /** When last used, to the minute. */
  readonly usedAt: string | null;
  readonly secret: string;
}

/** One page of members, in the order they came. */
export interface MemberList {
  readonly members: readonly MemberOut[];
  /** Pass as `cursor` for the next page. */
  readonly nextCursor: string | null;
}

/** Somebody with a role of their own in a document. */
export interface MemberOut {
  /** As tokens name the person (`sub`). */
  readonly user: string;
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  readonly since: string;
  readonly addedBy: string;
}

/** The body of `PUT /documents/{id}/members/{user}`. */
export interface PutMember {
  readonly role: "viewer" | "commenter" | "editor" | "owner";
}

/** The body of `POST /tokens`. */
export interface SignToken {
  /** Who it is for: the person's id, always the same. */
  readonly sub: string;
  /** What others see. */
  readonly name?: string | null;
  /** The colour others see, as #1d4ed8. */
  readonly color?: string | null;
  /** By document id, or beginning of ids and `*`. */
  readonly roles?: {
    readonly [k: string]: "viewer" | "commenter" | "editor" | "owner";
  };

  /** Seconds. */
  readonly expiresIn?: number;
}

/** A signed token. */
export interface TokenOut {
  readonly token: string;
  readonly expiresAt: string;
}

/** The body of `POST /documents/{id}/transfer`. */
export interface Transfer {
  /** Who becomes an owner, as tokens name them. */
  readonly to: string;
}
