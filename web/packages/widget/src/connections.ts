/**
 * Connections and documents, shared by all elements of a page that want the same: one socket for each
 * server and person, one provider for each document on it. What nobody holds any more is let go.
 */

import { CollabProvider, Credentials, SocketConnection, type TokenProvider } from "@collab/client";

/** Who connects where. */
export interface Identity {
  /** The server's origin. */
  readonly server: string;
  readonly token: string | null;
  readonly tokenProvider: TokenProvider | null;
  readonly link: string | null;
  readonly name: string | null;
  readonly color: string | null;
}

/** One element's hold on one document. */
export interface Lease {
  readonly provider: CollabProvider;
  readonly credentials: Credentials;
  /** The server's origin. */
  readonly server: string;
  /** What identifies a guest over plain HTTP. */
  headers(): Readonly<Record<string, string>>;
  /** Be this from now on. If the connection cannot follow, `moved` of this lease is called. */
  want(identity: Identity): void;
  /** This provider is of no more use: everybody who holds it is told to open the document anew. */
  discard(): void;
  release(): void;
}

/** One document on a connection. */
class Room {
  readonly provider: CollabProvider;
  readonly leases = new Set<Hold>();
  readonly #leave: (() => void)[];

  constructor(provider: CollabProvider) {
    this.provider = provider;
    this.#leave = [
      provider.on("synced", () => this.#introduce()),
      provider.on("users", () => this.#introduce()),
    ];
  }

  close(): void {
    for (const leave of this.#leave) leave();
    this.provider.destroy();
    this.provider.awareness.destroy();
    this.provider.doc.destroy();
  }

  /** Others see us under the name that the server knows us by. */
  #introduce(): void {
    const { user, awareness } = this.provider;
    if (!user) return;
    const shown = awareness.getLocalState()?.["user"] as Partial<typeof user> | undefined;
    const isShown = shown?.id === user.id && shown.name === user.name && shown.color === user.color;
    if (isShown) return;
    awareness.setLocalStateField("user", { id: user.id, name: user.name, color: user.color });
  }
}

/** One socket, and who is on it. */
class Shared {
  identity: Identity;
  readonly credentials: Credentials;
  readonly connection: SocketConnection;
  readonly rooms = new Set<Room>();
  /** A guest's id lasts as long as the connection: nothing is stored. */
  readonly #guest = randomId();

  constructor(identity: Identity) {
    this.identity = identity;
    const { server, token, tokenProvider, link } = identity;
    this.credentials = new Credentials({
      ...(token && { token }),
      // The page may come with another function later.
      ...(tokenProvider && { tokenProvider: () => this.identity.tokenProvider?.() }),
      ...(link && { link }),
    });
    this.connection = new SocketConnection(server, {
      auth: this.#auth(),
      credentials: this.credentials,
    });
  }

  /** Every lease on this connection. */
  leases(): Hold[] {
    return [...this.rooms].flatMap((room) => [...room.leases]);
  }

  room(document: string): Room {
    const known = [...this.rooms].find((room) => room.provider.document === document);
    if (known) return known;
    const { connection } = this;
    const { server } = this.identity;
    const room = new Room(new CollabProvider({ document, connection, server }));
    this.rooms.add(room);
    return room;
  }

  /** Become `next`, which differs only in what a live connection can change. */
  become(next: Identity): void {
    const before = this.identity;
    this.identity = next;
    if (next.name !== before.name || next.color !== before.color) {
      this.connection.identify(this.#auth());
    }
    if (next.token && next.token !== before.token) this.connection.setToken(next.token);
  }

  headers(): Readonly<Record<string, string>> {
    const { name } = this.identity;
    return {
      "collab-guest-id": this.#guest,
      ...(name && { "collab-guest-name": encodeURIComponent(name) }),
    };
  }

  #auth() {
    const { name, color } = this.identity;
    return { id: this.#guest, ...(name && { name }), ...(color && { color }) };
  }
}

class Hold implements Lease {
  readonly shared: Shared;
  readonly room: Room;
  readonly moved: () => void;
  readonly #home: Connections;
  wanted: Identity;

