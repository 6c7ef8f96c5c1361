import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IndexedDbStore } from "../src/keeper.ts";
import { outlived } from "../src/owners.ts";
import { CollabProvider } from "../src/provider.ts";
import { FakeConnection, FakeServer } from "./server.ts";

const SCOPE = "http://x d";
const DAY_MS = 24 * 60 * 60 * 1000;
const pages: Page[] = [];

/** One visit to the document in this browser: a new page, the same database. */
class Page {
  readonly connection: FakeConnection;
  readonly provider: CollabProvider;
  /** Most edits that the page said were waiting. */
  mostUnsaved = 0;

  constructor(server: FakeServer, name: string) {
    this.connection = new FakeConnection(server, name);
    const { connection } = this;
    this.provider = new CollabProvider({ document: "d", url: "http://x", connection });
    this.provider.on("saveState", ({ unsaved }) => {
      this.mostUnsaved = Math.max(this.mostUnsaved, unsaved);
    });
    pages.push(this);
  }

  get text(): string {
    return this.provider.doc.getText("t").toString();
  }

  get updatesSent(): number {
    return this.connection.sent.filter((event) => event === "update").length;
  }

  write(text: string): void {
    this.provider.doc.getText("t").insert(this.text.length, text);
  }

  /** Return once the page says so; everything on the wire arrives meanwhile. */
  async is(kind: string): Promise<void> {
    await vi.waitFor(() => {
      this.connection.run();
      expect(this.provider.saveState.kind).toBe(kind);
    });
  }

  async comeIn(): Promise<void> {
    await vi.waitFor(() => expect(this.connection.ear).not.toBeNull());
    this.connection.up();
  }
}

async function opened(server: FakeServer, name: string): Promise<Page> {
  const page = new Page(server, name);
  await page.comeIn();
  await page.is("saved");
  return page;
}

/** Let somebody write what does not reach the server, and close the page. */
async function leaveBehind(server: FakeServer, name: string, text: string): Promise<void> {
  const page = await opened(server, name);
  page.connection.down();
  page.write(text);
  await vi.waitFor(() => expect(page.provider.allKept).toBe(true));
  page.provider.destroy();
}

const kept = () => new IndexedDbStore().load(SCOPE);
const ownersKept = async () => (await kept()).map((edits) => edits.owner).sort();
const textOf = (server: FakeServer) => server.doc.getText("t").toString();

beforeEach(async () => {
  const store = new IndexedDbStore();
  await store.forget((await store.load(SCOPE)).map((edits) => edits.key));
});

afterEach(() => {
  for (const { provider } of pages.splice(0)) provider.destroy();
});

