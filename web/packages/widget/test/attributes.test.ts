import { describe, expect, test } from "vitest";
import { isDocumentId, originOf } from "../src/address.ts";
import { choice, flag, MODES, said, standardFormat } from "../src/attributes.ts";
import { destinationOf, needsReopening, type Settings } from "../src/settings.ts";

const PAGE = "https://host.example/articles/1";

const SETTINGS: Settings = {
  server: "https://collab.example",
  document: "notes",
  token: null,
  tokenProvider: null,
  link: null,
  name: "Ada",
  color: null,
  mode: "rich",
  editable: true,
  theme: "auto",
  placeholder: null,
  toolbar: true,
  history: true,
  language: null,
  required: false,
  labels: [] as unknown as NodeList,
  autofocus: false,
  extensions: [],
  initialContent: null,
};

describe("what attributes say", () => {
  test.each([
    ["plain", "plain"],
    [" Markdown ", "markdown"],
    ["word", "rich"],
    ["", "rich"],
    [null, "rich"],
  ])("mode=%j means %s", (raw, mode) => {
    expect(choice(raw, MODES, "rich")).toBe(mode);
  });

  test.each([
    [null, true],
    ["", true],
    ["true", true],
    ["no", true],
    ["false", false],
    [" FALSE ", false],
  ])("editable=%j means %s, as with contenteditable", (raw, wanted) => {
    expect(flag(raw)).toBe(wanted);
  });

  test("an attribute of spaces says nothing", () => {
    expect([said("  "), said(" a "), said(null)]).toEqual([null, "a", null]);
  });

  test("forms get HTML of rich text, and source as it is", () => {
    expect(MODES.map(standardFormat)).toEqual(["html", "text", "text", "text"]);
  });
});

describe("where the server is", () => {
  test.each([
    ["https://collab.example", "https://collab.example"],
    ["https://collab.example:8443/d/notes?x#y", "https://collab.example:8443"],
    ["https://collab.example/widget.js", "https://collab.example"],
    ["wss://collab.example", "https://collab.example"],
    ["ws://127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["//collab.example", "https://collab.example"],
    ["/", "https://host.example"],
    ["collab.example:8080", "https://collab.example:8080"],
    ["localhost:8080", "http://localhost:8080"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["[::1]:8080", "http://[::1]:8080"],
  ])("%s is %s", (address, origin) => {
    expect(originOf(address, PAGE)).toBe(origin);
  });

  test.each(["ftp://collab.example", "javascript:alert(1)", "data:,x", "http://", "blob:x"])(
    "%s is nowhere",
    (address) => {
      expect(originOf(address, PAGE)).toBeNull();
    },
  );

  test("a script without a page around has no server but its own", () => {
    expect(originOf("file:///srv/widget.js", undefined)).toBeNull();
  });
});

describe("which document is meant", () => {
  test.each(["a", "notes-2026_v1.~x", "0", "a".repeat(128)])("%s may be one", (id) => {
    expect(isDocumentId(id)).toBe(true);
  });

  test.each(["", "-a", "a b", "ä", "a/b", "a".repeat(129), "a\n"])("%j may not", (id) => {
    expect(isDocumentId(id)).toBe(false);
  });
});

describe("where settings lead", () => {
  test("to a document, as somebody", () => {
    expect(destinationOf(SETTINGS)).toMatchObject({
      document: "notes",
      identity: { server: "https://collab.example", name: "Ada", token: null },
    });
  });

  test.each([
    [{ document: null }, "missing_document"],
    [{ document: "no such" }, "invalid_document_id"],
    [{ server: "ftp://x" }, "invalid_server"],
    [{ server: null }, "missing_server"],
  ])("%j is said to be wrong: %s", (wrong, code) => {
    expect(destinationOf({ ...SETTINGS, ...wrong })).toMatchObject({ code });
  });

  test("the document is opened anew for another place or kind, not for another look", () => {
    const anew = (change: Partial<Settings>) =>
      needsReopening(SETTINGS, { ...SETTINGS, ...change });
    const [one, other] = [{ name: "a" }, { name: "b" }] as unknown as Settings["extensions"];
    expect(
      [
        { document: "x" },
        { server: "https://other.example" },
        { link: "secret" },
        { mode: "plain" as const },
        { history: false },
        { extensions: [one] as unknown as Settings["extensions"] },
      ].map(anew),
    ).toEqual([true, true, true, true, true, true]);
    expect(
      [
        { token: "t" },
        { name: "Bob" },
        { color: "#123456" },
        { theme: "dark" as const },
        { editable: false },
        { placeholder: "…" },
        { toolbar: false },
        { language: "de" },
        { extensions: [] },
      ].map(anew),
    ).toEqual(Array(9).fill(false));
    expect(
      needsReopening(
        { ...SETTINGS, extensions: [one, other] as unknown as Settings["extensions"] },
        { ...SETTINGS, extensions: [one, other] as unknown as Settings["extensions"] },
      ),
    ).toBe(false);
  });
});
