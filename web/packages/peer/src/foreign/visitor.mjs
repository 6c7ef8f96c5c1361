/**
 * Somebody at one of the server's doors: a Yjs document, a stock client that keeps it in step, a
 * record of everything that client said, and waits that end with what was seen instead.
 */

import { isDeepStrictEqual } from "node:util";
import * as Y from "yjs";
import { Wires } from "./wires.mjs";

const TOLD_AT_MOST = 30;

export class Visitor {
  /** What the client said, oldest first: `{event, ...}`. */
  events = [];
  #waiting = new Set();

  /** `wires`: those of a shared socket, if the visitor shares one. */
  constructor(name, order, wires = new Wires()) {
    this.name = name;
    this.kind = order.kind;
    this.url = order.url;
    this.document = order.document;
    this.token = order.token ?? null;
    this.options = order.options ?? {};
    this.doc = new Y.Doc();
    if (order.clientId !== undefined) this.doc.clientID = order.clientId;
    this.doc.on("update", () => this.wake());
    this.wires = wires;
    wires.listen((event, detail) => this.record(event, detail));
    this.client = null;
  }

  /** The text most journeys write into. */
  text(root = "text") {
    return this.doc.getText(root);
  }

  record(event, detail = {}) {
    this.events.push({ event, ...detail });
    this.wake();
  }

  wake() {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolve once `condition()` is true; after `seconds`, reject with what there was to see. */
  until(condition, seconds, wanted) {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (finish, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        finish(value);
      };
      const look = () => condition() && done(resolve);
      const fail = () =>
        done(reject, new Error(`${this.name} waited for ${wanted}; ${this.sight()}`));
      const timer = setTimeout(fail, seconds * 1000);
      this.#waiting.add(look);
    });
  }

  /** Return the first event from number `since` on that has everything `match` has. */
  async event(match, since, seconds) {
    const find = () => this.events.slice(since).find((event) => has(event, match));
    await this.until(() => find() !== undefined, seconds, JSON.stringify(match));
    return find();
  }

  /** Whether the replica holds every insertion up to these clocks: [[client, clock], …]. */
  holds(clocks) {
    return clocks.every(([client, clock]) => Y.getState(this.doc.store, client) >= clock);
  }

  /** Have it recorded who vanishes from this client's sight: `{event: "gone", client}`. */
  watch(awareness) {
    awareness.on("update", ({ removed }) => {
      for (const client of removed) this.record("gone", { client });
      this.wake();
    });
  }

  get states() {
    return this.client?.awareness?.getStates() ?? new Map();
  }

  /** How the client stands, in the words of its own properties. */
  get standing() {
    return { ...this.client?.standing, connections: this.wires.count, events: this.events.length };
  }

  /** One line for the message of a wait that failed. */
  sight() {
    const text = this.text().toString();
    const shown = text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text;
    return [
      `it reads ${JSON.stringify(shown)}`,
      `stands ${JSON.stringify(this.standing)}`,
      `sees ${JSON.stringify([...this.states])}`,
      `had ${JSON.stringify(this.events.slice(-TOLD_AT_MOST))}`,
    ].join(", ");
  }
}

function has(event, match) {
  return Object.entries(match).every(([key, value]) => isDeepStrictEqual(event[key], value));
}
