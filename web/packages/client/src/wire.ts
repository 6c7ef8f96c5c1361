/** What travels between client and server over Socket.IO, event by event. */

export type Role = "viewer" | "commenter" | "editor" | "owner";

/** A person as the server knows them. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly role: Role;
}

/** Who a connection says it is. */
export interface Auth {
  /** Signed by the host application; then name, colour and id below count for nothing. */
  readonly token?: string;
  /** The secret of a share link. */
  readonly link?: string;
  readonly name?: string;
  readonly color?: string;
  /** A random id kept by the guest: connections with the same id are one person. */
  readonly id?: string;
}

export type ErrorCode =
  | "invalid_request"
  | "invalid_document_id"
  | "invalid_update"
  | "unsupported_content"
  | "update_too_large"
  | "document_too_large"
  | "unauthenticated"
  | "token_expired"
  | "forbidden"
  | "not_found"
  | "not_joined"
  | "conflict"
  | "rate_limited"
  | "overloaded"
  | "unavailable"
  | "internal";

export interface WireError {
  readonly code: ErrorCode;
  /** One sentence for people. */
  readonly message: string;
}

export type Answer<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly error: WireError };

export interface JoinRequest {
  readonly document: string;
  readonly stateVector: Uint8Array;
  readonly clientId: number;
  readonly awareness: Uint8Array;
}

export interface JoinAnswer {
  readonly role: Role;
  readonly user: User;
  /** What the client lacks. */
  readonly update: Uint8Array;
  /** What the server has. */
  readonly stateVector: Uint8Array;
  /** One awareness update with everybody present. */
  readonly awareness: Uint8Array;
  readonly users: readonly User[];
  readonly sequence: number;
  /** Counts resets of the document. */
  readonly epoch: number;
}

export interface SyncAnswer {
  readonly update: Uint8Array;
  readonly stateVector: Uint8Array;
}

/** Client events: what is sent, and what the acknowledgement holds besides `ok`. */
export interface ClientEvents {
  joinDocument: { request: JoinRequest; answer: JoinAnswer };
  leaveDocument: { request: { document: string }; answer: object };
  update: { request: { document: string; update: Uint8Array }; answer: { sequence: number } };
  syncDocument: { request: { document: string; stateVector: Uint8Array }; answer: SyncAnswer };
  awareness: { request: { document: string; update: Uint8Array }; answer: object };
  refreshToken: { request: { token: string }; answer: { expiresAt: string | null } };
}

/** Server events that speak of one document. */
export interface ServerEvents {
  update: { document: string; update: Uint8Array };
  awareness: { document: string; update: Uint8Array };
  userJoined: { document: string; user: User };
  userLeft: { document: string; user: User };
  syncRequired: { document: string; stateVector: Uint8Array };
  /** Null: there is no role any more, and the server has put us out. */
  roleChanged: { document: string; role: Role | null };
  /** The server has put us out. */
  accessRevoked: { document: string } & WireError;
  storage: { document: string; available: boolean };
  /** A moment joined the history; `version` is its id. */
  versionCreated: { document: string; version: string };
  /** The document says again what it said at a moment. */
  versionRestored: { document: string; version: string };
  documentDeleted: { document: string; epoch: number };
  documentReset: { document: string; epoch: number };
}

/** Server events that speak of the connection itself. */
export interface ConnectionEvents {
  /** The token ends then; a newer one keeps the session going. RFC 3339. */
  tokenExpiring: { expiresAt: string };
  /** The last word before the server closes the connection. */
  sessionEnded: WireError;
  serverDraining: { reconnectAfterMs?: number };
}

export const SERVER_EVENTS = [
  "update",
  "awareness",
  "userJoined",
  "userLeft",
  "syncRequired",
  "roleChanged",
  "accessRevoked",
  "storage",
  "versionCreated",
  "versionRestored",
  "documentDeleted",
  "documentReset",
] as const satisfies readonly (keyof ServerEvents)[];
