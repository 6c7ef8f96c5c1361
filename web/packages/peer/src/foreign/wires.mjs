/**
 * The TCP connections a visitor makes, whatever library makes them and whenever it reconnects: seen
 * where Node itself opens them, so that the clients stay exactly as their authors ship them.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";

const owners = new AsyncLocalStorage();

subscribe("net.client.socket", ({ socket }) => owners.getStore()?.took(socket));

/** Everything started inside `run`, timers and reconnects included, has its connections here. */
export class Wires {
  #open = new Set();
  #listeners = [];

  /** Have `listener` hear of `transport` events: a connection was tried, stands, or is gone. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  run(work) {
    return owners.run(this, work);
  }

  took(socket) {
    this.#tell("transport", { state: "trying" });
    socket.once("connect", () => {
      this.#open.add(socket);
      this.#tell("transport", { state: "open" });
    });
    socket.once("close", () => {
      if (this.#open.delete(socket)) this.#tell("transport", { state: "closed" });
    });
  }

  #tell(event, detail) {
    for (const listener of this.#listeners) listener(event, detail);
  }

  get count() {
    return this.#open.size;
  }

  /** Reset every connection under the client: no close frame, nothing flushed. */
  cut() {
    const count = this.#open.size;
    for (const socket of [...this.#open]) socket.resetAndDestroy();
    return count;
  }
}
