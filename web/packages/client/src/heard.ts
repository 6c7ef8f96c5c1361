/** What the server's events and answers mean for a session. */

import type { Input } from "./steps.ts";
import type { ServerEvents } from "./wire.ts";

/** Server events that change a session; those about the history are only passed on. */
export type SessionEvent = Exclude<keyof ServerEvents, "versionCreated" | "versionRestored">;

/** What a session is told of each event. */
export const INPUT_OF: { [E in SessionEvent]: (payload: ServerEvents[E]) => Input } = {
  update: ({ update }) => ({ type: "update", update: new Uint8Array(update) }),
  awareness: ({ update }) => ({ type: "presence", update: new Uint8Array(update) }),
  userJoined: ({ user }) => ({ type: "userJoined", user }),
  userLeft: ({ user }) => ({ type: "userLeft", user }),
  syncRequired: ({ stateVector }) => ({
    type: "syncRequired",
    stateVector: new Uint8Array(stateVector),
  }),
  roleChanged: ({ role }) => ({ type: "role", role }),
  accessRevoked: ({ code, message }) => ({ type: "revoked", error: { code, message } }),
  storage: ({ available }) => ({ type: "storage", available }),
  documentDeleted: () => ({ type: "deleted" }),
  documentReset: () => ({ type: "replaced" }),
};

/** Binary arrives as ArrayBuffer in browsers and as Buffer in Node. */
export function bytesOf(answer: { update: Uint8Array; stateVector: Uint8Array }) {
  return {
    update: new Uint8Array(answer.update),
    stateVector: new Uint8Array(answer.stateVector),
  };
}
