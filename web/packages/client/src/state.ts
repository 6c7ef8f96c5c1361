/** The state of one document's session, and what can be read off it. */

import type { Role, User, WireError } from "./wire.ts";

/** A sent update that the server has not acknowledged; it covers the edits `from` to `through`. */
export interface Flight {
  readonly ticket: number;
  readonly from: number;
  readonly through: number;
  /** A difference to what the server said it has, so it also covers every earlier edit. */
  readonly complete: boolean;
}

/** Why the document cannot be worked on together: for good, or until somebody acts. */
export interface Refusal extends WireError {
  /**
   * `signed-out`: the server wants a token, or a newer one. `somebody-else`: the document holds
   * another person's unsent edits; the present one needs a new document, so a new page.
   */
  readonly kind: "refused" | "signed-out" | "deleted" | "replaced" | "somebody-else";
}

export type Link = "connecting" | "up" | "down";

export type Phase =
  /** No connection. */
  | "idle"
  /** `joinDocument` is on its way. */
  | "joining"
  /** In the room; edits flow. */
  | "joined"
  /** In the room, but what the server lacks must be found out before edits flow again. */
  | "syncing"
  /** Waiting before the next try to join or to sync. */
  | "waiting";

export interface State {
  readonly link: Link;
  readonly phase: Phase;
  /** What a wait ends in. */
  readonly after: "join" | "sync";
  /** Consecutive tries that the server put off. */
  readonly attempt: number;
  /** Number of the latest request. */
  readonly ticket: number;
  /** The request that the phase `joining` or `syncing` waits for. */
  readonly asked: number;
  /** Tickets up to this one belong to lost connections. */
  readonly staleThrough: number;
  /** Local edits are numbered from 1; this is the latest. */
  readonly edited: number;
  /** The latest edit that was sent on this connection. */
  readonly sent: number;
  readonly flights: readonly Flight[];
  /** A flush of gathered edits and presence is scheduled. */
  readonly flushing: boolean;
  readonly presenceChanged: boolean;
  /** Remote updates that came before the answer to the join. */
  readonly early: readonly Uint8Array[];
  readonly epoch: number | null;
  readonly role: Role | null;
  readonly user: User | null;
  readonly users: readonly User[];
  readonly synced: boolean;
  readonly storageAvailable: boolean;
  readonly refusal: Refusal | null;
  /** The server will not take our edits; nothing more is sent until somebody asks for a retry. */
  readonly rejected: WireError | null;
  /** A request is out that must be answered soon, or the connection is dead. */
  readonly probe: number | null;
}

export const INITIAL: State = {
  link: "connecting",
  phase: "idle",
  after: "join",
  attempt: 0,
  ticket: 0,
  asked: 0,
  staleThrough: 0,
  edited: 0,
  sent: 0,
  flights: [],
  flushing: false,
  presenceChanged: false,
  early: [],
  epoch: null,
  role: null,
  user: null,
  users: [],
  synced: false,
  storageAvailable: true,
  refusal: null,
  rejected: null,
  probe: null,
};

export type Status = "connecting" | "connected" | "offline" | "signed-out" | "refused";

/** What an honest editor says about the edits of its person. */
export type SaveState =
  /** `loaded` is false as long as the document has never come: there is nothing to show yet. */
  | { readonly kind: "connecting"; readonly unsaved: number; readonly loaded: boolean }
  | { readonly kind: "saved"; readonly unsaved: 0 }
  | { readonly kind: "saving"; readonly unsaved: number }
  /** The server has the edits in memory; its database is away. */
  | { readonly kind: "storage-away"; readonly unsaved: number }
  /** `loaded` tells a lost connection (true) from a server that was never reached (false). */
  | { readonly kind: "offline"; readonly unsaved: number; readonly loaded: boolean }
  | { readonly kind: "rejected"; readonly unsaved: number; readonly error: WireError }
  /** The session ended; edits go on as if offline, until there is a newer token. */
  | { readonly kind: "signed-out"; readonly unsaved: number; readonly error: Refusal }
  | { readonly kind: "refused"; readonly unsaved: number; readonly error: Refusal };

/** Return the latest edit such that it and all before it are durable. */
export function savedThrough(state: State): number {
  let saved = state.sent;
  for (const flight of state.flights) saved = Math.min(saved, flight.from - 1);
  return saved;
}

/** Return how many edits of the present person are not yet acknowledged as durable. */
export function unsavedChanges(state: State): number {
  if (state.refusal?.kind === "somebody-else") return 0;
  return state.edited - savedThrough(state);
}

/** Return whether the person's role allows edits; unknown counts as yes, edits are then kept. */
export function mayEdit(state: State): boolean {
  return state.role !== "viewer" && state.role !== "commenter";
}

/** Return whether the person may type: what they type is kept, and sent as soon as that is possible. */
export function isEditable(state: State): boolean {
  return mayEdit(state) && (!state.refusal || state.refusal.kind === "signed-out");
}

/** Return whether the document has come from the server once. */
export function isLoaded(state: State): boolean {
  return state.epoch !== null;
}

const READ_ONLY: WireError = {
  code: "forbidden",
  message: "You may read this document but not change it.",
};

/** Return the state of the connection in one word. */
export function statusOf(state: State): Status {
  if (state.refusal) return state.refusal.kind === "signed-out" ? "signed-out" : "refused";
  if (state.link === "down") return "offline";
  return state.link === "up" && state.phase !== "joining" && state.synced
    ? "connected"
    : "connecting";
}

/** Return what to tell the person about their edits. */
export function saveStateOf(state: State): SaveState {
  const unsaved = unsavedChanges(state);
  if (state.refusal) {
    const kind = state.refusal.kind === "signed-out" ? "signed-out" : "refused";
    return { kind, unsaved, error: state.refusal };
  }
  const rejected = state.rejected ?? (mayEdit(state) ? null : READ_ONLY);
  if (rejected && unsaved > 0) return { kind: "rejected", unsaved, error: rejected };
  const status = statusOf(state);
  if (status === "offline" || status === "connecting") {
    return { kind: status, unsaved, loaded: isLoaded(state) };
  }
  if (unsaved === 0) return { kind: "saved", unsaved: 0 };
  return { kind: state.storageAvailable ? "saving" : "storage-away", unsaved };
}
