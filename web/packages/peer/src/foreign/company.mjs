/** All visitors of this process by name, and everything that can be asked of them. */

import { isDeepStrictEqual } from "node:util";
import { EDITS, LOOKS } from "./edits.mjs";
import { Hocuspocus, sharedSocket } from "./hocuspocus.mjs";
import { Native } from "./native.mjs";
import { replay } from "./relay.mjs";
import { Visitor } from "./visitor.mjs";
import { Wires } from "./wires.mjs";
import { YSocketIo } from "./y-socket-io.mjs";
import { YWebsocket } from "./y-websocket.mjs";

const CLIENTS = {
  native: Native,
  "y-socket.io": YSocketIo,
  "y-websocket": YWebsocket,
  "y-websocket-2": YWebsocket,
  "hocuspocus-2": Hocuspocus,
  "hocuspocus-3": Hocuspocus,
  "hocuspocus-4": Hocuspocus,
};

const PATIENCE = 20;

/** What libraries printed as a warning or let escape as an error: silence is part of the promise. */
export const complaints = [];

const visitors = new Map();
const sockets = new Map();

function who(name) {
  const visitor = visitors.get(name);
  if (!visitor) throw new Error(`Nobody here is called ${name}.`);
  return visitor;
}

function clientIdOf(other) {
  return typeof other === "number" ? other : who(other).doc.clientID;
}

function open(order) {
  const shared = order.socket === undefined ? undefined : sockets.get(order.socket);
  const visitor = new Visitor(order.client, order, shared?.wires);
  visitors.set(order.client, visitor);
  if (order.state) EDITS.load(visitor, { update: order.state });
  visitor.wires.run(() => {
    const Client = CLIENTS[visitor.kind];
    visitor.client = new Client(visitor, order.connect ?? true, shared?.socket);
  });
  return { clientId: visitor.doc.clientID };
}

/** A socket several Hocuspocus providers share; `open` names it. */
function socket({ socket: name, kind, url }) {
  const wires = new Wires();
  sockets.set(name, { wires, socket: wires.run(() => sharedSocket(kind, url)) });
}

function close(visitor) {
  visitor.wires.run(() => visitor.client.destroy());
  visitors.delete(visitor.name);
}

const seconds = (order) => order.seconds ?? PATIENCE;

/** What is asked of one visitor. Waits resolve when it is so, and fail with what was so instead. */
const ACTIONS = {
  synced: (visitor, order) =>
    visitor.until(() => visitor.standing.synced, seconds(order), "the document"),
  until: (visitor, { root, text, ...order }) =>
    visitor.until(
      () => visitor.text(root).toString() === text,
      seconds(order),
      JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text),
    ),
  /** Wait until a look (`LOOKS`) shows `value`. */
  untilShows: (visitor, { look, value, ...order }) =>
    visitor.until(
      () => isDeepStrictEqual(LOOKS[look](visitor, order), value),
      seconds(order),
      `${look} ${JSON.stringify(value)}`,
    ),
  untilLength: (visitor, { root, length, ...order }) =>
    visitor.until(
      () => visitor.text(root).length === length,
      seconds(order),
      `${length} characters`,
    ),
  untilStands: (visitor, { standing, ...order }) =>
    visitor.until(
      () => Object.entries(standing).every(([key, value]) => visitor.standing[key] === value),
      seconds(order),
      JSON.stringify(standing),
    ),
  /** Wait for `other`'s awareness field to be `value`; `null` for having left. */
  untilSees: (visitor, { other, field, value, ...order }) => {
    const id = clientIdOf(other);
    const seen = () => visitor.states.get(id);
    const isSo = () =>
      field === undefined ? seen() === undefined : isDeepStrictEqual(seen()?.[field], value);
    const wanted = field === undefined ? "be gone" : `have ${field} ${JSON.stringify(value)}`;
    return visitor.until(isSo, seconds(order), `${other} (${id}) to ${wanted}`);
  },
  waitFor: (visitor, { match, since, ...order }) =>
    visitor.event(match, since ?? 0, seconds(order)),
  events: (visitor, { since }) => visitor.events.slice(since ?? 0),
  standing: (visitor) => visitor.standing,
  states: (visitor) => Object.fromEntries(visitor.states),
  cursor: (visitor, { field, value }) => {
    visitor.client.awareness.setLocalStateField(field ?? "cursor", value);
  },
  /** Say nothing about oneself any more, as applications do that show no presence. */
  hide: (visitor) => visitor.client.awareness.setLocalState(null),
  destroyAwareness: (visitor) => visitor.client.awareness.destroy(),
  token: (visitor, { token }) => {
    visitor.token = token;
    visitor.client.identify(token);
  },
  authenticate: (visitor) => visitor.client.authenticate(),
  stateless: (visitor, { payload }) => visitor.client.stateless(payload),
  cut: (visitor) => visitor.wires.cut(),
  connect: (visitor) => visitor.client.connect(),
  /** Go offline, and be so: some clients take a new `connect` only when the old connection is gone. */
  disconnect: async (visitor, order) => {
    visitor.client.disconnect();
    await visitor.until(
      () => visitor.wires.count === 0,
      seconds(order),
      "the end of the connection",
    );
  },
  close,
};

const TOGETHER = {
  open,
  socket,
  replay: (order) => replay({ ...order, who }),
  complaints: () => complaints.splice(0),
  closeAll: () => {
    for (const visitor of [...visitors.values()]) close(visitor);
    for (const { wires, socket: shared } of sockets.values()) wires.run(() => shared.destroy());
    sockets.clear();
  },
};

/** Do what `order.action` says and return, or promise, its value. */
export async function perform(order) {
  const { action } = order;
  if (Object.hasOwn(TOGETHER, action)) return (await TOGETHER[action](order)) ?? null;
  const visitor = who(order.client);
  const table = [ACTIONS, EDITS, LOOKS].find((actions) => Object.hasOwn(actions, action));
  if (!table) throw new Error(`There is no action ${action}.`);
  return (await visitor.wires.run(() => table[action](visitor, order))) ?? null;
}
