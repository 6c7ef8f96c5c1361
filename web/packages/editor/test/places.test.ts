import type { BlockChange, BlockChangeKind } from "@collab/client";
import { describe, expect, it } from "vitest";
import { placed, unchangedBlocks } from "../src/history/places.ts";

const paragraph = (said: string) => ({
  type: "paragraph",
  content: [{ type: "text", text: said }],
});
const holding = (type: string, ...content: object[]) => ({ type, content });

function change(
  kind: BlockChangeKind,
  said: string,
  path: string[],
  type = "paragraph",
): BlockChange {
  const what = kind === "removed" ? "removed" : "same";
  const segments = [{ change: what, text: said, marks: {} } as const];
  return { change: kind, kind: type, path, attributes: {}, segments };
}

/** Each block as its text below the number of the holder it shares with others. */
function shape(blocks: ReturnType<typeof placed>): string[] {
  const keys: string[] = [];
  const number = (key: string) => (keys.includes(key) ? keys.indexOf(key) : keys.push(key) - 1);
  return blocks.map(({ trail, block }) => {
    const where = trail.map(({ type, key }) => `${type}${number(key)}`);
    return [...where, block.segments.map(({ text }) => text).join("")].join(" ");
  });
}

const LIST = ["bulletList", "listItem"];
const CELL = ["table", "tableRow", "tableCell"];

describe("places of blocks", () => {
  it("come from the document at that moment", () => {
    const content = holding(
      "doc",
      holding("bulletList", holding("listItem", paragraph("a"), paragraph("b"))),
      holding("bulletList", holding("listItem", paragraph("c"))),
      { type: "horizontalRule" },
    );
    const blocks = ["a", "b", "c"].map((said) => change("same", said, LIST));
    expect(shape(placed(blocks, content))).toEqual([
      "bulletList0 listItem1 a",
      "bulletList0 listItem1 b",
      "bulletList2 listItem3 c",
      "",
    ]);
  });

  it("of removed items are beside their neighbours", () => {
    const content = holding(
      "doc",
      holding(
        "bulletList",
        holding("listItem", paragraph("a")),
        holding("listItem", paragraph("c")),
      ),
    );
    const blocks = [
      change("same", "a", LIST),
      change("removed", "b", LIST),
      change("same", "c", LIST),
    ];
    expect(shape(placed(blocks, content))).toEqual([
      "bulletList0 listItem1 a",
      "bulletList0 listItem2 b",
      "bulletList0 listItem3 c",
    ]);
  });

  it("of a removed row are a row of their own, of a single block in the cell it was in", () => {
    const cell = (said: string) => holding("tableCell", paragraph(said));
    const content = holding("doc", holding("table", holding("tableRow", cell("a"), cell("b"))));
    const there = ["a", "b"].map((said) => change("same", said, CELL));
    const gone = ["x", "y"].map((said) => change("removed", said, CELL));
    expect(shape(placed([...there, ...gone], content)).slice(1)).toEqual([
      "table0 tableRow1 tableCell3 b",
      "table0 tableRow4 tableCell5 x",
      "table0 tableRow4 tableCell6 y",
    ]);
    expect(shape(placed([...there, ...gone.slice(1)], content)).slice(1)).toEqual([
      "table0 tableRow1 tableCell3 b",
      "table0 tableRow1 tableCell3 y",
    ]);
  });

  it("of a table are guessed from its head when there is no document", () => {
    const head = ["table", "tableRow", "tableHeader"];
    const cells = ["1", "2", "3", "4"].map((said) => change("added", said, CELL));
    const blocks = [change("added", "a", head), change("added", "b", head), ...cells];
    const rows = shape(placed(blocks, null)).map((line) => /tableRow(\d+).* (\w)/.exec(line));
    expect(rows.map((found) => found?.slice(1).join(" "))).toEqual([
      "1 a",
      "1 b",
      "4 1",
      "4 2",
      "7 3",
      "7 4",
    ]);
  });

  it("are guessed from the types when there is no document", () => {
    const blocks = [
      change("added", "a", LIST),
      change("added", "b", LIST),
      change("added", "c", []),
    ];
    expect(shape(placed(blocks, null))).toEqual([
      "bulletList0 listItem1 a",
      "bulletList0 listItem2 b",
      "c",
    ]);
  });

  it("of a document that is plain text are its lines", () => {
    expect(shape(unchangedBlocks("one\ntwo"))).toEqual(["one", "two"]);
  });

  it("survive what is no document at all", () => {
    for (const nonsense of [null, 7, {}, { content: "x" }, { roots: {} }]) {
      expect(unchangedBlocks(nonsense)).toEqual([]);
    }
  });
});
