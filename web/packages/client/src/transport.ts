/** A connection to the server, shared by any number of documents. */

import { io, type Socket } from "socket.io-client";
import { type CredentialOptions, Credentials } from "./credentials.ts";
import { TokenRefresh } from "./refresh.ts";
import type { Link } from "./state.ts";
import type {
  Answer,
  Auth,
  ClientEvents,
  ConnectionEvents,
  ErrorCode,
  ServerEvents,
  WireError,
} from "./wire.ts";
import { SERVER_EVENTS } from "./wire.ts";

/** What a provider hears from its connection. */
export interface ConnectionListener {
  link(link: Link): void;
  /** The server will not have this connection at all. */
  refused(error: WireError): void;
  /** The server believes a newer token: roles may be others now. */
  identified?(): void;
  /** The token ends then (RFC 3339), unless somebody has a newer one. */
  tokenExpiring?(expiresAt: string): void;
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
  /** Go on with this token; connects with it if we were refused. */
  setToken(token: string): void;
}

export interface ConnectionOptions extends CredentialOptions {
  readonly auth?: Auth;
  /** Shared with plain HTTP, instead of `token`, `tokenProvider` and `link`. */
  readonly credentials?: Credentials;
  readonly transports?: readonly ("websocket" | "polling")[];
  /** Socket.IO path of the server. */
  readonly path?: string;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 4_000;
/** A try that has led to nothing by then is told as being offline; it goes on. */
const SILENT_MS = 5_000;
/** A connection that lived this long was a good one: the next delay starts small again. */
const GOOD_AFTER_MS = 5_000;
const REFUSED: ReadonlySet<string> = new Set([
  "unauthenticated",
  "token_expired",
  "forbidden",
  "invalid_request",
]);
/** Another token may help. */
const SIGNED_OUT: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "token_expired"]);

/** Return how long to wait before reconnecting, given the failures in a row; `random` in [0, 1). */
export function reconnectDelay(failures: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 1.7 ** failures);
  return longest * (0.5 + random / 2);
}

/** A connection over Socket.IO: WebSocket, or long-polling where that is blocked. */
export class SocketConnection implements Connection {
  readonly credentials: Credentials;
  readonly #socket: Socket;
  readonly #refresh: TokenRefresh;
  readonly #listeners = new Set<ConnectionListener>();
  #link: Link = "connecting";
  #auth: Auth;
  /** What the server was told of us. */
  #said: Auth | undefined;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Rings when a try leads to nothing for too long. */
  #silence: ReturnType<typeof setTimeout> | undefined;
  #notBefore = 0;
  #connectedAt = 0;
  #stop: () => void = () => {};
  /** Numbers the tries to connect: who waits for a token may have been overtaken. */
  #try = 0;
  #asking = false;
  /** A newer token was asked for because of a refusal, and nothing came of it yet. */
  #renewed = false;
  #refusal: WireError | null = null;
  /** A token was set that the server has not seen. */
  #hasNews = false;

