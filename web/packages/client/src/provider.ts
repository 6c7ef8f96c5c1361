/** A Yjs document kept in step with a server, and the truth about what is saved. */

import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from "y-protocols/awareness";
import * as Y from "yjs";
import type { CredentialOptions } from "./credentials.ts";
import { Emitter } from "./events.ts";
import { bytesOf, INPUT_OF, type SessionEvent } from "./heard.ts";
import { type EditStore, IndexedDbStore } from "./keeper.ts";
import { step } from "./machine.ts";
import { Outbox } from "./outbox.ts";
import { sameError } from "./refusals.ts";
import { takeSeat } from "./seats.ts";
import {
  INITIAL,
  isEditable,
  isLoaded,
  type SaveState,
  type State,
  type Status,
  saveStateOf,
  statusOf,
  unsavedChanges,
} from "./state.ts";
import type { Effect, Input } from "./steps.ts";
import { type Connection, SocketConnection } from "./transport.ts";
import { lacksInsertions } from "./vectors.ts";
import type { Answer, Auth, Role, ServerEvents, User, WireError } from "./wire.ts";

/** With something unacknowledged and nothing heard this long, the connection is tested. */
const QUIET_MS = 6_000;

export interface ProviderEvents {
  status: Status;
  /** The document holds everything the server had when we came in. */
  synced: boolean;
  /** Every edit is acknowledged as durable. */
  saved: undefined;
  /** Any change of what the person should be told about their edits. */
  saveState: SaveState;
  storage: boolean;
  users: readonly User[];
  role: Role | null;
  /** Whether the person may type now. Edits made before are kept either way. */
  editable: boolean;
  /** The token ends then (RFC 3339), unless `setToken` brings a newer one. */
  tokenExpiring: string;
  error: WireError;
  /** A moment joined the history: its id. */
  versionCreated: string;
  /** The document says again what it said at this moment. */
  versionRestored: string;
}

/** `token`, `tokenProvider` and `link` count when no `connection` is given: it has its own. */
export interface ProviderOptions extends CredentialOptions {
  readonly document: string;
  /** The server's address, unless a `connection` is given. */
  readonly url?: string;
  /** A connection to share with other providers. */
  readonly connection?: Connection;
  readonly auth?: Auth;
  readonly doc?: Y.Doc;
  readonly awareness?: Awareness;
  /** Where unsaved edits outlive the page; null for nowhere. The browser's own database by default. */
  readonly store?: EditStore | null;
  /** Distinguishes servers in the store; the address by default. */
  readonly server?: string;
}