describe("unsent edits in a browser that people share", () => {
  it("are neither sent nor shown for the next person, and are sent once for their owner", async () => {
    const server = new FakeServer();
    const told = vi.fn();
    await leaveBehind(server, "ann", "Ann's. ");
    const ben = await opened(server, "ben");
    ben.provider.on("error", told);
    expect([ben.text, ben.mostUnsaved, ben.updatesSent]).toEqual(["", 0, 0]);
    ben.write("Ben's. ");
    await ben.is("saved");
    expect([ben.updatesSent, ben.text, textOf(server)]).toEqual([1, "Ben's. ", "Ben's. "]);
    expect(await ownersKept()).toEqual(["ann"]);
    ben.provider.destroy();
    const ann = await opened(server, "ann");
    expect(ann.updatesSent).toBe(1);
    expect(textOf(server)).toContain("Ann's. ");
    await vi.waitFor(async () => expect(await kept()).toEqual([]));
    ann.provider.destroy();
    const again = await opened(server, "ann");
    expect([again.updatesSent, again.text.match(/Ann/g)?.length]).toEqual([0, 1]);
    expect(told).not.toHaveBeenCalled();
  });

  it("are kept apart when both leave some behind", async () => {
    const server = new FakeServer();
    await leaveBehind(server, "ann", "Ann's. ");
    await leaveBehind(server, "ben", "Ben's. ");
    expect(await ownersKept()).toEqual(["ann", "ben"]);
    await opened(server, "ben");
    expect(textOf(server)).toBe("Ben's. ");
    await vi.waitFor(async () => expect(await ownersKept()).toEqual(["ann"]));
  });

  it("stop the page when somebody else signs in on it, until their owner is back", async () => {
    const server = new FakeServer();
    const page = await opened(server, "ann");
    const saved = vi.fn();
    page.provider.on("saved", saved);
    page.connection.down();
    page.write("Ann's. ");
    page.connection.name = "ben";
    page.connection.up();
    await page.is("refused");
    const error = { kind: "somebody-else" };
    expect(page.provider.saveState).toMatchObject({ unsaved: 0, error });
    expect([page.provider.editable, page.provider.synced]).toEqual([false, false]);
    page.connection.run();
    expect([page.updatesSent, textOf(server), server.people.size]).toEqual([0, "", 0]);
    expect(saved).not.toHaveBeenCalled();
    await vi.waitFor(async () => expect(await ownersKept()).toEqual(["ann"]));
    const reloaded = await opened(server, "ben");
    expect([reloaded.text, reloaded.updatesSent]).toEqual(["", 0]);
    page.connection.name = "ann";
    page.connection.ear?.identified?.();
    await page.is("saved");
    expect([page.updatesSent, textOf(server)]).toEqual([1, "Ann's. "]);
  });

  it("do not stop the page when there are none: the next person goes on with it", async () => {
    const server = new FakeServer();
    const page = await opened(server, "ann");
    page.write("Both. ");
    await page.is("saved");
    page.connection.down();
    page.connection.name = "ben";
    page.connection.up();
    await page.is("saved");
    page.connection.down();
    page.write("Ben's. ");
    await vi.waitFor(async () => expect(await ownersKept()).toEqual(["ben"]));
    page.connection.up();
    await page.is("saved");
    expect(textOf(server)).toBe("Both. Ben's. ");
  });

  it("are sent for any guest: guests of one browser are one person", async () => {
    const server = new FakeServer();
    await leaveBehind(server, "guest:first-id", "A guest's. ");
    expect(await ownersKept()).toEqual(["guest:"]);
    const ann = await opened(server, "ann");
    expect([ann.text, textOf(server)]).toEqual(["", ""]);
    ann.provider.destroy();
    const guest = await opened(server, "guest:next-id");
    expect(textOf(server)).toBe("A guest's. ");
    guest.connection.down();
    guest.write("More. ");
    guest.connection.name = "guest:third-id";
    guest.connection.up();
    await guest.is("saved");
    expect(textOf(server)).toBe("A guest's. More. ");
  });

  it("written before the first answer belong to the person who comes in then", async () => {
    const server = new FakeServer();
    const page = new Page(server, "ben");
    page.write("Early. ");
    await page.comeIn();
    await page.is("saved");
    expect(textOf(server)).toBe("Early. ");
  });

  it("of an earlier release, which names no owner, go to whoever comes next", async () => {
    const server = new FakeServer();
    await leaveBehind(server, "ann", "Old. ");
    const store = new IndexedDbStore();
    const [old] = await store.load(SCOPE);
    if (!old) throw new Error("nothing was kept");
    await store.forget([old.key]);
    const { epoch, update } = old;
    await store.keep(SCOPE, { epoch, update } as typeof old);
    await opened(server, "ben");
    expect(textOf(server)).toBe("Old. ");
  });

  it("of another epoch are a trouble for their owner only", async () => {
    const server = new FakeServer();
    await leaveBehind(server, "ann", "Ann's. ");
    server.epoch = 2;
    for (const [name, troubles] of [
      ["ben", 0],
      ["ann", 1],
    ] as const) {
      const told = vi.fn();
      const page = new Page(server, name);
      page.provider.on("error", told);
      await page.comeIn();
      await page.is("saved");
      expect(told).toHaveBeenCalledTimes(troubles);
    }
    expect(await ownersKept()).toEqual(["ann"]);
  });

  it("are forgotten after 90 days, but never the person's own", async () => {
    const server = new FakeServer();
    await leaveBehind(server, "ann", "Ann's. ");
    await leaveBehind(server, "ben", "Ben's. ");
    const store = new IndexedDbStore();
    for (const { key, ...edits } of await store.load(SCOPE)) {
      await store.forget([key]);
      await store.keep(SCOPE, { ...edits, at: edits.at - 91 * DAY_MS });
    }
    await opened(server, "ben");
    expect(textOf(server)).toBe("Ben's. ");
    await vi.waitFor(async () => expect(await kept()).toEqual([]));
  });
});

describe("the bounds", () => {
  const now = 1000 * DAY_MS;
  const edits = (key: number, owner: string | null, daysAgo: number) => {
    return { key, owner, epoch: 1, at: now - daysAgo * DAY_MS, update: new Uint8Array() };
  };
  const keysOver = (...rows: ReturnType<typeof edits>[]) =>
    outlived("me", rows, now).map(({ key }) => key);

  it("leave 90 days of the five others who were here last, and all of one's own", () => {
    const others = [1, 2, 3, 4, 5].map((n) => edits(n, `p${n}`, n));
    expect(keysOver(...others, edits(6, "me", 500), edits(7, null, 500))).toEqual([]);
    expect(keysOver(...others, edits(8, "p1", 90))).toEqual([]);
    expect(keysOver(...others, edits(8, "p1", 91))).toEqual([8]);
  });

  it("let go of the person who was here longest ago, with everything", () => {
    const others = [1, 2, 3, 4, 5].map((n) => edits(n, `p${n}`, n));
    expect(keysOver(edits(10, "p6", 20), edits(11, "p6", 6), ...others)).toEqual([10, 11]);
    expect(keysOver(edits(10, "p6", 20), edits(11, "p6", 0), ...others)).toEqual([5]);
  });
});
