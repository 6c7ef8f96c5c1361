/** npm `y-websocket`, versions 2 and 3. Cross-tab traffic is off: it would pass by the server. */

import WebSocket from "ws";
import * as newest from "y-websocket";
import * as second from "y-websocket-2";

const VERSIONS = { "y-websocket": newest, "y-websocket-2": second };

export class YWebsocket {
  constructor(visitor, connects) {
    this.visitor = visitor;
    const { url, document, doc, options, token } = visitor;
    const { WebsocketProvider } = VERSIONS[visitor.kind];
    this.provider = new WebsocketProvider(url, document, doc, {
      connect: connects,
      disableBc: true,
      params: token === null ? {} : { token },
      WebSocketPolyfill: WebSocket,
      ...options.provider,
    });
    this.awareness = this.provider.awareness;
    this.#listen();
  }

  #listen() {
    const { visitor, provider } = this;
    provider.on("status", ({ status }) => visitor.record("status", { status }));
    provider.on("sync", (state) => visitor.record("sync", { state }));
    provider.on("closed", ({ code, reason }) => visitor.record("closed", { code, reason }));
    // No event: the client closed by itself, at our wish or because it heard nothing for 30 s.
    provider.on("connection-close", (event) => {
      visitor.record("close", { code: event?.code ?? null, reason: String(event?.reason ?? "") });
    });
    provider.on("connection-error", (event) => visitor.record("error", { message: event.message }));
    visitor.watch(provider.awareness);
  }

  get standing() {
    const { synced, wsconnected, shouldConnect } = this.provider;
    return { synced, connected: wsconnected, active: shouldConnect };
  }

  identify(token) {
    this.provider.params = { token };
  }

  connect() {
    this.provider.connect();
  }

  disconnect() {
    this.provider.disconnect();
  }

  destroy() {
    this.provider.destroy();
  }
}
