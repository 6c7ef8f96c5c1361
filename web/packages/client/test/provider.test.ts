import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { CollabProvider } from "../src/provider.ts";
import { FakeConnection, FakeServer, MemoryStore } from "./server.ts";

const providers: CollabProvider[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const provider of providers.splice(0)) provider.destroy();
  vi.useRealTimers();
});

interface Person {
  provider: CollabProvider;
  connection: FakeConnection;
  text: Y.Text;
}

async function person(
  server: FakeServer,
  name: string,
  store = new MemoryStore(),
): Promise<Person> {
  const connection = new FakeConnection(server, name);
  const provider = new CollabProvider({ document: "d", url: "http://x", connection, store });
  providers.push(provider);
  await vi.advanceTimersByTimeAsync(0);
  return { provider, connection, text: provider.doc.getText("t") };
}

/** Let time pass and everything arrive. */
async function settle(...people: Person[]): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    await vi.advanceTimersByTimeAsync(50);
    for (const { connection } of people) connection.run();
  }
}

const textOf = (doc: Y.Doc) => doc.getText("t").toString();

describe("CollabProvider", () => {
  it("brings two people together and says when everything is saved", async () => {
    const server = new FakeServer();
    const [ann, bob] = [await person(server, "ann"), await person(server, "bob")];
    for (const { connection } of [ann, bob]) connection.up();
    await settle(ann, bob);
    const saved = vi.fn();
    ann.provider.on("saved", saved);
    ann.text.insert(0, "hello");
    expect(ann.provider.saveState).toEqual({ kind: "saving", unsaved: 1 });
    await settle(ann, bob);
    expect(textOf(bob.provider.doc)).toBe("hello");
    expect(ann.provider.saveState).toEqual({ kind: "saved", unsaved: 0 });
    expect(saved).toHaveBeenCalledOnce();
  });

  it("speaks once of a refusal that stays the same", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    const told = vi.fn();
    ann.provider.on("error", told);
    const refusal = { code: "unauthenticated", message: "Who are you?" } as const;
    for (let turn = 0; turn < 3; turn += 1) ann.connection.ear?.refused({ ...refusal });
    expect(told).toHaveBeenCalledOnce();
    ann.connection.ear?.refused({ ...refusal, code: "token_expired" });
    expect(told).toHaveBeenCalledTimes(2);
  });

  it("is not saved while the database is away, however long, and is when it returns", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    ann.connection.up();
    await settle(ann);
    server.available = false;
    server.tell("storage", { document: "d", available: false });
    ann.text.insert(0, "a");
    await settle(ann);
    for (let minute = 0; minute < 10; minute += 1) {
      for (let i = 0; i < 60; i += 1) {
        await vi.advanceTimersByTimeAsync(1_000);
        ann.connection.run();
      }
    }
    expect(ann.provider.saveState.kind).toBe("storage-away");
    server.tell("storage", { document: "d", available: true });
    server.recover();
    await settle(ann);
    expect(ann.provider.saveState.kind).toBe("saved");
  });

  it("keeps offline edits on the device until they are saved, and then no longer", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const ann = await person(server, "ann", store);
    ann.connection.up();
    await settle(ann);
    ann.connection.down();
    ann.text.insert(0, "offline");
    await settle(ann);
    expect(ann.provider.saveState).toEqual({ kind: "offline", unsaved: 1, loaded: true });
    expect(store.rows.size).toBe(1);
    ann.connection.up();
    await settle(ann);
    expect(textOf(server.doc)).toBe("offline");
    expect(store.rows.size).toBe(0);
  });

  it("sends what the last visit could not", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const before = await person(server, "ann", store);
    before.connection.up();
    await settle(before);
    before.text.insert(0, "both");
    await settle(before);
    before.connection.down();
    before.text.insert(4, " visits");
    before.provider.destroy();
    await vi.advanceTimersByTimeAsync(0);
    const after = await person(server, "ann", store);
    after.connection.up();
    await settle(after);
    expect(textOf(server.doc)).toBe("both visits");
    expect(textOf(after.provider.doc)).toBe("both visits");
    expect(after.provider.saveState.kind).toBe("saved");
    expect(store.rows.size).toBe(0);
  });

  it("never merges what was kept under another epoch, and keeps it", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const before = await person(server, "ann", store);
    before.connection.up();
    await settle(before);
    before.connection.down();
    before.text.insert(0, "old");
    before.provider.destroy();
    await vi.advanceTimersByTimeAsync(0);
    server.epoch = 2;
    const after = await person(server, "ann", store);
    const told = vi.fn();
    after.provider.on("error", told);
    after.connection.up();
    await settle(after);
    expect(textOf(server.doc)).toBe("");
    expect(store.rows.size).toBe(1);
    expect(told).toHaveBeenCalledOnce();
  });

  it("sends deletions made offline, which no state vector tells of", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    ann.connection.up();
    await settle(ann);
    ann.text.insert(0, "hello");
    await settle(ann);
    ann.connection.down();
    ann.text.delete(0, 4);
    ann.connection.up();
    await settle(ann);
    expect(textOf(server.doc)).toBe("o");
    expect(ann.provider.unsavedChanges).toBe(0);
  });

  it("makes a new connection when an acknowledgement is due and nothing is heard", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    ann.connection.up();
    await settle(ann);
    ann.text.insert(0, "x");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ann.connection.reconnects).toBeGreaterThan(0);
    await settle(ann);
    expect(ann.provider.saveState.kind).toBe("saved");
  });

  it("passes on what joins the history of its document", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    ann.connection.up();
    await settle(ann);
    const told = vi.fn();
    ann.provider.on("versionCreated", told);
    ann.provider.on("versionRestored", told);
    server.tell("versionCreated", { document: "d", version: "v7" });
    server.tell("versionCreated", { document: "other", version: "v8" });
    server.tell("versionRestored", { document: "d", version: "12", sequence: 12 });
    await settle(ann);
    expect(told.mock.calls).toEqual([["v7"], ["12"]]);
  });

  it("shares one connection's events by document", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    ann.connection.up();
    await settle(ann);
    const other = new Y.Doc();
    other.getText("t").insert(0, "elsewhere");
    server.tell("update", { document: "other", update: Y.encodeStateAsUpdate(other) });
    await settle(ann);
    expect(textOf(ann.provider.doc)).toBe("");
  });
});

