import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { Owners, runsOf } from "../src/authorship/runs.ts";

const isLeaf = (name: string) => name === "hardBreak" || name === "horizontalRule";

function written(): { doc: Y.Doc; fragment: Y.XmlFragment } {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const fragment = doc.getXmlFragment("default");
  const paragraph = new Y.XmlElement("paragraph");
  fragment.insert(0, [paragraph, new Y.XmlElement("horizontalRule")]);
  const text = new Y.XmlText();
  paragraph.insert(0, [text]);
  text.insert(0, "hello");
  return { doc, fragment };
}

describe("who owns what", () => {
  it("cuts a piece where a client changed hands", () => {
    const owners = new Owners([
      { client: 1, first: 5, author: "ben" },
      { client: 1, first: 0, author: "ann" },
    ]);
    expect(owners.parts(1, 3, 4)).toEqual([
      { author: "ann", length: 2 },
      { author: "ben", length: 2 },
    ]);
    expect(owners.parts(1, 9, 2)).toEqual([{ author: "ben", length: 2 }]);
    expect(owners.parts(2, 0, 2)).toEqual([{ author: null, length: 2 }]);
  });

  it("is read off the shared document, at the editor's positions", () => {
    const { doc, fragment } = written();
    const other = new Y.Doc();
    other.clientID = 2;
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
    const theirs = other.getXmlFragment("default").get(0) as Y.XmlElement;
    const said = theirs.get(0) as Y.XmlText;
    said.insert(2, "XY");
    said.delete(0, 1);
    said.format(0, 3, { bold: {} });
    theirs.insert(1, [new Y.XmlElement("hardBreak"), new Y.XmlText("end")]);
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
    const owners = new Owners([
      { client: 1, first: 0, author: "ann" },
      { client: 2, first: 0, author: "ben" },
    ]);
    const { runs, size, unknown } = runsOf(fragment, owners, isLeaf);
    // <p> e XY llo <br> end </p> <hr>
    expect(runs).toEqual([
      { from: 1, to: 2, author: "ann" },
      { from: 2, to: 4, author: "ben" },
      { from: 4, to: 7, author: "ann" },
      { from: 8, to: 11, author: "ben" },
    ]);
    expect(size).toBe(13);
    expect(unknown.size).toBe(0);
  });

  it("names clients nobody is known for, and leaves their text plain", () => {
    const { fragment } = written();
    const { runs, unknown, size } = runsOf(fragment, new Owners([]), isLeaf);
    expect(runs).toEqual([]);
    expect([...unknown]).toEqual([1]);
    expect(size).toBe(8);
  });
});
