/** Written by `make types` from the models in `schemas/`: change those instead. */

/** `accessRevoked`: you were put out of the document. */
export interface AccessRevoked {
  readonly code:
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
  /** One sentence for people. */
  readonly message: string;
  readonly document: string;
}

/** `awareness`: what others show of themselves. */
export interface AwarenessEvent {
  readonly document: string;
  readonly update: Uint8Array;
}

/** `awareness`: a y-protocols awareness update of the client's own state. */
export interface AwarenessMessage {
  readonly document: string;
  readonly update: Uint8Array;
}

/** The `auth` object of a connection. */
export interface ConnectAuth {
  readonly token?: string | null;
  /** A guest's own random id: two tabs with the same id are one person. */
  readonly id?: string | null;
  readonly name?: string | null;
  readonly color?: string | null;
  /** A share link's secret: beside a token, or alone for a guest. */
  readonly link?: string | null;
}

/** `documentDeleted` and `documentReset`: you are out of it. */
export interface DocumentGone {
  readonly document: string;
  readonly epoch: number;
}

/** Every event that speaks of a document names it. */
export interface DocumentMessage {
  readonly document: string;
}

/** Why something was refused. */
export interface ErrorOut {
  readonly code:
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
  /** One sentence for people. */
  readonly message: string;
}

/** The acknowledgement of `joinDocument`. */
export interface JoinAnswer {
  readonly role: "viewer" | "commenter" | "editor" | "owner";
  readonly user: UserOut;
  /** What the client lacks, as one Yjs v1 update. */
  readonly update: Uint8Array;
  /** What the server has. */
  readonly stateVector: Uint8Array;
  /** One awareness update with everybody present; may be empty. */
  readonly awareness: Uint8Array;
  readonly users: readonly UserOut[];
  /** Number of the newest update. */
  readonly sequence: number;
  /** Counts resets; never merge across epochs. */
  readonly epoch: number;
}

/** A person as the server knows them. */
export interface UserOut {
  readonly id: string;
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
  readonly role: "viewer" | "commenter" | "editor" | "owner";
}

/** `joinDocument`: come in, and be told what the client lacks. */
export interface JoinDocument {
  readonly document: string;
  readonly stateVector?: Uint8Array | null;
  readonly clientId?: number | null;
  readonly awareness?: Uint8Array | null;
}

/** `leaveDocument`. */
export interface LeaveDocument {
  readonly document: string;
}

/** An acknowledgement that holds nothing besides `ok`. */
export type NothingMore = object;

/** The acknowledgement of `refreshToken`. */
export interface RefreshAnswer {
  /** When the newer token ends; RFC 3339. */
  readonly expiresAt: string | null;
}

/** `refreshToken`: go on with a newer token. */
export interface RefreshToken {
  readonly token: string;
}

/** `roleChanged`. */
export interface RoleChanged {
  readonly document: string;
  /** null: there is no role any more, and you are out. */
  readonly role: ("viewer" | "commenter" | "editor" | "owner") | null;
}

/** `serverDraining`: the server is about to stop. */
export interface ServerDraining {
  readonly document?: string | null;
  readonly reconnectAfterMs: number;
}

/** `stateless`: a message that a Hocuspocus client sent to everybody in the document. */
export interface StatelessEvent {
  readonly document: string;
  readonly payload: string;
}

/** `storage`: whether the server can save at present. */
export interface StorageEvent {
  readonly document: string;
  readonly available: boolean;
}

/** The acknowledgement of `syncDocument`. */
export interface SyncAnswer {
  /** What the client lacks, as one Yjs v1 update. */
  readonly update: Uint8Array;
  /** What the server has. */
  readonly stateVector: Uint8Array;
}

/** `syncDocument`: ask what the client lacks, and what the server does. */
export interface SyncDocument {
  readonly document: string;
  readonly stateVector: Uint8Array;
}

/** `syncRequired`: the server lacks something the client's edits build on. */
export interface SyncRequired {
  readonly document: string;
  readonly stateVector: Uint8Array;
}

/** `tokenExpiring`: a newer token keeps the session going. */
export interface TokenExpiring {
  /** RFC 3339, in UTC. */
  readonly expiresAt: string;
}

/** The acknowledgement of `update`: it is durable. */
export interface UpdateAnswer {
  readonly sequence: number;
}

/** `update`: somebody else's edits, as one Yjs v1 update. */
export interface UpdateEvent {
  readonly document: string;
  readonly update: Uint8Array;
}

/** `update`: a Yjs v1 update; acknowledged after commit. */
export interface UpdateMessage {
  readonly document: string;
  readonly update: Uint8Array;
}

/** `userJoined` and `userLeft`. */
export interface UserEvent {
  readonly document: string;
  readonly user: UserOut;
}

/** `versionCreated`: a moment joined the history. */
export interface VersionCreated {
  readonly document: string;
  /** Its id. */
  readonly version: string;
}

/** `versionRestored`: the document says again what it said at a moment. */
export interface VersionRestored {
  readonly document: string;
  readonly version: string;
  readonly sequence: number;
}

/*
 */
export interface Answers {
  readonly joinDocument: JoinAnswer;
  readonly leaveDocument: NothingMore;
  readonly update: UpdateAnswer;
  readonly syncDocument: SyncAnswer;
  readonly awareness: NothingMore;
  readonly refreshToken: RefreshAnswer;
}

/*
 */
export interface ConnectionEvents {
  readonly tokenExpiring: TokenExpiring;
  readonly sessionEnded: ErrorOut;
  readonly serverDraining: ServerDraining;
}

/*
 */
export interface DocumentEvents {
  readonly update: UpdateEvent;
  readonly awareness: AwarenessEvent;
  readonly userJoined: UserEvent;
  readonly userLeft: UserEvent;
  readonly syncRequired: SyncRequired;
  readonly roleChanged: RoleChanged;
  readonly accessRevoked: AccessRevoked;
  readonly storage: StorageEvent;
  readonly stateless: StatelessEvent;
  readonly versionCreated: VersionCreated;
  readonly versionRestored: VersionRestored;
  readonly documentDeleted: DocumentGone;
  readonly documentReset: DocumentGone;
}
