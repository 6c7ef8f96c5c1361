/**
 * Several people typing numbered words into one document until told to stop, through drops and
 * restarts of the server. Standard input: first a JSON order, then lines of commands ("pause",
 * "resume", "stop"). Standard output: JSON lines; `acknowledged` lists the words newly acknowledged.
 */

import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import * as Y from "yjs";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const order = JSON.parse((await commands.next()).value);
const pace = order.paceMs ?? 4;
let typing = true;

class Typist {
  constructor(number) {
    this.name = `p${number}`;
    this.doc = new Y.Doc();
    this.text = this.doc.getText(order.root ?? "text");
    this.count = 0;
    this.unacknowledged = new Set();
    this.joined = false;
    this.errors = [];
    this.doc.on("update", (update, origin) => {
      if (origin === this && this.joined) this.send(update, [`${this.name}-${this.count};`]);
    });
    this.socket = io(order.url, {
      transports: order.transports?.[number % order.transports.length] ?? ["websocket"],
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 250,
      auth: { name: this.name },
    });
    this.socket.on("connect", () => this.join());
    this.socket.on("disconnect", () => {
      this.joined = false;
    });
    this.socket.on("update", ({ update }) =>
      Y.applyUpdate(this.doc, new Uint8Array(update), "server"),
    );
    this.socket.on("syncRequired", ({ stateVector }) => this.sendBeyond(stateVector));
    this.socket.on("storage", ({ available }) => say({ storage: available, who: this.name }));
  }

  join() {
    const socketId = this.socket.id;
    const stateVector = Y.encodeStateVector(this.doc);
    this.socket.emit("joinDocument", { document: order.document, stateVector }, (answer) => {
      if (this.socket.id !== socketId) return;
      if (!answer.ok) {
        say({ refused: answer.error, who: this.name });
        setTimeout(() => this.socket.connected && this.join(), 100);
        return;
      }
      Y.applyUpdate(this.doc, new Uint8Array(answer.update), "server");
      this.joined = true;
      this.sendBeyond(answer.stateVector);
    });
  }

  /** Send everything the server lacks; its ack covers every word typed so far. */
  sendBeyond(stateVector) {
    const update = Y.encodeStateAsUpdate(this.doc, new Uint8Array(stateVector));
    if (this.unacknowledged.size > 0) this.send(update, [...this.unacknowledged]);
  }

  send(update, words) {
    this.socket.emit("update", { document: order.document, update }, (answer) => {
      if (!answer.ok) {
        say({ refused: answer.error, who: this.name });
        return;
      }
      const fresh = words.filter((word) => this.unacknowledged.delete(word));
      if (fresh.length > 0) say({ acknowledged: fresh });
    });
  }

  type() {
    this.count += 1;
    const word = `${this.name}-${this.count};`;
    this.unacknowledged.add(word);
    this.doc.transact(() => {
      const boundary = this.text.toString().indexOf(";", Math.random() * this.text.length);
      this.text.insert(boundary + 1, word);
    }, this);
  }
}

const typists = Array.from({ length: order.clients }, (_, number) => new Typist(number));
const timer = setInterval(() => {
  if (typing) typists[Math.floor(Math.random() * typists.length)].type();
}, pace);

for await (const command of commands) {
  if (command === "pause") typing = false;
  if (command === "resume") typing = true;
  if (command === "stop") break;
}
clearInterval(timer);
const settled = () =>
  typists.every((t) => t.joined && t.unacknowledged.size === 0) &&
  new Set(typists.map((t) => t.text.toString())).size === 1;
while (!settled()) await new Promise((resolve) => setTimeout(resolve, 20));
say({ text: typists[0].text.toString(), typed: typists.map((t) => t.count) });
for (const typist of typists) typist.socket.close();
process.exit(0);
