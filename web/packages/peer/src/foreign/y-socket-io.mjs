/** npm `y-socket.io`. Cross-tab traffic is off: it would pass by the server. */

import { SocketIOProvider } from "y-socket.io";

export class YSocketIo {
  constructor(visitor, connects) {
    this.visitor = visitor;
    const { url, document, doc, options } = visitor;
    const config = { autoConnect: false, disableBc: true, ...options.provider };
    const auth = (give) => give(visitor.token === null ? {} : { token: visitor.token });
    // The auth function is the documented way to have a fresh token at each connection.
    this.provider = new SocketIOProvider(url, document, doc, config, { auth, ...options.socket });
    this.awareness = this.provider.awareness;
    this.#listen();
    if (connects) this.connect();
  }

  #listen() {
    const { visitor, provider } = this;
    provider.on("status", ({ status }) => visitor.record("status", { status }));
    provider.on("sync", (state) => visitor.record("sync", { state }));
    provider.on("connection-close", (reason) => visitor.record("close", { reason }));
    provider.on("connection-error", ({ message, data }) => {
      visitor.record("error", { message, data });
    });
    visitor.watch(provider.awareness);
  }

  get standing() {
    const { socket, synced } = this.provider;
    return { synced, connected: socket.connected, active: socket.active };
  }

  identify() {}

  connect() {
    this.provider.connect();
  }

  disconnect() {
    this.provider.disconnect();
  }

  destroy() {
    this.provider.destroy();
    // Its `destroy` leaves a socket alone that is not connected and goes on trying.
    this.provider.socket.disconnect();
  }
}
