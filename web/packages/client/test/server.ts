/** A server of the wire protocol in memory, and the networks that reach it: the injected transport. */

import * as Y from "yjs";
import type { EditStore, Edits, KeptEdits } from "../src/keeper.ts";
import type { Link } from "../src/state.ts";
import type { Connection, ConnectionListener } from "../src/transport.ts";
import type { Answer, ClientEvents, Role, ServerEvents, User, WireError } from "../src/wire.ts";

type AnyAnswer = Answer<object>;
type Request = { document: string; update?: Uint8Array; stateVector?: Uint8Array };

/** Commits when told to (or at once), and can refuse. */
export class FakeServer {
  readonly doc = new Y.Doc();
  readonly people = new Set<FakeConnection>();
  /** What a restart of the server would find. */
  readonly durable = new Y.Doc();
  epoch = 1;
  role: Role = "editor";
  sequence = 0;
  /** While false, acknowledgements wait as if the database were away. */
  available = true;
  /** Asked before each request; an error is answered instead. */
  refuse: (event: string, request: Request) => WireError | null = () => null;
  #waiting: (() => void)[] = [];

  handle(from: FakeConnection, event: string, request: Request, answered: (a: AnyAnswer) => void) {
    const refusal = this.refuse(event, request);
    if (refusal) return answered({ ok: false, error: refusal });
    if (event === "joinDocument") return answered(this.#join(from, request));
    if (event === "syncDocument") return answered({ ok: true, ...this.#diff(request) });
    if (event === "update") return this.#update(from, request, answered);
    if (event === "leaveDocument") this.people.delete(from);
    answered({ ok: true });
  }

  tell<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void {
    for (const one of this.people) one.hear(event, payload);
  }

  /** The database comes back. */
  recover(): void {
    this.available = true;
    for (const commit of this.#waiting.splice(0)) commit();
  }

  #join(from: FakeConnection, request: Request): AnyAnswer {
    this.people.add(from);
    const user: User = { id: from.name, name: from.name, color: "#123456", role: this.role };
    const answer = {
      role: this.role,
      user,
      users: [user],
      awareness: new Uint8Array([0]),
      sequence: this.sequence,
      epoch: this.epoch,
      ...this.#diff(request),
    };
    return { ok: true, ...answer };
  }

  #diff(request: Request) {
    return {
      update: Y.encodeStateAsUpdate(this.doc, request.stateVector),
      stateVector: Y.encodeStateVector(this.doc),
    };
  }

  #update(from: FakeConnection, request: Request, answered: (a: AnyAnswer) => void): void {
    const update = request.update as Uint8Array;
    Y.applyUpdate(this.doc, update);
    for (const one of this.people) {
      if (one !== from) one.hear("update", { document: request.document, update });
    }
    const commit = () => {
      Y.applyUpdate(this.durable, update);
      this.sequence += 1;
      answered({ ok: true, sequence: this.sequence } as AnyAnswer);
    };
    if (this.available) commit();
    else this.#waiting.push(commit);
  }
}

/** A network that delivers in order, one step at a time, and loses everything when it breaks. */
export class FakeConnection implements Connection {
  /** Who the token names; another token may name somebody else. */
  name: string;
  readonly #server: FakeServer;
  #listener: ConnectionListener | null = null;
  #link: Link = "connecting";
  #wire: (() => void)[] = [];
  sent: string[] = [];
  tokens: string[] = [];
  reconnects = 0;

  constructor(server: FakeServer, name = "ann") {
    this.#server = server;
    this.name = name;
  }

  listen(listener: ConnectionListener): () => void {
    this.#listener = listener;
    listener.link(this.#link);
    return () => {
      this.#listener = null;
    };
  }

  send<E extends keyof ClientEvents>(
    event: E,
    request: ClientEvents[E]["request"],
    answered?: (answer: Answer<ClientEvents[E]["answer"]>) => void,
  ): void {
    if (this.#link !== "up") return;
    this.sent.push(event);
    this.#later(() => {
      const back = (answer: AnyAnswer) =>
        this.#later(() => answered?.(answer as Answer<ClientEvents[E]["answer"]>));
      this.#server.handle(this, event, request as Request, this.#alive(back));
    });
  }

  hear<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void {
    this.#later(() => this.#listener?.event(event, payload));
  }

  reconnect(): void {
    this.reconnects += 1;
    this.down();
    this.up();
  }

  identify(): void {}

  setToken(token: string): void {
    this.tokens.push(token);
  }

  /** The server, or the connection itself, says something about this connection. */
  get ear(): ConnectionListener | null {
    return this.#listener;
  }

  up(): void {
    this.#link = "up";
    this.#listener?.link("up");
  }

  down(): void {
    this.#wire = [];
    this.#server.people.delete(this);
    this.#link = "down";
    this.#listener?.link("down");
  }

  /** Deliver the oldest frame; returns whether there was one. */
  step(): boolean {
    const next = this.#wire.shift();
    next?.();
    return next !== undefined;
  }

  run(): void {
    while (this.step());
  }

  #later(frame: () => void): void {
    this.#wire.push(frame);
  }

  /** An answer reaches only the connection that asked. */
  #alive(answered: (answer: AnyAnswer) => void): (answer: AnyAnswer) => void {
    const wire = this.#wire;
    return (answer) => {
      if (wire === this.#wire) answered(answer);
    };
  }
}

/** What a browser keeps, without the browser. */
export class MemoryStore implements EditStore {
  readonly rows = new Map<number, Edits & { scope: string }>();
  #next = 1;

  async load(scope: string): Promise<readonly KeptEdits[]> {
    return [...this.rows].filter(([, r]) => r.scope === scope).map(([key, r]) => ({ key, ...r }));
  }

  async keep(scope: string, edits: Edits): Promise<number> {
    this.rows.set(this.#next, { scope, ...edits });
    this.#next += 1;
    return this.#next - 1;
  }

  async forget(keys: readonly number[]): Promise<void> {
    for (const key of keys) this.rows.delete(key);
  }
}
