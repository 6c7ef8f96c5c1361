import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { markdownToHtml } from "../../editor/src/source/markdown.ts";
import type { Mode } from "../src/attributes.ts";
import { Reader } from "../src/formats.ts";
import { clientFor, isUntouched, seedUpdate } from "../src/seed.ts";

const SOURCE = "# One\n\n<b>&amp;</b>";

function source(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText("text").insert(0, text);
  return doc;
}

async function seeded(mode: Mode, value: string, doc = new Y.Doc()): Promise<Y.Doc> {
  const fetch = () => Promise.reject(new Error("Plain text needs no part of an editor."));
  Y.applyUpdate(doc, await seedUpdate(mode, { value }, [], fetch));
  return doc;
}

describe("what a document says", () => {
  test("plain text: a paragraph a line", () => {
    const reader = new Reader(source("a <b\n\nc"), "plain", null, null);
    expect(reader.text()).toBe("a <b\n\nc");
    expect(reader.markdown()).toBe("a <b\n\nc");
    expect(reader.html()).toBe("<p>a &lt;b</p><p></p><p>c</p>");
    expect(reader.json().content?.length).toBe(3);
  });

  test("code: as it is, in a block of its language", () => {
    const reader = new Reader(source("if a < b:\n  pass"), "code", "python", null);
    expect(reader.html()).toContain("a &lt; b:\n  pass");
    expect(reader.json().content).toEqual([
      {
        type: "codeBlock",
        attrs: { language: "python" },
        content: [{ type: "text", text: "if a < b:\n  pass" }],
      },
    ]);
  });

  test("Markdown: HTML of it once that can be made, escaped before", () => {
    const doc = source(SOURCE);
    expect(new Reader(doc, "markdown", null, markdownToHtml).html()).toContain("<h1>One</h1>");
    expect(new Reader(doc, "markdown", null, null).html()).toContain("&lt;b&gt;");
    expect(new Reader(doc, "markdown", null, null).read("markdown")).toBe(SOURCE);
  });

  test("rich text in every format", async () => {
    const reader = new Reader(await seeded("rich", "one\ntwo"), "rich", null, null);
    expect(reader.text().trim()).toBe("one\ntwo");
    expect(reader.html()).toBe("<p>one</p><p>two</p>");
    expect(reader.markdown().trim()).toBe("one\n\ntwo");
    expect(JSON.parse(reader.read("json"))).toEqual(reader.json());
  });

  test("an empty paragraph is nothing, a rule is something", () => {
    const doc = new Y.Doc();
    const reader = new Reader(doc, "rich", null, null);
    const fragment = doc.getXmlFragment("default");
    expect(reader.isEmpty()).toBe(true);
    fragment.insert(0, [new Y.XmlElement("paragraph")]);
    expect(reader.isEmpty()).toBe(true);
    fragment.insert(1, [new Y.XmlElement("horizontalRule")]);
    expect(reader.isEmpty()).toBe(false);
    fragment.delete(1, 1);
    (fragment.get(0) as Y.XmlElement).insert(0, [new Y.XmlText("x")]);
    expect(reader.isEmpty()).toBe(false);
  });
});

describe("the first content", () => {
  test.each(["plain", "markdown", "code", "rich"] as const)(
    "brought by two windows at once, it is there once: %s",
    async (mode) => {
      const [one, two] = [await seeded(mode, "a\r\nb"), await seeded(mode, "a\r\nb")];
      Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
      Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
      for (const doc of [one, two]) {
        expect(new Reader(doc, mode, null, null).text().trim()).toBe("a\nb");
      }
      expect(Y.encodeStateAsUpdate(one)).toEqual(Y.encodeStateAsUpdate(two));
    },
  );

  test("an emptied document is not one that nobody wrote in", async () => {
    const doc = new Y.Doc();
    expect(isUntouched(doc)).toBe(true);
    await seeded("plain", "a", doc);
    doc.getText("text").delete(0, 1);
    expect(isUntouched(doc)).toBe(false);
    // Even if it came again, it would be known already.
    await seeded("plain", "a", doc);
    expect(doc.getText("text").toString()).toBe("");
  });

  test("looking at a document does not touch it", () => {
    const doc = new Y.Doc();
    new Reader(doc, "rich", null, null).json();
    new Reader(doc, "plain", null, null).text();
    expect(isUntouched(doc)).toBe(true);
  });

  test("another content comes from another client", () => {
    const ids = ["", "a", "b", "ab", "ä", "a\n"].map(clientFor);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(Number.isInteger(id) && id >= 0 && id < 2 ** 32).toBe(true);
  });
});
