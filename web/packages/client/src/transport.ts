/** A connection to the server, shared by any number of documents. */

import { io, type Socket } from "socket.io-client";
import type { Link } from "./state.ts";
import type { Answer, Auth, ClientEvents, ServerEvents, WireError } from "./wire.ts";
import { SERVER_EVENTS } from "./wire.ts";

/** What a provider hears from its connection. */
export interface ConnectionListener {
  link(link: Link): void;
  /** The server will not have this connection at all. */
  refused(error: WireError): void;
  event<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void;
}

/** The seam between the providers and the network. */
export interface Connection {
  /** Hear everything from now on; the present link is told at once. Returns the way out. */
  listen(listener: ConnectionListener): () => void;
  /** Send an event. An answer that the connection did not live to see never comes. */
  send<E extends keyof ClientEvents>(
    event: E,
    request: ClientEvents[E]["request"],
    answered?: (answer: Answer<ClientEvents[E]["answer"]>) => void,
  ): void;
  /** Drop the connection and make a new one at once. */
  reconnect(): void;
  /** Be somebody else from now on; reconnects if that is needed. */
  identify(auth: Auth): void;
}

export interface ConnectionOptions {
  readonly auth?: Auth;
  readonly transports?: readonly ("websocket" | "polling")[];
  /** Socket.IO path of the server. */
  readonly path?: string;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 4_000;
/** A connection that lived this long was a good one: the next delay starts small again. */
const GOOD_AFTER_MS = 5_000;
const REFUSED: ReadonlySet<string> = new Set(["unauthenticated", "token_expired", "forbidden"]);

/** Return how long to wait before reconnecting, given the failures in a row; `random` in [0, 1). */
export function reconnectDelay(failures: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 1.7 ** failures);
  return longest * (0.5 + random / 2);
}

/** A connection over Socket.IO: WebSocket, or long-polling where that is blocked. */
export class SocketConnection implements Connection {
  readonly #socket: Socket;
  readonly #listeners = new Set<ConnectionListener>();
  #link: Link = "connecting";
  #auth: Auth;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #notBefore = 0;
  #connectedAt = 0;
  #stop: () => void = () => {};

  constructor(url: string, options: ConnectionOptions = {}) {
    this.#auth = options.auth ?? {};
    this.#socket = io(url, {
      path: options.path ?? "/socket.io/",
      transports: [...(options.transports ?? ["websocket", "polling"])],
      tryAllTransports: true,
      forceNew: true,
      autoConnect: false,
      // Ours waits until the browser is online and starts at once when it is.
      reconnection: false,
      auth: (give) => give(this.#auth),
    });
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#lost());
    this.#socket.on("connect_error", (error) => this.#refusedOrLost(error));
    this.#socket.on("serverDraining", (news: { reconnectAfterMs?: number }) => {
      this.#notBefore = Date.now() + (news.reconnectAfterMs ?? 0);
    });
    for (const event of SERVER_EVENTS) {
      this.#socket.on(event, (payload) => {
        for (const listener of [...this.#listeners]) listener.event(event, payload);
      });
    }
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    listener.link(this.#link);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  send<E extends keyof ClientEvents>(
    event: E,
    request: ClientEvents[E]["request"],
    answered?: (answer: Answer<ClientEvents[E]["answer"]>) => void,
  ): void {
    if (!this.#socket.connected) return;
    if (answered) this.#socket.emit(event, request, answered);
    else this.#socket.emit(event, request);
  }

  reconnect(): void {
    this.#drop();
    this.#connect();
  }

  identify(auth: Auth): void {
    this.#auth = auth;
    if (this.#link === "up") this.reconnect();
  }

  #start(): void {
    const offline = () => this.#drop();
    const online = () => this.#wake();
    const visible = () => {
      if (globalThis.document?.visibilityState === "visible") this.#wake();
    };
    globalThis.addEventListener?.("offline", offline);
    globalThis.addEventListener?.("online", online);
    globalThis.document?.addEventListener("visibilitychange", visible);
    this.#stop = () => {
      globalThis.removeEventListener?.("offline", offline);
      globalThis.removeEventListener?.("online", online);
      globalThis.document?.removeEventListener("visibilitychange", visible);
    };
    this.#connect();
  }

  #end(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#socket.disconnect();
    this.#link = "connecting";
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size > 0 && !this.#socket.active) this.#socket.connect();
  }

  /** Do not wait any longer for the next try. */
  #wake(): void {
    if (this.#link !== "up" && Date.now() >= this.#notBefore) this.#connect();
  }

  /** The browser says the network is gone, or nothing is heard: the socket may not know yet. */
  #drop(): void {
    this.#rest();
    this.#tell("down");
  }

  #connected(): void {
    this.#connectedAt = Date.now();
    this.#notBefore = 0;
    this.#tell("up");
  }

  #lost(): void {
    this.#rest();
    if (Date.now() - this.#connectedAt > GOOD_AFTER_MS) this.#failures = 0;
    this.#tell("down");
    this.#later();
  }

  #refusedOrLost(error: Error): void {
    this.#rest();
    const refusal = refusalOf(error);
    this.#tell("down");
    if (refusal) {
      for (const listener of [...this.#listeners]) listener.refused(refusal);
    } else {
      this.#later();
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    const untilReady = Math.max(0, this.#notBefore - Date.now());
    const delay = untilReady + reconnectDelay(this.#failures, Math.random());
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /** A failed socket waits for its manager, which does not reconnect: take it back. */
  #rest(): void {
    if (this.#socket.active) this.#socket.disconnect();
  }

  #tell(link: Link): void {
    if (link === this.#link) return;
    this.#link = link;
    for (const listener of [...this.#listeners]) listener.link(link);
  }
}

/** Return the refusal a failed connection attempt tells of, if the server answered with one. */
function refusalOf(error: Error): WireError | undefined {
  const data = (error as { data?: unknown }).data;
  if (typeof data !== "object" || data === null) return undefined;
  const code = (data as { code?: unknown }).code;
  if (typeof code !== "string" || !REFUSED.has(code)) return undefined;
  return { code, message: error.message } as WireError;
}
