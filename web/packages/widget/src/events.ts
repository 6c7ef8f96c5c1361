/** What the element tells its page. */

import type { Role, SaveState, Status, User } from "@collab/client";

/** The text can be read and, as far as the role goes, written. */
export interface ReadyDetail {
  readonly document: string;
  readonly role: Role;
  readonly user: User;
}

/** How the connection stands, and what has become of the person's edits. */
export interface StatusDetail {
  readonly status: Status;
  readonly saveState: SaveState["kind"];
  /** How many edits the server has not acknowledged as durable. */
  readonly unsaved: number;
}

/** The people in the document, as the server knows them. */
export interface PresenceDetail {
  readonly users: readonly User[];
}

/** The text changed; `local`: in this page, by this element or one on the same document. */
export interface ChangeDetail {
  readonly origin: "local" | "remote";
}

/** The codes of the server, and those of the element itself. */
export interface ErrorDetail {
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

/** The element's own events, for `addEventListener`. */
export interface CollabEditorEventMap {
  ready: CustomEvent<ReadyDetail>;
  status: CustomEvent<StatusDetail>;
  /** Every edit of this person here is durable on the server. */
  saved: CustomEvent<Record<string, never>>;
  presence: CustomEvent<PresenceDetail>;
  change: CustomEvent<ChangeDetail>;
  /** Does not bubble, as errors of elements do not. */
  error: CustomEvent<ErrorDetail>;
}

export type EventName = keyof CollabEditorEventMap;

/** Every event, as the manifest lists them. */
export const EVENTS: readonly EventName[] = [
  "ready",
  "status",
  "saved",
  "presence",
  "change",
  "error",
];

/** Return a new event of the element. */
export function eventOf<E extends EventName>(
  name: E,
  detail: CollabEditorEventMap[E]["detail"],
): CustomEvent {
  const isLoud = name !== "error";
  return new CustomEvent(name, { detail, bubbles: isLoud, composed: isLoud });
}
