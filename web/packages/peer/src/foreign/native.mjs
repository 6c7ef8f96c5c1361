/** Our own client, from its sources: the measure for the others. */

import { CollabProvider, SocketConnection } from "../../../client/src/index.ts";

export class Native {
  constructor(visitor, connects) {
    this.visitor = visitor;
    const { url, document, doc, options } = visitor;
    const auth = { name: visitor.name, ...(visitor.token && { token: visitor.token }) };
    this.connection = new SocketConnection(url, {
      auth,
      transports: options.transports ?? ["websocket"],
    });
    this.open = () => {
      const { connection, awareness } = this;
      this.provider = new CollabProvider({ document, connection, doc, awareness, store: null });
      this.awareness = this.provider.awareness;
      this.#listen();
    };
    if (connects) this.open();
  }

  #listen() {
    const { visitor, provider } = this;
    provider.on("status", (status) => visitor.record("status", { status }));
    provider.on("synced", (state) => visitor.record("sync", { state }));
    provider.on("saved", () => visitor.record("saved"));
    provider.on("role", (role) => visitor.record("role", { role }));
    provider.on("error", ({ code, message }) => visitor.record("error", { code, message }));
    visitor.watch(provider.awareness);
  }

  get standing() {
    const { status, synced, unsavedChanges } = this.provider ?? {};
    return { status, synced, unsyncedChanges: unsavedChanges };
  }

  /** Be somebody else from the next connection on. */
  identify(token) {
    this.connection.identify({ name: this.visitor.name, token });
  }

  /** Come back with the same cursor's clock: a fresh one would count as older news. */
  connect() {
    this.awareness?.setLocalState({});
    this.open();
  }

  disconnect() {
    this.provider.destroy();
  }

  destroy() {
    this.provider?.destroy();
  }
}
