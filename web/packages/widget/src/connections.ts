/**
 * Connections and documents, shared by all elements of a page that want the same: one socket for each
 * server and person, one provider for each document on it. What nobody holds any more is let go.
 */

import {
  CollabProvider,
  Credentials,
  isSamePerson,
  type SaveState,
  SocketConnection,
  type TokenProvider,
} from "@collab/client";

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

  /** `changed` is called when something else is to be said about the person's edits. */
  constructor(provider: CollabProvider, changed: () => void) {
    this.provider = provider;
    this.#leave = [
      provider.on("synced", () => this.#introduce()),
      provider.on("users", () => this.#introduce()),
      provider.on("saveState", changed),
    ];
  }

  /** Whether edits are on their way, or wait for it and are nowhere but in this page. */
  get isOwing(): boolean {
    const { saveState, keepsEdits } = this.provider;
    const { kind, unsaved } = saveState;
    const mayGo = kind === "storage-away" || isAway(kind);
    return unsaved > 0 && (kind === "saving" || (mayGo && !keepsEdits));
  }

  /** Whether the document can be opened anew without anything being missed meanwhile. */
  get isFree(): boolean {
    const { saveState, loaded } = this.provider;
    return !loaded || (saveState.unsaved === 0 && !isAway(saveState.kind));
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
  /** All tokens and functions it has had: who has not heard of the latest yet shares it, too. */
  readonly #known: Set<unknown>;
  /** Who is asked for tokens, or is about to be. */
  #asked: TokenProvider | null;

  constructor(identity: Identity) {
    this.identity = identity;
    const { server, token, tokenProvider, link } = identity;
    this.#known = new Set([token, tokenProvider]);
    this.#asked = tokenProvider;
    this.credentials = new Credentials({
      ...(token && { token }),
      ...(tokenProvider && { tokenProvider }),
      ...(link && { link }),
    });
    this.connection = new SocketConnection(server, {
      auth: this.#auth(),
      credentials: this.credentials,
    });
  }

  /** Every lease on this connection. */
  get leases(): Hold[] {
    return [...this.rooms].flatMap((room) => [...room.leases]);
  }

  room(document: string, changed: () => void): Room {
    const known = [...this.rooms].find((room) => room.provider.document === document);
    if (known) return known;
    const { connection } = this;
    const { server } = this.identity;
    const room = new Room(new CollabProvider({ document, connection, server }), changed);
    this.rooms.add(room);
    return room;
  }

  /** Return whether it is what `wanted` asks for, or what has become of that. */
  serves(wanted: Identity): boolean {
    const { token, tokenProvider } = wanted;
    const isToken = this.#known.has(token) || (token && token === this.credentials.token);
    return isAlike(this.identity, wanted) && !!isToken && this.#known.has(tokenProvider);
  }

  /** Become `next`, as far as that differs from `before`. */
  become(next: Identity, before: Identity): void {
    const { name, color } = this.identity;
    this.identity = next;
    if (next.name !== name || next.color !== color) this.connection.identify(this.#auth());
    if (next.token && next.token !== before.token) {
      this.#known.add(next.token);
      this.connection.setToken(next.token);
    }
    const { tokenProvider } = next;
    if (tokenProvider && tokenProvider !== before.tokenProvider) void this.#ask(tokenProvider);
  }

  /** Ask for tokens there from now on. Whose they are is known then. */
  async #ask(provider: TokenProvider): Promise<void> {
    const before = this.#asked;
    if (provider === before) return;
    this.#asked = provider;
    if (await this.credentials.turnTo(provider)) {
      this.#known.add(provider);
      return;
    }
    this.#asked = before;
    for (const lease of this.leases) {
      if (lease.wanted.tokenProvider === provider) lease.moved();
    }
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
  /** What it wanted when that was last seen to. */
  had: Identity;

  constructor(home: Connections, shared: Shared, room: Room, wanted: Identity, moved: () => void) {
    this.#home = home;
    this.shared = shared;
    this.room = room;
    this.moved = moved;
    this.wanted = wanted;
    this.had = wanted;
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
    this.#home.soon(this.shared);
  }

  discard(): void {
    const leases = [...this.room.leases];
    this.#home.drop(this.shared, this.room);
    for (const lease of leases) lease.moved();
  }

  release(): void {
    this.room.leases.delete(this);
    // Whoever opens the same document in this very moment takes over.
    this.#home.soon(this.shared);
  }

  /** Let the connection become what is wanted; if it cannot, move as soon as nothing is missed. */
  settle(): void {
    const { shared, wanted, had } = this;
    if (isSame(wanted, had)) return;
    const isElse = isSomebodyElse(shared.credentials, wanted, had);
    const isOne = shared.leases.every((lease) => isAlike(lease.wanted, wanted));
    const canFollow = isOne && wanted.server === had.server && wanted.link === had.link;
    if (!isElse && canFollow) shared.become(wanted, had);
    else if (isElse || this.room.isFree) this.moved();
    else return;
    this.had = wanted;
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
    const shared = [...this.#shared].find((one) => one.serves(identity)) ?? new Shared(identity);
    this.#shared.add(shared);
    const room = shared.room(document, () => this.soon(shared));
    return new Hold(this, shared, room, identity, moved);
  }

  /** Look after a connection once all changes of this moment are known. */
  soon(shared: Shared): void {
    queueMicrotask(() => {
      for (const room of shared.rooms) {
        if (room.leases.size === 0 && !room.isOwing) this.drop(shared, room);
      }
      for (const lease of shared.leases) lease.settle();
    });
  }

  /** Close a document; the connection ends with its last one. */
  drop(shared: Shared, room: Room): void {
    if (!shared.rooms.delete(room)) return;
    room.close();
    if (shared.rooms.size === 0) this.#shared.delete(shared);
  }
}

function isAway(kind: SaveState["kind"]): boolean {
  return kind === "offline" || kind === "connecting";
}

function isSame(a: Identity, b: Identity): boolean {
  return isAlike(a, b) && a.token === b.token && a.tokenProvider === b.tokenProvider;
}

/** Return whether two agree on everything but what proves who they are. */
function isAlike(a: Identity, b: Identity): boolean {
  return (
    a.server === b.server &&
    a.link === b.link &&
    a.name === b.name &&
    a.color === b.color &&
    isGuest(a) === isGuest(b)
  );
}

function isGuest({ token, tokenProvider }: Identity): boolean {
  return !token && !tokenProvider;
}

/** Return whether who wants `next` is another person than who has `before`, as far as the page says. */
function isSomebodyElse({ token }: Credentials, next: Identity, before: Identity): boolean {
  // Without a token there is no going back to being a guest.
  if (isGuest(next)) return !isGuest(before);
  return !!next.token && next.token !== before.token && !isSamePerson(token, next.token);
}

/** 24 characters of A-Z a-z 0-9 _ - : 144 random bits. */
function randomId(): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return [...bytes].map((byte) => alphabet.charAt(byte & 63)).join("");
}

/** The connections of this page. */
export const connections = new Connections();