  constructor(url: string, options: ConnectionOptions = {}) {
    const { token, link, ...auth } = options.auth ?? {};
    this.#auth = auth;
    this.credentials = options.credentials ?? new Credentials(credentialsOf(options, token, link));
    this.#socket = io(url, {
      path: options.path ?? "/socket.io/",
      transports: [...(options.transports ?? ["websocket", "polling"])],
      tryAllTransports: true,
      forceNew: true,
      autoConnect: false,
      // Ours waits until the browser is online and starts at once when it is.
      reconnection: false,
      auth: (give) => give(this.#whoWeAre()),
    });
    this.#refresh = new TokenRefresh({
      credentials: this.credentials,
      send: (fresh, answered) => this.send("refreshToken", { token: fresh }, answered),
      believed: () => this.#each((listener) => listener.identified?.()),
      refused: () => this.reconnect(),
    });
    this.#socket.on("connect", () => this.#connected());
    this.#socket.on("disconnect", () => this.#lost());
    this.#socket.on("connect_error", (error) => this.#refusedOrLost(error));
    this.#on("serverDraining", ({ reconnectAfterMs }) => {
      this.#notBefore = Date.now() + (reconnectAfterMs ?? 0);
    });
    this.#on("sessionEnded", (ending) => {
      this.#refusal = ending;
    });
    this.#on("tokenExpiring", ({ expiresAt }) => {
      this.#each((listener) => listener.tokenExpiring?.(expiresAt));
      this.#refresh.soon(Date.parse(expiresAt) - Date.now());
    });
    for (const event of SERVER_EVENTS) {
      this.#socket.on(event, (payload) => this.#each((one) => one.event(event, payload)));
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
    this.#renewed = false;
    this.#connect();
  }

  identify(auth: Auth): void {
    const { token, link: _, ...rest } = auth;
    this.#auth = rest;
    if (token) this.credentials.set(token);
    else if (this.#link === "up") this.reconnect();
  }

  setToken(token: string): void {
    this.credentials.set(token);
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
    const deaf = this.credentials.listen((token) => this.#tokenSet(token));
    this.#stop = () => {
      deaf();
      globalThis.removeEventListener?.("offline", offline);
      globalThis.removeEventListener?.("online", online);
      globalThis.document?.removeEventListener("visibilitychange", visible);
    };
    this.#connect();
  }

  #end(): void {
    this.#stop();
    this.#refresh.stop();
    this.#try += 1;
    this.#asking = false;
    this.#socket.disconnect();
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#link = "connecting";
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0 || this.#socket.active || this.#asking) return;
    if (this.#link === "connecting") {
      this.#silence ??= setTimeout(() => this.#tell("down"), SILENT_MS);
    }
    this.#withToken(this.credentials.fresh(), () => this.#socket.connect());
  }

  /** Go on when the token is there; without one the try has failed. */
  #withToken(coming: Promise<string | undefined>, goOn: (token: string | undefined) => void): void {
    this.#try += 1;
    const mine = this.#try;
    this.#asking = true;
    const current = () => {
      if (mine !== this.#try) return false;
      this.#asking = false;
      return true;
    };
    const failed = () => {
      if (!current()) return;
      this.#tell("down");
      this.#later();
    };
    coming.then((token) => current() && goOn(token), failed);
  }

  #whoWeAre(): Auth {
    const { token, link } = this.credentials;
    this.#said = this.#auth;
    return { ...this.#auth, ...(token && { token }), ...(link && { link }) };
  }

  /** Do not wait any longer for the next try. */
  #wake(): void {
    const hopeless = this.#refusal !== null && !this.credentials.canRenew;
    if (this.#link === "up" || hopeless || Date.now() < this.#notBefore) return;
    this.#renewed = false;
    this.#connect();
  }

  /** The browser says the network is gone, or nothing is heard: the socket may not know yet. */
  #drop(): void {
    this.#try += 1;
    this.#asking = false;
    this.#rest();
    this.#tell("down");
  }

  #connected(): void {
    this.#connectedAt = Date.now();
    this.#notBefore = 0;
    this.#renewed = false;
    this.#refusal = null;
    // We may have become somebody else while this was under way.
    if (this.#said !== this.#auth) {
      this.reconnect();
      return;
    }
    this.#tell("up");
    if (!this.#hasNews) return;
    this.#hasNews = false;
    this.#each((listener) => listener.identified?.());
  }

  #lost(): void {
    this.#rest();
    this.#refresh.stop();
    if (Date.now() - this.#connectedAt > GOOD_AFTER_MS) this.#failures = 0;
    this.#tell("down");
    if (this.#refusal) this.#refused(this.#refusal);
    else this.#later();
  }

  #refusedOrLost(error: Error): void {
    this.#rest();
    const refusal = refusalOf(error);
    this.#tell("down");
    if (refusal) this.#refused(refusal);
    else this.#later();
  }

  /** The server wants another token, or will not have us at all. */
  #refused(refusal: WireError): void {
    this.#refusal = refusal;
    clearTimeout(this.#timer);
    const isSignedOut = SIGNED_OUT.has(refusal.code);
    if (isSignedOut) this.credentials.refuse();
    if (!isSignedOut || !this.credentials.canRenew || this.#renewed) {
      this.#each((listener) => listener.refused(refusal));
      return;
    }
    this.#renewed = true;
    this.#withToken(this.credentials.renew(), (token) => {
      if (token) this.#socket.connect();
      else this.#refused(refusal);
    });
  }

  #tokenSet(token: string): void {
    this.#hasNews = true;
    if (this.#link !== "up") this.reconnect();
    else if (token) this.#refresh.send(token);
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
    clearTimeout(this.#silence);
    if (link === this.#link) return;
    this.#link = link;
    this.#each((listener) => listener.link(link));
  }

  #each(tell: (listener: ConnectionListener) => void): void {
    for (const listener of [...this.#listeners]) tell(listener);
  }

  #on<E extends keyof ConnectionEvents>(event: E, heard: (payload: ConnectionEvents[E]) => void) {
    // The payload's type is the protocol's promise.
    this.#socket.on(event as string, heard);
  }
}

function credentialsOf(
  { token, tokenProvider, link }: CredentialOptions,
  authToken: string | undefined,
  authLink: string | undefined,
): CredentialOptions {
  const [known, shared] = [token ?? authToken, link ?? authLink];
  return {
    ...(known && { token: known }),
    ...(tokenProvider && { tokenProvider }),
    ...(shared && { link: shared }),
  };
}

/** Return the refusal a failed connection attempt tells of, if the server answered with one. */
function refusalOf(error: Error): WireError | undefined {
  const data = (error as { data?: unknown }).data;
  if (typeof data !== "object" || data === null) return undefined;
  const code = (data as { code?: unknown }).code;
  if (typeof code !== "string" || !REFUSED.has(code)) return undefined;
  return { code, message: error.message } as WireError;
}
