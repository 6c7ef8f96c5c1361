import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";
import { YSyncConfig, ySyncAnnotation } from "y-codemirror.next";
import * as Y from "yjs";
import { lineBreaks, outside } from "../../src/source/breaks.ts";

const TEXT = "one\r\ntwo\r\n\r\nthree\rlone\n";

function stateOf(doc: string): EditorState {
  return EditorState.create({ doc, extensions: [lineBreaks()] });
}

test("every character counts as in the shared text", () => {
  const state = stateOf(TEXT);
  expect(state.doc.length).toBe(TEXT.length);
  expect(state.doc.toString()).toBe(TEXT);
  expect(state.doc.lines).toBe(5);
  const written = state.update({ changes: { from: 8, insert: "x\r\ny" } }).state;
  expect(written.doc.toString()).toBe("one\r\ntwox\r\ny\r\n\r\nthree\rlone\n");
});

test("no cursor comes to stand inside of a line break", () => {
  const state = stateOf(TEXT);
  const places = [...TEXT].map((_, at) => outside(state.doc, at));
  const expected = [...TEXT].map((sign, at) =>
    sign === "\n" && TEXT[at - 1] === "\r" ? at - 1 : at,
  );
  expect(places).toEqual(expected);
  const moved = state.update({ selection: { anchor: 0, head: 4 } }).state.selection.main;
  expect([moved.anchor, moved.head]).toEqual([0, 3]);
  const typed = state.update({ changes: { from: 3, insert: "\r" }, selection: { anchor: 5 } });
  expect(typed.state.selection.main.head).toBe(4);
});

test("who deletes half of a line break deletes all of it", () => {
  const state = stateOf(TEXT);
  for (const changes of [
    { from: 3, to: 4 },
    { from: 4, to: 5 },
  ]) {
    const { state: after } = state.update({ changes, userEvent: "delete" });
    expect(after.doc.toString()).toBe("onetwo\r\n\r\nthree\rlone\n");
  }
  const lone = state.update({ changes: { from: 17, to: 18 } }).state;
  expect(lone.doc.toString()).toBe("one\r\ntwo\r\n\r\nthreelone\n");
});

test("what others delete is deleted, and no more", () => {
  const yText = new Y.Doc().getText("text");
  const annotations = ySyncAnnotation.of(new YSyncConfig(yText, null));
  const half = stateOf(TEXT).update({ changes: { from: 4, to: 5 }, annotations }).state;
  expect(half.doc.toString()).toBe("one\rtwo\r\n\r\nthree\rlone\n");
});
