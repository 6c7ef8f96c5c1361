/** What travels between client and server over Socket.IO, event by event; from `schemas/`. */

import type {
  Answers,
  AwarenessMessage,
  ConnectAuth,
  DocumentEvents,
  ErrorOut,
  JoinAnswer,
  JoinDocument,
  LeaveDocument,
  RefreshToken,
  SyncAnswer,
  SyncDocument,
  UpdateMessage,
  UserOut,
} from "./generated/realtime.ts";

export type { ConnectionEvents } from "./generated/realtime.ts";
export type { JoinAnswer, SyncAnswer };

/** What we send: a field is there or left out, never null. */
export type Said<T> = { readonly [K in keyof T]: Exclude<T[K], null> };

/** A person as the server knows them. */
export type User = UserOut;
export type Role = User["role"];

/** Who a connection says it is. With a `token`, the name, colour and id beside it count for nothing. */
export type Auth = Said<ConnectAuth>;

export type WireError = ErrorOut;
/** The stable codes of errors; programs may switch on them. */
export type ErrorCode = WireError["code"];

export type Answer<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly error: WireError };

/** Our way to join: we always say what we have and who we are. */
export type JoinRequest = Required<Said<JoinDocument>>;

interface Requests {
  joinDocument: JoinRequest;
  leaveDocument: LeaveDocument;
  update: UpdateMessage;
  syncDocument: SyncDocument;
  awareness: AwarenessMessage;
  refreshToken: RefreshToken;
}

/** Client events: what is sent, and what the acknowledgement holds besides `ok`. */
export type ClientEvents = {
  [E in keyof Requests]: { request: Requests[E]; answer: Answers[E] };
};

/** Server events that speak of one document, as far as we listen to them. */
export type ServerEvents = Omit<DocumentEvents, "stateless">;

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
