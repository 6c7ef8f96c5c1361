/** The real servers, each on a port of its own, with the persistence their documentation shows. */

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire, registerHooks } from "node:module";
import { WebSocketServer } from "ws";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "better-sqlite3") return next(specifier, context);
    return { url: new URL("./better-sqlite3.mjs", import.meta.url).href, shortCircuit: true };
  },
});

const require = createRequire(import.meta.url);

async function listening(http) {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return http.address().port;
}

async function relay({ setupWSConnection, docs, getPersistence }) {
  const persistence = getPersistence();
  const bound = [];
  const { bindState } = persistence;
  persistence.bindState = (name, doc) => bound.push(bindState(name, doc));
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, request) => setupWSConnection(socket, request));
  const port = await listening(http);
  return {
    url: `ws://127.0.0.1:${port}`,
    doc: (name) => docs.get(name),
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      http.close();
      // Nothing is written before a document is bound, and all that is asked for by then is waited for.
      await Promise.all(bound);
      await persistence.provider.destroy();
    },
  };
}

/** `y-websocket` 2: its own server, told by YPERSISTENCE where to keep documents. */
export async function yWebsocket2(place) {
  process.env.YPERSISTENCE = place;
  const server = require("y-websocket-2/bin/utils");
  return relay(server);
}

/**
 * The same server with the newest `y-leveldb` put in. (`@y/websocket-server` 0.1.5, its successor,
 * cannot be used: as published its two copies of Yjs do not understand each other.)
 */
export async function yWebsocket(place) {
  const server = require("y-websocket-2/bin/utils");
  const { LeveldbPersistence } = require("y-leveldb");
  const Y = require("yjs");
  const provider = new LeveldbPersistence(place);
  server.setPersistence({
    provider,
    bindState: async (name, doc) => {
      const persisted = await provider.getYDoc(name);
      provider.storeUpdate(name, Y.encodeStateAsUpdate(doc));
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(persisted));
      doc.on("update", (update) => provider.storeUpdate(name, update));
    },
    writeState: async () => {},
  });
  return relay(server);
}

/** `y-socket.io` with its `levelPersistenceDir`. */
export async function ySocketIo(place) {
  const { Server } = require("socket.io");
  const { YSocketIO } = require("y-socket.io/dist/server");
  const http = createServer();
  const io = new Server(http);
  const server = new YSocketIO(io, { levelPersistenceDir: place });
  server.initialize();
  const port = await listening(http);
  return {
    url: `ws://127.0.0.1:${port}`,
    doc: (name) => server.documents.get(name),
    async stop() {
      await io.close();
      await server.persistence.provider.destroy();
    },
  };
}

/** `@hocuspocus/server` with its SQLite extension. */
export async function hocuspocus(place) {
  const { Server } = await import("@hocuspocus/server");
  const { SQLite } = await import("@hocuspocus/extension-sqlite");
  const sqlite = new SQLite({ database: place });
  const server = new Server({ port: 0, address: "127.0.0.1", quiet: true, extensions: [sqlite] });
  await server.listen();
  return {
    url: `ws://127.0.0.1:${server.address.port}`,
    doc: (name) => server.hocuspocus.documents.get(name),
    async stop() {
      // Stores what is not stored yet.
      await server.destroy();
      sqlite.db.close();
    },
  };
}
