/** The real clients of those servers: each returns what ends it. */

import { HocuspocusProvider } from "hocuspocus-provider-4";
import WebSocket from "ws";
import { SocketIOProvider } from "y-socket.io";
import { WebsocketProvider } from "y-websocket";
import { WebsocketProvider as WebsocketProvider2 } from "y-websocket-2";

const OPTIONS = { disableBc: true, WebSocketPolyfill: WebSocket };

globalThis.WebSocket = WebSocket;

export const clients = {
  yWebsocket2: (url, name, doc) => new WebsocketProvider2(url, name, doc, OPTIONS),
  yWebsocket: (url, name, doc) => new WebsocketProvider(url, name, doc, OPTIONS),
  ySocketIo: (url, name, document) => new SocketIOProvider(url, name, document, {}),
  hocuspocus: (url, name, document) => new HocuspocusProvider({ url, name, document }),
};