/** A small seeded generator (mulberry32) of numbers in [0, 1). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of this person's own insertions a document holds. */
const clockOf =
  ({ provider }: Person) =>
  (doc: Y.Doc) =>
    Y.getState(doc.store, provider.doc.clientID);

function misbehave(roll: () => number, server: FakeServer, one: Person): void {
  const kind = roll();
  if (kind < 0.35) one.text.insert(Math.floor(roll() * (one.text.length + 1)), "ab");
  else if (kind < 0.5 && one.text.length > 0) one.text.delete(0, 1);
  else if (kind < 0.6) one.connection.down();
  else if (kind < 0.75) one.connection.up();
  else if (kind < 0.8) server.available = false;
  else if (kind < 0.85) server.recover();
  else if (kind < 0.9) server.refuse = () => ({ code: "overloaded", message: "Later." });
  else if (kind < 0.95) server.refuse = () => null;
  else one.connection.step();
}

async function live(roll: () => number, server: FakeServer, people: Person[]): Promise<void> {
  const one = people[roll() < 0.5 ? 0 : 1] as Person;
  misbehave(roll, server, one);
  if (roll() < 0.3) await vi.advanceTimersByTimeAsync(roll() * 100);
  for (let n = Math.floor(roll() * 4); n > 0; n -= 1) one.connection.step();
  if (one.provider.saveState.kind !== "saved") return;
  // Never «saved» while something of ours is not durable.
  const [mine, theirs] = [one.provider.doc, server.durable].map(clockOf(one));
  expect(theirs).toBe(mine);
}

