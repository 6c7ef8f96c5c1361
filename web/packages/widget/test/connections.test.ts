import { afterEach, expect, test } from "vitest";
import { Connections, type Identity, type Lease } from "../src/connections.ts";

/** Nobody listens there: what is tried comes to nothing. */
const NOWHERE = "http://127.0.0.1:9";

const ADA: Identity = {
  server: NOWHERE,
  token: null,
  tokenProvider: null,
  link: null,
  name: "Ada",
  color: null,
};

let connections = new Connections();
let held: Lease[] = [];
let moved: string[] = [];

function lease(identity: Identity, document: string, who = document): Lease {
  const one = connections.lease(identity, document, () => moved.push(who));
  held.push(one);
  return one;
}

/** Everything that waits for the end of the moment is done. */
async function moment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

function jwt(sub: string, salt: string): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "HS256" })}.${part({ sub, salt })}.x`;
}

afterEach(async () => {
  for (const one of held) one.release();
  await moment();
  expect(connections.size).toBe(0);
  connections = new Connections();
  held = [];
  moved = [];
});

test("elements of one person share a socket, whatever their documents", () => {
  const [one, two] = [lease(ADA, "a"), lease({ ...ADA }, "b")];
  expect(connections.size).toBe(1);
  expect(one.provider.connection).toBe(two.provider.connection);
  expect(one.provider).not.toBe(two.provider);
});

test("elements on the same document share it", () => {
  const [one, two] = [lease(ADA, "a"), lease(ADA, "a")];
  expect(one.provider).toBe(two.provider);
});

test.each([
  ["server", { server: "http://127.0.0.1:10" }],
  ["token", { token: "t" }],
  ["link", { link: "l" }],
  ["name", { name: "Bob" }],
  ["color", { color: "#123456" }],
  ["tokenProvider", { tokenProvider: () => null }],
])("another %s is another socket", (_, other) => {
  const [one, two] = [lease(ADA, "a"), lease({ ...ADA, ...other }, "a")];
  expect(connections.size).toBe(2);
  expect(one.provider.connection).not.toBe(two.provider.connection);
});

test("a document ends with the last who holds it, a socket with its last document", async () => {
  const [one, two, other] = [lease(ADA, "a"), lease(ADA, "a"), lease(ADA, "b")];
  let ended = 0;
  one.provider.doc.on("destroy", () => {
    ended += 1;
  });
  one.release();
  await moment();
  expect([ended, connections.size]).toEqual([0, 1]);
  two.release();
  await moment();
  expect([ended, connections.size]).toEqual([1, 1]);
  other.release();
  await moment();
  expect(connections.size).toBe(0);
});

test("who comes in the moment another goes takes over", async () => {
  const one = lease(ADA, "a");
  one.release();
  const two = lease(ADA, "a");
  await moment();
  expect(two.provider).toBe(one.provider);
  expect(connections.size).toBe(1);
});

test("a sole holder changes the live connection", async () => {
  const one = lease(ADA, "a");
  const { provider } = one;
  one.want({ ...ADA, name: "Ada L.", token: jwt("ada", "1") });
  await moment();
  expect(moved).toEqual([]);
  expect(one.provider).toBe(provider);
  expect(one.credentials.token).toBe(jwt("ada", "1"));
  expect(decodeURIComponent(one.headers()["collab-guest-name"] ?? "")).toBe("Ada L.");
});

test("all who share change together, one alone has to move", async () => {
  const [one, two] = [lease(ADA, "a", "one"), lease(ADA, "b", "two")];
  const renamed = { ...ADA, name: "Eve" };
  one.want(renamed);
  two.want(renamed);
  await moment();
  expect(moved).toEqual([]);
  one.want(ADA);
  await moment();
  expect(moved).toEqual(["one"]);
});

test("a newer token of the same person goes on, another person's opens anew", async () => {
  const one = lease({ ...ADA, token: jwt("ada", "1") }, "a", "one");
  one.want({ ...ADA, token: jwt("ada", "2") });
  await moment();
  expect(moved).toEqual([]);
  one.want({ ...ADA, token: jwt("bob", "1") });
  await moment();
  expect(moved).toEqual(["one"]);
});

test("a newer token on one of two is taken by both, and whoever has the older one finds it", async () => {
  const [first, second] = [
    { ...ADA, token: jwt("ada", "1") },
    { ...ADA, token: jwt("ada", "2") },
  ];
  const [one, two] = [lease(first, "a", "one"), lease(first, "b", "two")];
  one.want(second);
  await moment();
  two.want({ ...first });
  await moment();
  expect([moved, one.credentials.token]).toEqual([[], second.token]);
  const third = lease(first, "c", "three");
  two.want(second);
  await moment();
  expect([moved, connections.size]).toEqual([[], 1]);
  expect(third.provider.connection).toBe(one.provider.connection);
});

test("another person on one of two moves alone", async () => {
  const ada = { ...ADA, token: jwt("ada", "1") };
  const [one, two] = [lease(ada, "a", "one"), lease(ada, "b", "two")];
  one.want({ ...ADA, token: jwt("bob", "1") });
  await moment();
  expect([moved, two.credentials.token]).toEqual([["one"], ada.token]);
});

test("another function for tokens is asked at once, a first one too; none opens anew", async () => {
  const one = lease({ ...ADA, token: jwt("ada", "1") }, "a", "one");
  one.want({ ...ADA, tokenProvider: () => jwt("ada", "2") });
  await moment();
  expect([moved, one.credentials.token]).toEqual([[], jwt("ada", "2")]);
  one.want({ ...ADA, tokenProvider: () => jwt("ada", "3") });
  await moment();
  expect([moved, one.credentials.token]).toEqual([[], jwt("ada", "3")]);
  one.want(ADA);
  await moment();
  expect(moved).toEqual(["one"]);
});

test("functions that two have for the same person are one; who has an old one finds it", async () => {
  let asked = 0;
  const old = () => jwt("ada", "1");
  const next = () => {
    asked += 1;
    return jwt("ada", "2");
  };
  const identity = { ...ADA, tokenProvider: old };
  const [one, two] = [lease(identity, "a", "one"), lease(identity, "b", "two")];
  await one.credentials.renew();
  one.want({ ...identity, tokenProvider: next });
  two.want({ ...identity, tokenProvider: next });
  await moment();
  expect([moved, asked, one.credentials.token]).toEqual([[], 1, jwt("ada", "2")]);
  lease(identity, "c", "three");
  expect(connections.size).toBe(1);
});

test("a function for another person's tokens moves whoever has it, and nobody else", async () => {
  const identity = { ...ADA, tokenProvider: () => jwt("ada", "1") };
  const [one, two] = [lease(identity, "a", "one"), lease(identity, "a", "two")];
  await one.credentials.renew();
  one.want({ ...identity, tokenProvider: () => jwt("bob", "1") });
  await moment();
  expect([moved, two.credentials.token]).toEqual([["one"], jwt("ada", "1")]);
});

test("what is told again changes nothing", async () => {
  const ada = { ...ADA, token: jwt("ada", "1"), tokenProvider: () => jwt("ada", "2") };
  const [one, two] = [lease(ada, "a", "one"), lease(ada, "b", "two")];
  one.want({ ...ada, token: jwt("ada", "3") });
  await moment();
  for (let turn = 0; turn < 3; turn += 1) {
    two.want({ ...ada });
    await moment();
  }
  expect([moved, two.credentials.token]).toEqual([[], jwt("ada", "3")]);
});

test("who comes with the newest token finds the connection that has it", async () => {
  const one = lease({ ...ADA, token: jwt("ada", "1") }, "a");
  one.want({ ...ADA, token: jwt("ada", "2") });
  await moment();
  const two = lease({ ...ADA, token: jwt("ada", "2") }, "b");
  expect(two.provider.connection).toBe(one.provider.connection);
});

test("a document that is of no more use is opened anew by all who hold it", async () => {
  const [one] = [lease(ADA, "a", "one"), lease(ADA, "a", "two"), lease(ADA, "b", "three")];
  one.discard();
  expect(moved).toEqual(["one", "two"]);
  const again = lease(ADA, "a");
  expect(again.provider).not.toBe(one.provider);
  expect(again.provider.connection).toBe(one.provider.connection);
});
