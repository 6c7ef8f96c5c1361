import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { isPlace } from "../src/carets.ts";
import { unknownContent, watchForUnknown } from "../src/guard.ts";
import { spanOf } from "../src/tables.ts";
import { isSafeUrl, mayLink } from "../src/urls.ts";

describe("isSafeUrl", () => {
  it.each(["https://a.b/c?d#e", "HTTP://a", "mailto:a@b", "tel:+1", "/path", "#part"])(
    "opens %s",
    (url) => expect(isSafeUrl(url)).toBe(true),
  );

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "//evil.example",
    "/a b",
    "file:///etc/passwd",
    `https://${"a".repeat(3_000)}`,
    { toString: () => "https://a" },
    ["https://a"],
    null,
    7,
  ])("does not open %j", (url) => expect(isSafeUrl(url)).toBe(false));
});

describe("mayLink", () => {
  const anything = () => true;

  it("leaves addresses without a scheme to the editor", () => {
    expect(mayLink("example.org", anything)).toBe(true);
    expect(mayLink("example.org", () => false)).toBe(false);
  });

  it.each(["javascript:x", "data:x", "//evil.example", "\\\\evil.example", {}, ["a"], 7])(
    "refuses %j whatever the editor thinks",
    (url) => expect(mayLink(url, anything)).toBe(false),
  );
});

describe("isPlace", () => {
  it.each([
    { type: null, tname: "default", item: null, assoc: 0 },
    { type: { client: 1, clock: 0 }, tname: null, item: { client: 7, clock: 12 }, assoc: -1 },
    { item: { client: 7, clock: 12 } },
  ])("believes %j", (place) => expect(isPlace(place)).toBe(true));

  it.each([
    {},
    null,
    "default",
    [{ tname: "default" }],
    { tname: "another root" },
    { tname: { toString: 1 } },
    { type: null, tname: null, item: null },
    { item: {} },
    { item: { client: 1, clock: -1 } },
    { item: { client: 1, clock: 0.5 } },
    { item: { client: "1", clock: 0 } },
    { type: { client: 1e300, clock: 0 } },
    { tname: "default", assoc: "0" },
  ])("does not believe %j", (place) => expect(isPlace(place)).toBe(false));
});

describe("spans of cells", () => {
  const schema = { nodes: { table: {}, tableCell: {} }, marks: {} } as never;

  function table(colspan: unknown) {
    const doc = new Y.Doc();
    const cell = new Y.XmlElement("tableCell");
    doc.getXmlFragment("default").insert(0, [cell]);
    if (colspan !== undefined) cell.setAttribute("colspan", colspan as string);
    return { cell, fragment: doc.getXmlFragment("default") };
  }

  it.each([1, 1_000, null, undefined])("shows %j", (span) => {
    expect(unknownContent(table(span).fragment, schema)).toEqual([]);
  });

  it.each([0, -1, 1_001, 1e9, 1.5, "2", "x", [3], {}])("does not show %j", (span) => {
    expect(unknownContent(table(span).fragment, schema)).toHaveLength(1);
  });

  it("notices a span that turns strange later", () => {
    const { cell, fragment } = table(2);
    const told: (readonly string[])[] = [];
    watchForUnknown(fragment, schema, (names) => told.push(names));
    cell.setAttribute("colspan", 3 as unknown as string);
    expect(told).toEqual([]);
    cell.setAttribute("colspan", 1e9 as unknown as string);
    expect(told).toEqual([["tableCell with a strange colspan"]]);
  });

  it.each([
    ["2", 2],
    ["1e9", 1],
    ["999999999999", 100],
    ["-5", 1],
    ["x", 1],
    [null, 1],
  ] as const)("takes a pasted %j for %d", (text, span) => expect(spanOf(text)).toBe(span));
});