describe("whatever the network does", () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "everybody ends synced, saved and equal (seed %i)",
    async (seed) => {
      const roll = dice(seed);
      const server = new FakeServer();
      const people = [await person(server, "ann"), await person(server, "bob")];
      for (let i = 0; i < 120; i += 1) await live(roll, server, people);
      server.refuse = () => null;
      server.recover();
      for (const { connection } of people) connection.up();
      await vi.advanceTimersByTimeAsync(25_000);
      await settle(...people);
      for (const { provider } of people) {
        expect(provider.synced).toBe(true);
        expect(provider.saveState).toEqual({ kind: "saved", unsaved: 0 });
        expect(textOf(provider.doc)).toBe(textOf(server.doc));
      }
    },
  );
});

describe("rights", () => {
  it("turns read-only at once, keeps what was not sent, and sends it when the role rises", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const ann = await person(server, "ann", store);
    ann.connection.up();
    await settle(ann);
    const editable: boolean[] = [];
    ann.provider.on("editable", (value) => editable.push(value));
    server.refuse = (event) =>
      event === "update" ? { code: "forbidden", message: "You may only read." } : null;
    ann.text.insert(0, "in flight");
    server.tell("roleChanged", { document: "d", role: "viewer" });
    await settle(ann);
    expect(ann.provider.editable).toBe(false);
    expect(ann.provider.saveState).toMatchObject({ kind: "rejected", unsaved: 1 });
    expect(textOf(ann.provider.doc)).toBe("in flight");
    expect(store.rows.size).toBe(1);
    server.refuse = () => null;
    server.tell("roleChanged", { document: "d", role: "editor" });
    await settle(ann);
    expect(textOf(server.doc)).toBe("in flight");
    expect(editable).toEqual([false, true]);
    expect(ann.provider.saveState).toEqual({ kind: "saved", unsaved: 0 });
    expect(store.rows.size).toBe(0);
  });

  it("stays out once its access is revoked, and keeps its edits on the device", async () => {
    const server = new FakeServer();
    const store = new MemoryStore();
    const ann = await person(server, "ann", store);
    ann.connection.up();
    await settle(ann);
    server.available = false;
    ann.text.insert(0, "mine");
    const news = { code: "forbidden", message: "Your access was revoked." } as const;
    server.tell("accessRevoked", { document: "d", ...news });
    await settle(ann);
    expect(ann.provider.status).toBe("refused");
    expect(ann.provider.saveState).toMatchObject({ unsaved: 1, error: news });
    const { length } = ann.connection.sent;
    ann.connection.down();
    ann.connection.up();
    await settle(ann);
    expect(ann.connection.sent).toHaveLength(length);
    expect(store.rows.size).toBe(1);
  });

  it("goes on when it is let in again after being signed out, and tells of ends to come", async () => {
    const server = new FakeServer();
    const ann = await person(server, "ann");
    const told = vi.fn();
    ann.provider.on("tokenExpiring", told);
    ann.connection.up();
    await settle(ann);
    ann.connection.ear?.tokenExpiring?.("2030-01-01T00:00:00Z");
    expect(told).toHaveBeenCalledWith("2030-01-01T00:00:00Z");
    ann.connection.down();
    ann.connection.ear?.refused({ code: "token_expired", message: "Sign in again." });
    ann.text.insert(0, "meanwhile");
    expect(ann.provider.status).toBe("signed-out");
    expect(ann.provider.editable).toBe(true);
    expect(ann.provider.saveState).toMatchObject({ kind: "signed-out", unsaved: 1 });
    ann.provider.setToken("new");
    expect(ann.connection.tokens).toEqual(["new"]);
    ann.connection.up();
    await settle(ann);
    expect(textOf(server.doc)).toBe("meanwhile");
    expect(ann.provider.saveState.kind).toBe("saved");
  });
});