  constructor(home: Connections, shared: Shared, room: Room, moved: () => void) {
    this.#home = home;
    this.shared = shared;
    this.room = room;
    this.moved = moved;
    this.wanted = shared.identity;
    room.leases.add(this);
  }

  get provider(): CollabProvider {
    return this.room.provider;
  }

  get credentials(): Credentials {
    return this.shared.credentials;
  }

  get server(): string {
    return this.shared.identity.server;
  }

  headers(): Readonly<Record<string, string>> {
    return this.shared.headers();
  }

  want(identity: Identity): void {
    this.wanted = identity;
    // Whoever shares the connection may be told the same in this very moment.
    queueMicrotask(() => this.#home.settle(this.shared));
  }

  discard(): void {
    const leases = [...this.room.leases];
    this.#home.drop(this.shared, this.room);
    for (const lease of leases) lease.moved();
  }

  release(): void {
    this.room.leases.delete(this);
    // Whoever opens the same document in this very moment takes over.
    queueMicrotask(() => this.#home.prune(this.shared));
  }
}

/** All connections of a page. */
export class Connections {
  readonly #shared = new Set<Shared>();

  /** How many sockets there are. */
  get size(): number {
    return this.#shared.size;
  }

  /** Hold `document` as `identity`. `moved` is called when it must be asked for anew. */
  lease(identity: Identity, document: string, moved: () => void): Lease {
    const shared = [...this.#shared].find((one) => serves(one, identity)) ?? new Shared(identity);
    this.#shared.add(shared);
    return new Hold(this, shared, shared.room(document), moved);
  }

  /** Let a connection become what its elements want; those who differ have to move. */
  settle(shared: Shared): void {
    const leases = shared.leases();
    const first = leases[0];
    if (!first) return;
    const isOne = leases.every((lease) => isSame(lease.wanted, first.wanted));
    if (isOne && isReachable(shared.identity, first.wanted)) {
      if (!isSame(shared.identity, first.wanted)) shared.become(first.wanted);
      return;
    }
    for (const lease of leases) {
      if (!isSame(lease.wanted, shared.identity)) lease.moved();
    }
  }

  /** Let go of what nobody holds. */
  prune(shared: Shared): void {
    for (const room of shared.rooms) {
      if (room.leases.size === 0) this.drop(shared, room);
    }
  }

  /** Close a document; the connection ends with its last one. */
  drop(shared: Shared, room: Room): void {
    if (!shared.rooms.delete(room)) return;
    room.close();
    if (shared.rooms.size === 0) this.#shared.delete(shared);
  }
}

function serves({ identity, credentials }: Shared, wanted: Identity): boolean {
  if (isSame(identity, wanted)) return true;
  // It may have a newer token by now than it was opened with.
  const token = credentials.token ?? null;
  return wanted.token !== null && isSame({ ...identity, token }, wanted);
}

function isSame(a: Identity, b: Identity): boolean {
  return (
    a.server === b.server &&
    a.token === b.token &&
    a.tokenProvider === b.tokenProvider &&
    a.link === b.link &&
    a.name === b.name &&
    a.color === b.color
  );
}

/** Return whether a live connection of `now` can become `next`: it is the same person there. */
function isReachable(now: Identity, next: Identity): boolean {
  return (
    now.server === next.server &&
    now.link === next.link &&
    (now.tokenProvider === null) === (next.tokenProvider === null) &&
    isSamePerson(now.token, next.token)
  );
}

function isSamePerson(now: string | null, next: string | null): boolean {
  if (now === next) return true;
  // Without a token there is no going back to being a guest, and a guest's edits are nobody's.
  if (!next) return false;
  const [before, after] = [now && subjectOf(now), subjectOf(next)];
  return before === null || after === null || before === after;
}

/** Return whom a JWT speaks of; null if it does not say. */
function subjectOf(token: string): string | null {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { sub } = JSON.parse(atob(payload)) as { sub?: unknown };
    return typeof sub === "string" ? sub : null;
  } catch {
    return null;
  }
}

/** 24 characters of A-Z a-z 0-9 _ - : 144 random bits. */
function randomId(): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return [...bytes].map((byte) => alphabet.charAt(byte & 63)).join("");
}

/** The connections of this page. */
export const connections = new Connections();
