import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { CollabProvider } from "../src/provider.ts";
import { SocketConnection } from "../src/transport.ts";
import { FakeConnection, FakeServer } from "./server.ts";

/** What a page offers to listen to; counts who does. */
class Page extends EventTarget {
  listening = 0;

  override addEventListener(...args: Parameters<EventTarget["addEventListener"]>): void {
    this.listening += 1;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget["removeEventListener"]>): void {
    this.listening -= 1;
    super.removeEventListener(...args);
  }
}

class PageDocument extends Page {
  visibilityState = "visible";
}

let page: Page;
let pageDocument: PageDocument;

beforeEach(() => {
  page = new Page();
  pageDocument = new PageDocument();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  vi.stubGlobal("document", pageDocument);
  vi.stubGlobal("indexedDB", new IDBFactory());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What is still there that keeps a page busy. */
async function leftovers(): Promise<Record<string, unknown>> {
  return {
    timers: vi.getTimerCount(),
    page: page.listening,
    document: pageDocument.listening,
    database: await isDatabaseHeld(),
  };
}

const NOTHING = { timers: 0, page: 0, document: 0, database: false };

/** A database that somebody has open cannot be deleted. */
function isDatabaseHeld(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase("collab-unsaved-edits");
    deleting.onblocked = () => resolve(true);
    deleting.onsuccess = () => resolve(false);
    deleting.onerror = () => reject(deleting.error);
  });
}

async function listeningServer(): Promise<{ server: Server; url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

describe("leaving", () => {
  it("leaves nothing behind of ten visits to a server that is not there", async () => {
    const { server, url } = await listeningServer();
    await new Promise((resolve) => server.close(resolve));
    for (let visit = 0; visit < 10; visit += 1) {
      const provider = new CollabProvider({ document: "d", url });
      await vi.waitFor(() => expect(provider.status).toBe("offline"));
      expect(provider.saveState).toEqual({ kind: "offline", unsaved: 0, loaded: false });
      expect(page.listening).toBeGreaterThan(0);
      expect(vi.getTimerCount()).toBeGreaterThan(0);
      provider.destroy();
      expect(await leftovers()).toEqual(NOTHING);
    }
  });

  it("says soon that a server does not answer, goes on trying, and lets go of it", async () => {
    const { server, url, sockets } = await listeningServer();
    const connected = new Promise((resolve) => server.once("connection", resolve));
    const provider = new CollabProvider({ document: "d", url });
    await connected;
    expect(provider.saveState).toEqual({ kind: "connecting", unsaved: 0, loaded: false });
    vi.advanceTimersByTime(5_000);
    expect(provider.saveState).toEqual({ kind: "offline", unsaved: 0, loaded: false });
    expect(sockets.size).toBe(1);
    provider.destroy();
    expect(await leftovers()).toEqual(NOTHING);
    await new Promise((resolve) => server.close(resolve));
  });

  it("leaves nothing behind of ten visits in which something was written", async () => {
    const server = new FakeServer();
    for (let visit = 0; visit < 10; visit += 1) {
      const connection = new FakeConnection(server);
      const provider = new CollabProvider({ document: "d", url: "http://x", connection });
      connection.up();
      await vi.waitFor(() => {
        connection.run();
        expect(provider.loaded).toBe(true);
      });
      provider.awareness.setLocalStateField("cursor", visit);
      provider.doc.getText("t").insert(0, "a");
      provider.destroy();
      connection.run();
      expect(connection.sent).toContain("leaveDocument");
      expect(await leftovers()).toEqual(NOTHING);
    }
    expect(server.people.size).toBe(0);
  });

  it.each([
    ["who leaves", (provider: CollabProvider) => provider.destroy()],
    ["a page that is left", () => void page.dispatchEvent(new Event("pagehide"))],
  ])("%s sends what waits to be sent, before anything else", async (_, leave) => {
    const server = new FakeServer();
    const connection = new FakeConnection(server);
    const options = { document: "d", url: "http://x", connection, store: null };
    const provider = new CollabProvider(options);
    await vi.waitFor(() => expect(connection.ear).not.toBeNull());
    connection.up();
    connection.run();
    const text = provider.doc.getText("t");
    for (const key of "hello") text.insert(text.length, key);
    leave(provider);
    connection.run();
    expect(server.durable.getText("t").toString()).toBe("hello");
    provider.destroy();
    connection.run();
    expect(connection.sent.indexOf("leaveDocument")).toBe(connection.sent.length - 1);
  });

  it("takes itself out of a document whose door has not opened yet", async () => {
    const server = new FakeServer();
    const connection = new FakeConnection(server);
    const options = { document: "d", url: "http://x", connection, store: null };
    const provider = new CollabProvider(options);
    connection.up();
    await vi.waitFor(() => expect(connection.sent).toEqual(["joinDocument"]));
    provider.destroy();
    connection.run();
    expect(connection.sent).toEqual(["joinDocument", "leaveDocument"]);
    expect(server.people.size).toBe(0);
  });

  it("leaves a document and an awareness that were given to it alone", async () => {
    const connection = new FakeConnection(new FakeServer());
    const awareness = new Awareness(new Y.Doc());
    const destroyed = vi.fn();
    awareness.doc.on("destroy", destroyed);
    awareness.on("destroy", destroyed);
    const options = { document: "d", url: "http://x", connection, doc: awareness.doc, awareness };
    new CollabProvider(options).destroy();
    expect(destroyed).not.toHaveBeenCalled();
    expect(await leftovers()).toEqual({ ...NOTHING, timers: 1 });
    awareness.destroy();
  });
});

describe("several on one page", () => {
  it("closes a shared connection with the last who listens", async () => {
    const { server, url, sockets } = await listeningServer();
    const arrived = new Promise((resolve) => server.once("connection", resolve));
    const connection = new SocketConnection(url);
    const [one, two] = ["one", "two"].map(
      (document) => new CollabProvider({ document, url, connection, store: null }),
    ) as [CollabProvider, CollabProvider];
    await arrived;
    one.destroy();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    expect(sockets.size).toBe(1);
    two.destroy();
    expect(await leftovers()).toEqual(NOTHING);
    await new Promise((resolve) => server.close(resolve));
  });

  it("has one session per document and connection", () => {
    const connection = new FakeConnection(new FakeServer());
    const options = { document: "d", url: "http://x", connection, store: null };
    const provider = new CollabProvider(options);
    expect(() => new CollabProvider(options)).toThrow(/has a provider for d already/);
    provider.destroy();
    const next = new CollabProvider(options);
    next.destroy();
  });
});
