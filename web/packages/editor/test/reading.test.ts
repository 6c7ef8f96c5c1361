import { getSchema } from "@tiptap/core";
import { prosemirrorJSONToYXmlFragment, yXmlFragmentToProseMirrorRootNode } from "@tiptap/y-tiptap";
import { describe, expect, it } from "vitest";
import { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { holdsOtherKind } from "../src/opening.ts";
import { type DocNode, htmlOf, jsonOf, textOf } from "../src/reading/index.ts";
import { extensions } from "../src/schema.ts";
import { diceOf, documentOf } from "./documents.ts";
import readings from "./readings.json" with { type: "json" };

const schema = getSchema(extensions(new Y.Doc(), new Awareness(new Y.Doc()), () => ""));

/** Return `node` without attributes that have the schema's default. */
function withoutDefaults(node: DocNode): DocNode {
  const bare = (type: string, attrs: DocNode["attrs"] = {}) => {
    const spec = schema.nodes[type]?.spec.attrs ?? schema.marks[type]?.spec.attrs ?? {};
    const set = Object.entries(attrs).filter(
      ([name, value]) => value !== null && value !== spec[name]?.default,
    );
    return set.length > 0 ? { attrs: Object.fromEntries(set) } : {};
  };
  return {
    type: node.type,
    ...bare(node.type, node.attrs),
    ...(node.content && { content: node.content.map(withoutDefaults) }),
    ...(node.marks && {
      marks: node.marks.map(({ type, attrs }) => ({ type, ...bare(type, attrs) })),
    }),
    ...(node.text !== undefined && { text: node.text }),
  };
}

describe("reading", () => {
  it("says in JSON what the editor does", () => {
    for (let seed = 0; seed < 300; seed++) {
      const fragment = new Y.Doc().getXmlFragment("default");
      prosemirrorJSONToYXmlFragment(schema, documentOf(diceOf(seed)), fragment);
      const editors: DocNode = yXmlFragmentToProseMirrorRootNode(fragment, schema).toJSON();
      expect(withoutDefaults(jsonOf(fragment)), `seed ${seed}`).toEqual(withoutDefaults(editors));
    }
  });

  it("joins text that several programs wrote side by side", () => {
    const fragment = new Y.Doc().getXmlFragment("default");
    const [line, a, b] = [new Y.XmlElement("paragraph"), new Y.XmlText("a"), new Y.XmlText("b")];
    fragment.push([line]);
    line.push([a, b]);
    const text = { type: "text", text: "ab" };
    expect(jsonOf(fragment).content).toEqual([{ type: "paragraph", content: [text] }]);
  });

  it.each(readings)("says in text and HTML what the server does: $name", (reading) => {
    const document: DocNode = reading.document;
    expect(textOf(document)).toBe(reading.text);
    expect(htmlOf(document)).toBe(reading.html);
  });
});

describe("a document of the other kind", () => {
  it("is told without making a root of ours in it", () => {
    const doc = new Y.Doc();
    doc.getText("text").insert(0, "# words");
    expect(holdsOtherKind(doc, "rich")).toContain("source text");
    expect(holdsOtherKind(doc, "source")).toBeNull();
    expect([...doc.share.keys()]).toEqual(["text"]);
  });

  it("is none once its text is deleted, or if it has both", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    text.insert(0, "words");
    doc.getXmlFragment("default").push([new Y.XmlElement("paragraph")]);
    expect(holdsOtherKind(doc, "rich")).toBeNull();
    const other = new Y.Doc();
    other.getText("text").insert(0, "words");
    other.getText("text").delete(0, 5);
    expect(holdsOtherKind(other, "rich")).toBeNull();
  });

  it("is told also where it came from elsewhere", () => {
    const theirs = new Y.Doc();
    theirs.getXmlFragment("default").push([new Y.XmlElement("paragraph")]);
    const ours = new Y.Doc();
    Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs));
    expect(holdsOtherKind(ours, "source")).toContain("rich text");
  });
});
