/** What can happen to a session, and what it can ask its shell to do. */

import type { State } from "./state.ts";
import type { JoinAnswer, Role, SyncAnswer, User, WireError } from "./wire.ts";

export type Input =
  | { readonly type: "link"; readonly link: State["link"] }
  | { readonly type: "linkRefused"; readonly error: WireError }
  /** The server believes a newer token. */
  | { readonly type: "identified" }
  /** The person made one edit; it gets the next number. */
  | { readonly type: "edited"; readonly update: Uint8Array }
  /** The person's cursor or name changed. */
  | { readonly type: "moved" }
  | {
      readonly type: "joined";
      readonly ticket: number;
      readonly answer: JoinAnswer;
      /** Edits of the answer's person kept on this device under its epoch. */
      readonly kept: number;
      /** The server lacks something this document holds. */
      readonly lacks: boolean;
    }
  | { readonly type: "synced"; readonly ticket: number; readonly answer: SyncAnswer }
  | { readonly type: "acknowledged"; readonly ticket: number }
  | { readonly type: "failed"; readonly ticket: number; readonly error: WireError }
  | { readonly type: "update"; readonly update: Uint8Array }
  | { readonly type: "presence"; readonly update: Uint8Array }
  | { readonly type: "syncRequired"; readonly stateVector: Uint8Array }
  | { readonly type: "userJoined"; readonly user: User }
  | { readonly type: "userLeft"; readonly user: User }
  | { readonly type: "role"; readonly role: Role | null }
  | { readonly type: "revoked"; readonly error: WireError }
  | { readonly type: "storage"; readonly available: boolean }
  | { readonly type: "deleted" }
  | { readonly type: "replaced" }
  /** The timer of a `flush` effect rang. */
  | { readonly type: "flush" }
  /** The timer of a `wait` effect rang. */
  | { readonly type: "waited" }
  /** Nothing was heard from the server for a while. */
  | { readonly type: "quiet" }
  /** Somebody asked to try again. */
  | { readonly type: "retry" };

export type Effect =
  | { readonly type: "join"; readonly ticket: number }
  | { readonly type: "sync"; readonly ticket: number }
  /** Send the edits numbered `from` to `through` as one update. */
  | {
      readonly type: "send";
      readonly ticket: number;
      readonly from: number;
      readonly through: number;
    }
  /** Send what a replica with this state vector lacks. */
  | { readonly type: "sendMissing"; readonly ticket: number; readonly stateVector: Uint8Array }
  | { readonly type: "sendPresence" }
  | { readonly type: "apply"; readonly update: Uint8Array }
  | { readonly type: "applyPresence"; readonly update: Uint8Array }
  /** Tell the server that we are not in the document. */
  | { readonly type: "leave" }
  /** Take over the person's edits kept under this epoch; the first gets the number `first`. */
  | {
      readonly type: "adopt";
      readonly epoch: number;
      readonly person: string;
      readonly first: number;
    }
  /** Nobody else can be seen any more. */
  | { readonly type: "forgetOthers" }
  /** Edits up to `through` are durable on the server. */
  | { readonly type: "settled"; readonly through: number }
  | { readonly type: "flush"; readonly afterMs: number }
  | { readonly type: "wait"; readonly forMs: number }
  | { readonly type: "reconnect" };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}
