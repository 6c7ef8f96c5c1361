import { expect, test } from "vitest";
import * as Y from "yjs";
import { cursorAt, isSame, placeOf, readCursor } from "../../src/source/cursor.ts";

function docWith(text: string): Y.Text {
  const field = new Y.Doc().getText("text");
  field.insert(0, text);
  return field;
}

/** As it comes out of awareness. */
function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const END = { type: null, tname: "text", item: null, assoc: 0 };

test("a cursor comes back where it was, and goes with its text", () => {
  const text = docWith("one two");
  const state = sent({ cursor: cursorAt({ anchor: 4, head: 7 }, text), user: { name: "Ann" } });
  const read = readCursor(state);
  expect(read && placeOf(read.cursor, text)).toEqual({ anchor: 4, head: 7 });
  text.insert(0, "zero ");
  expect(read && placeOf(read.cursor, text)).toEqual({ anchor: 9, head: 12 });
});

test("a cursor on text that is not here yet is nowhere, and is found when the text comes", () => {
  const theirs = docWith("one");
  const ours = new Y.Doc().getText("text");
  const read = readCursor(sent({ cursor: cursorAt({ anchor: 1, head: 2 }, theirs) }));
  expect(read && placeOf(read.cursor, ours)).toBeNull();
  if (ours.doc && theirs.doc) Y.applyUpdate(ours.doc, Y.encodeStateAsUpdate(theirs.doc));
  expect(read && placeOf(read.cursor, ours)).toEqual({ anchor: 1, head: 2 });
});

test("cursors are the same when they stand at the same characters", () => {
  const text = docWith("abc");
  const cursor = cursorAt({ anchor: 1, head: 2 }, text);
  text.insert(0, "x");
  expect(isSame(cursor, cursorAt({ anchor: 2, head: 3 }, text))).toBe(true);
  expect(isSame(cursor, cursorAt({ anchor: 1, head: 3 }, text))).toBe(false);
});

test.each([
  null,
  "cursor",
  { anchor: END },
  { anchor: END, head: 5 },
  { anchor: END, head: {} },
  { anchor: END, head: { ...END, tname: "another" } },
  { anchor: END, head: { ...END, tname: 7 } },
  { anchor: END, head: { ...END, item: { client: -1, clock: 0 } } },
  { anchor: END, head: { ...END, item: { client: 1 } } },
  { anchor: END, head: { ...END, assoc: "left" } },
  { anchor: [], head: END },
])("%j is no cursor", (cursor) => {
  expect(readCursor({ cursor, user: { name: "Ann", color: "#123456" } })).toBeNull();
});

test("states of other shapes are no cursors", () => {
  for (const state of [undefined, null, 5, [], {}, { user: {} }]) {
    expect(readCursor(state)).toBeNull();
  }
});

test("a place in another text is none in ours, and makes no new type", () => {
  const text = docWith("abc");
  const other = text.doc?.getText("default");
  other?.insert(0, "xyz");
  const inOther = other && cursorAt({ anchor: 1, head: 1 }, other);
  const read = readCursor(sent({ cursor: inOther }));
  expect(read && placeOf(read.cursor, text)).toBeNull();
  expect([...(text.doc?.share.keys() ?? [])]).toEqual(["text", "default"]);
});

test("what others say of themselves is made safe", () => {
  const owner = (user: unknown) => readCursor({ cursor: { anchor: END, head: END }, user })?.owner;
  expect(owner({ name: "Ann", color: "#0369a1" })).toEqual({ name: "Ann", color: "#0369a1" });
  const guest = { name: "Guest", color: "#6b7280" };
  for (const user of [undefined, 7, {}, { name: 5, color: "red;background:url(x)" }]) {
    expect(owner(user)).toEqual(guest);
  }
});
