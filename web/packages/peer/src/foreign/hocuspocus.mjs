/** npm `@hocuspocus/provider`, versions 2, 3 and 4. */

import * as v2 from "hocuspocus-provider-2";
import * as v3 from "hocuspocus-provider-3";
import * as v4 from "hocuspocus-provider-4";
import WebSocket from "ws";

const VERSIONS = { "hocuspocus-2": v2, "hocuspocus-3": v3, "hocuspocus-4": v4 };

/** Make a socket that several providers share. */
export function sharedSocket(kind, url) {
  const { HocuspocusProviderWebsocket } = VERSIONS[kind];
  return new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket });
}

export class Hocuspocus {
  /** `shared`: the socket to share, if any. */
  constructor(visitor, connects, shared) {
    this.visitor = visitor;
    this.shares = shared !== undefined;
    const { url, document, doc, options } = visitor;
    const { HocuspocusProvider } = VERSIONS[visitor.kind];
    this.provider = new HocuspocusProvider({
      name: document,
      document: doc,
      // A function: whatever the token is when the client is asked for it.
      token: visitor.token === null ? null : () => visitor.token,
      // Version 2 would pass by the server from tab to tab.
      broadcast: false,
      websocketProvider: shared ?? this.#socket(url, connects),
      ...options.provider,
    });
    this.socket = this.provider.configuration.websocketProvider;
    this.awareness = this.provider.awareness;
    this.#listen();
    // Version 2 attaches itself; the others leave that to whoever brings the socket.
    this.provider.attach?.();
  }

  #socket(url, connects) {
    const { HocuspocusProviderWebsocket } = VERSIONS[this.visitor.kind];
    const waits = connects ? {} : { autoConnect: false, connect: false };
    return new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: WebSocket, ...waits });
  }

  #listen() {
    const { visitor, provider } = this;
    provider.on("status", ({ status }) => visitor.record("status", { status }));
    provider.on("synced", ({ state }) => visitor.record("sync", { state }));
    provider.on("close", ({ event }) => {
      visitor.record("close", { code: event.code, reason: String(event.reason ?? "") });
    });
    provider.on("authenticated", () => {
      visitor.record("authenticated", { scope: provider.authorizedScope });
    });
    provider.on("authenticationFailed", ({ reason }) => {
      visitor.record("authenticationFailed", { reason });
    });
    provider.on("stateless", ({ payload }) => visitor.record("stateless", { payload }));
    // A bare number in versions 2 and 3.
    provider.on("unsyncedChanges", (told) => {
      visitor.record("unsynced", { number: told?.number ?? told });
    });
    if (provider.awareness) visitor.watch(provider.awareness);
  }

  get standing() {
    const { synced, unsyncedChanges, isAuthenticated, authorizedScope } = this.provider;
    const { status, shouldConnect } = this.socket;
    const connected = status === "connected";
    return {
      synced,
      unsyncedChanges,
      isAuthenticated,
      authorizedScope,
      connected,
      active: shouldConnect,
    };
  }

  identify() {}

  stateless(payload) {
    this.provider.sendStateless(payload);
  }

  /** Send the token again, as an application does that has a fresh one. */
  authenticate() {
    return this.provider.sendToken();
  }

  /** Version 2 leaves its socket when it is refused, and has to attach itself again. */
  connect() {
    if (this.visitor.kind === "hocuspocus-2") this.provider.connect();
    else this.socket.connect();
  }

  disconnect() {
    this.socket.disconnect();
  }

  destroy() {
    this.provider.destroy();
    if (!this.shares) this.socket.destroy();
  }
}