/** Joins one document. The decisions are in `machine.ts`; this carries them out. */
export class CollabProvider extends Emitter<ProviderEvents> {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  readonly document: string;
  readonly connection: Connection;
  readonly #outbox: Outbox;
  readonly #leave: (() => void)[] = [];
  #state: State = INITIAL;
  #inputs: Input[] = [];
  #stepping = false;
  #destroyed = false;
  #heard = false;
  #flushTimer: ReturnType<typeof setTimeout> | undefined;
  #waitTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ProviderOptions) {
    super();
    const url = options.url ?? globalThis.location?.origin ?? "";
    this.document = options.document;
    this.connection = options.connection ?? connectTo(url, options);
    this.#leave.push(takeSeat(this.connection, this.document));
    this.doc = options.doc ?? new Y.Doc();
    this.awareness = options.awareness ?? new Awareness(this.doc);
    const store = options.store === undefined ? new IndexedDbStore() : options.store;
    this.#outbox = new Outbox(store, `${options.server ?? url} ${this.document}`, () => {
      if (this.unsavedChanges > 0) this.emit("saveState", this.saveState);
    });
    if (!options.awareness) this.#leave.push(() => this.awareness.destroy());
    if (options.store === undefined) this.#leave.push(() => void this.#outbox.close());
    this.#watchDocument();
    void this.#outbox.load().then(() => this.#enter());
  }

  get status(): Status {
    return statusOf(this.#state);
  }

  get synced(): boolean {
    return this.#state.synced;
  }

  /** Whether the document has come once; with false there is nothing to show or to type into yet. */
  get loaded(): boolean {
    return isLoaded(this.#state);
  }

  get saveState(): SaveState {
    return saveStateOf(this.#state);
  }

  /** How many edits of this person the server has not acknowledged as durable. */
  get unsavedChanges(): number {
    return unsavedChanges(this.#state);
  }

  /** Whether every unsaved edit is on this device by now. */
  get allKept(): boolean {
    return this.#outbox.allKept;
  }

  /** Whether unsaved edits outlive this page. */
  get keepsEdits(): boolean {
    return this.#outbox.lasting;
  }

  get storageAvailable(): boolean {
    return this.#state.storageAvailable;
  }

  /** The people in the document. */
  get users(): readonly User[] {
    return this.#state.users;
  }

  /** Who the server says we are. */
  get user(): User | null {
    return this.#state.user;
  }

  get role(): Role | null {
    return this.#state.role;
  }

  /** Whether the person may type now: their role allows it, and the document is not refused. */
  get editable(): boolean {
    return isEditable(this.#state);
  }

  /** Go on with this token: in the live session, or by signing in again after it ended. */
  setToken(token: string): void {
    this.connection.setToken(token);
  }

  /** Try again what the server refused. */
  retry(): void {
    this.#take({ type: "retry" });
  }

  /** Leave the document. What can still be sent is; unsaved edits stay on this device. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#inputs.push({ type: "flush" });
    this.#work();
    void this.#outbox.write();
    this.#destroyed = true;
    removeAwarenessStates(this.awareness, [this.doc.clientID], "left");
    // Also while the answer to the join is on its way: others may share the connection.
    const { link, phase } = this.#state;
    if (link === "up" && phase !== "idle") this.#tellOfLeaving();
    for (const leave of this.#leave.reverse()) leave();
    clearTimeout(this.#flushTimer);
    clearTimeout(this.#waitTimer);
  }

  // --- what happens ---

  #watchDocument(): void {
    const edited = (update: Uint8Array, origin: unknown) => {
      if (origin === this) return;
      this.#take({ type: "edited", update });
    };
    const moved = (change: Record<"added" | "updated" | "removed", number[]>, origin: unknown) => {
      const ours = [...change.added, ...change.updated, ...change.removed];
      if (origin !== this && ours.includes(this.doc.clientID)) this.#take({ type: "moved" });
    };
    const hidden = () => {
      this.#take({ type: "flush" });
      void this.#outbox.write();
    };
    const quiet = setInterval(() => {
      if (!this.#heard) this.#take({ type: "quiet" });
      this.#heard = false;
    }, QUIET_MS);
    this.doc.on("update", edited);
    this.awareness.on("update", moved);
    globalThis.addEventListener?.("pagehide", hidden);
    this.#leave.push(
      () => this.doc.off("update", edited),
      () => this.awareness.off("update", moved),
      () => globalThis.removeEventListener?.("pagehide", hidden),
      () => clearInterval(quiet),
    );
  }

  #enter(): void {
    if (this.#destroyed) return;
    const leave = this.connection.listen({
      link: (link) => this.#take({ type: "link", link }),
      refused: (error) => this.#take({ type: "linkRefused", error }),
      identified: () => this.#take({ type: "identified" }),
      tokenExpiring: (expiresAt) => this.emit("tokenExpiring", expiresAt),
      event: (event, payload) => {
        if (payload.document === this.document) this.#hear(event, payload);
      },
    });
    this.#leave.push(leave);
  }

  #hear<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void {
    this.#heard = true;
    if (event === "versionCreated" || event === "versionRestored") {
      // The history is no part of the session's state: it is only passed on.
      this.emit(event, (payload as ServerEvents["versionCreated"]).version);
    } else {
      this.#take(INPUT_OF[event as SessionEvent](payload as never));
    }
  }

  /** Feed the machine; inputs caused by its own effects wait their turn. */
  #take(input: Input): void {
    if (this.#destroyed) return;
    this.#inputs.push(input);
    if (!this.#stepping) this.#work();
  }

  #work(): void {
    this.#stepping = true;
    try {
      for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) this.#step(next);
    } finally {
      this.#stepping = false;
    }
  }

  #step(input: Input): void {
    const before = this.#state;
    const { state, effects } = step(before, input);
    this.#state = state;
    const isUp = state.link === "up";
    if (input.type === "edited") this.#outbox.add(state.edited, input.update, isUp);
    if (before.link === "up" && !isUp) void this.#outbox.write();
    for (const effect of effects) this.#perform(effect);
    this.#announce(before, state);
  }

  #announce(before: State, after: State): void {
    if (before === after) return;
    if (statusOf(before) !== statusOf(after)) this.emit("status", statusOf(after));
    if (before.synced !== after.synced) this.emit("synced", after.synced);
    if (before.storageAvailable !== after.storageAvailable) {
      this.emit("storage", after.storageAvailable);
    }
    if (before.users !== after.users) this.emit("users", after.users);
    if (before.role !== after.role) this.emit("role", after.role);
    if (isEditable(before) !== isEditable(after)) this.emit("editable", isEditable(after));
    const error = after.refusal ?? after.rejected;
    if (error && !sameError(error, before.refusal ?? before.rejected)) this.emit("error", error);
    const said = saveStateOf(after);
    if (!sameSaveState(saveStateOf(before), said)) this.emit("saveState", said);
    const isSaved = unsavedChanges(after) === 0 && !after.refusal;
    if (unsavedChanges(before) > 0 && isSaved) this.emit("saved", undefined);
  }

  // --- what is to be done ---

  #perform<T extends Effect["type"]>(effect: Extract<Effect, { type: T }>): void {
    this.#performers[effect.type as T](effect);
  }

  readonly #performers: Performers = {
    join: ({ ticket }) => this.#join(ticket),
    sync: ({ ticket }) => this.#sync(ticket),
    send: ({ ticket, from, through }) => this.#send(ticket, this.#outbox.merged(from, through)),
    sendMissing: ({ ticket, stateVector }) =>
      this.#send(ticket, Y.encodeStateAsUpdate(this.doc, stateVector)),
    sendPresence: () => this.#sendPresence(),
    apply: ({ update }) => Y.applyUpdate(this.doc, update, this),
    applyPresence: ({ update }) => applyAwarenessUpdate(this.awareness, update, this),
    adopt: (effect) => this.#adopt(effect),
    leave: () => this.#tellOfLeaving(),
    forgetOthers: () => this.#forgetOthers(),
    settled: ({ through }) => this.#outbox.settle(through),
    flush: ({ afterMs }) => {
      this.#flushTimer = setTimeout(() => this.#take({ type: "flush" }), afterMs);
    },
    wait: ({ forMs }) => this.#wait(forMs),
    reconnect: () => this.connection.reconnect(),
  };

  #tellOfLeaving(): void {
    this.connection.send("leaveDocument", { document: this.document });
  }

  #join(ticket: number): void {
    // Others know us as gone; a higher clock makes them believe we are back.
    this.awareness.setLocalState(this.awareness.getLocalState());
    const request = {
      document: this.document,
      stateVector: Y.encodeStateVector(this.doc),
      clientId: this.doc.clientID,
      awareness: encodeAwarenessUpdate(this.awareness, [this.doc.clientID]),
    };
    this.connection.send("joinDocument", request, (answer) =>
      this.#answered(ticket, answer, (raw) => {
        const given = { ...raw, ...bytesOf(raw), awareness: new Uint8Array(raw.awareness) };
        const lacks = lacksInsertions(Y.encodeStateVector(this.doc), given.stateVector);
        const kept = this.#outbox.countOf(given.epoch, given.user.id);
        return { type: "joined", ticket, answer: given, kept, lacks };
      }),
    );
  }

  #sync(ticket: number): void {
    const request = { document: this.document, stateVector: Y.encodeStateVector(this.doc) };
    this.connection.send("syncDocument", request, (answer) =>
      this.#answered(ticket, answer, (raw) => ({ type: "synced", ticket, answer: bytesOf(raw) })),
    );
  }

  #send(ticket: number, update: Uint8Array): void {
    this.connection.send("update", { document: this.document, update }, (answer) =>
      this.#answered(ticket, answer, () => ({ type: "acknowledged", ticket })),
    );
  }

  #answered<T>(ticket: number, answer: Answer<T>, input: (answer: T) => Input): void {
    this.#heard = true;
    this.#take(answer.ok ? input(answer) : { type: "failed", ticket, error: answer.error });
  }

  #sendPresence(): void {
    const update = encodeAwarenessUpdate(this.awareness, [this.doc.clientID]);
    this.connection.send("awareness", { document: this.document, update });
  }

  #adopt({ epoch, person, first }: Extract<Effect, { type: "adopt" }>): void {
    const strays = this.#outbox.strayCountOf(epoch, person);
    const kept = this.#outbox.adopt(epoch, person, first);
    for (const update of kept) Y.applyUpdate(this.doc, update, this);
    if (strays > 0) this.emit("error", { code: "conflict", message: STRAYS });
  }

  #forgetOthers(): void {
    const others = [...this.awareness.getStates().keys()].filter((id) => id !== this.doc.clientID);
    removeAwarenessStates(this.awareness, others, this);
  }

  #wait(forMs: number): void {
    clearTimeout(this.#waitTimer);
    const spread = forMs * (0.75 + Math.random() / 2);
    this.#waitTimer = setTimeout(() => this.#take({ type: "waited" }), spread);
  }
}

type Performers = {
  readonly [T in Effect["type"]]: (effect: Extract<Effect, { type: T }>) => void;
};

const STRAYS =
  "This document was replaced while you were away. Your unsaved changes to the old one were not merged.";

function sameSaveState(a: SaveState, b: SaveState): boolean {
  return a.kind === b.kind && a.unsaved === b.unsaved;
}

function connectTo(url: string, options: ProviderOptions): Connection {
  const { auth, token, tokenProvider, link } = options;
  return new SocketConnection(url, {
    ...(auth && { auth }),
    ...(token && { token }),
    ...(tokenProvider && { tokenProvider }),
    ...(link && { link }),
  });
}
