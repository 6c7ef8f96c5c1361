import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EditStore } from "../src/keeper.ts";
import { CollabProvider } from "../src/provider.ts";
import { FakeConnection, FakeServer, MemoryStore } from "./server.ts";

/** What a page offers to listen to. */
let page: EventTarget;
/** Each test has a document of its own: what is kept lasts as long as this page. */
let document: string;
let count = 0;

beforeEach(() => {
  count += 1;
  document = `d${count}`;
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

interface Visit {
  readonly connection: FakeConnection;
  readonly provider: CollabProvider;
  write(text: string): void;
}

function visit(server: FakeServer, name = "ann", store?: EditStore): Visit {
  const connection = new FakeConnection(server, name);
  const options = { document, url: "http://x", connection, ...(store && { store }) };
  const provider = new CollabProvider(options);
  const text = provider.doc.getText("t");
  return { connection, provider, write: (words) => text.insert(text.length, words) };
}

/** Return once the visitor is told so; everything on the wire arrives meanwhile. */
async function told({ connection, provider }: Visit, kind: string): Promise<void> {
  await vi.waitFor(() => {
    connection.run();
    expect(provider.saveState.kind).toBe(kind);
  });
}

async function opened(server: FakeServer, name = "ann", store?: EditStore): Promise<Visit> {
  const one = visit(server, name, store);
  await vi.waitFor(() => expect(one.connection.ear).not.toBeNull());
  one.connection.up();
  await told(one, "saved");
  return one;
}

/** Return whether the page asks before it is closed. */
function asks(): boolean {
  const closing = new Event("beforeunload", { cancelable: true });
  page.dispatchEvent(closing);
  return closing.defaultPrevented;
}

const textOf = (server: FakeServer) => server.doc.getText("t").toString();

describe("where the browser keeps nothing", () => {
  it("what could not be sent is sent by the next provider of the page, and the page asks", async () => {
    const server = new FakeServer();
    const before = await opened(server);
    expect(before.provider.keepsEdits).toBe(false);
    expect(asks()).toBe(false);
    before.connection.down();
    before.write("Offline. ");
    before.provider.destroy();
    const after = await opened(server);
    expect(textOf(server)).toBe("Offline. ");
    expect(after.provider.doc.getText("t").toString()).toBe("Offline. ");
    expect(asks()).toBe(false);
    after.provider.destroy();
    const again = await opened(server);
    expect(again.connection.sent).not.toContain("update");
    again.provider.destroy();
  });

  it("it outlives visits in vain, and the page asks meanwhile", async () => {
    const server = new FakeServer();
    const before = await opened(server);
    before.connection.down();
    before.write("Offline. ");
    before.provider.destroy();
    for (let turn = 0; turn < 3; turn += 1) {
      const vain = visit(server);
      await vi.waitFor(() => expect(vain.connection.ear).not.toBeNull());
      expect(asks()).toBe(true);
      vain.provider.destroy();
    }
    server.available = false;
    const refused = visit(server);
    await vi.waitFor(() => expect(refused.connection.ear).not.toBeNull());
    refused.connection.up();
    await told(refused, "saving");
    refused.provider.destroy();
    server.recover();
    const after = await opened(server);
    expect(textOf(server)).toBe("Offline. ");
    after.provider.destroy();
    expect(asks()).toBe(false);
  });

  it("it is nobody else's", async () => {
    const server = new FakeServer();
    const ann = await opened(server, "ann");
    ann.connection.down();
    ann.write("Ann's. ");
    ann.provider.destroy();
    const ben = await opened(server, "ben");
    expect(textOf(server)).toBe("");
    ben.provider.destroy();
    const back = await opened(server, "ann");
    expect(textOf(server)).toBe("Ann's. ");
    back.provider.destroy();
  });

  it("a store that takes nothing more loses nothing", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const before = await opened(server, "ann", store);
    vi.spyOn(store, "keep").mockRejectedValue(new Error("The disk is full."));
    before.connection.down();
    before.write("Too much. ");
    await vi.waitFor(() => expect(before.provider.keepsEdits).toBe(false));
    before.provider.destroy();
    const after = await opened(server, "ann", store);
    expect(textOf(server)).toBe("Too much. ");
    after.provider.destroy();
  });

  it("who wants nothing kept has nothing kept", async () => {
    const server = new FakeServer();
    const options = { document, url: "http://x", store: null };
    const connection = new FakeConnection(server);
    const provider = new CollabProvider({ ...options, connection });
    await vi.waitFor(() => expect(connection.ear).not.toBeNull());
    connection.up();
    await told({ connection, provider, write: () => {} }, "saved");
    connection.down();
    provider.doc.getText("t").insert(0, "Gone.");
    provider.destroy();
    const after = await opened(server);
    expect(textOf(server)).toBe("");
    after.provider.destroy();
  });
});

describe("a store that is slow", () => {
  it("is waited for by whoever opens the document next", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const before = await opened(server, "ann", store);
    const { keep } = store;
    let done = () => {};
    const slow = new Promise<void>((resolve) => {
      done = resolve;
    });
    vi.spyOn(store, "keep").mockImplementation(async (...given) => {
      await slow;
      return keep.apply(store, given);
    });
    before.connection.down();
    before.write("Late. ");
    before.provider.destroy();
    const next = visit(server, "ann", store);
    setTimeout(done, 20);
    await vi.waitFor(() => expect(next.connection.ear).not.toBeNull());
    next.connection.up();
    await told(next, "saved");
    expect(textOf(server)).toBe("Late. ");
    next.provider.destroy();
  });
});
