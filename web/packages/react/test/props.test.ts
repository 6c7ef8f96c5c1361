import type { CollabEditorElement } from "@collab/widget";
import { createElement } from "react";
import { describe, expect, it, vi } from "vitest";
import { CollabEditor } from "../src/index.ts";
import { attributesOf, type Given, give } from "../src/props.ts";

const NOTHING: Given = {
  token: undefined,
  link: undefined,
  tokenProvider: undefined,
  extensions: undefined,
  initialContent: undefined,
};

describe("attributesOf", () => {
  it("writes what every React takes alike", () => {
    const said = attributesOf({
      document: "d",
      className: "wide",
      editable: false,
      toolbar: true,
      required: true,
      "aria-label": "Minutes",
    });
    expect(said).toEqual({
      document: "d",
      class: "wide",
      editable: "false",
      toolbar: "true",
      required: "true",
      "aria-label": "Minutes",
    });
  });

  it("keeps secrets and functions out of the tag", () => {
    const said = attributesOf({
      document: "d",
      token: "secret",
      link: "secret",
      tokenProvider: () => "secret",
      extensions: [],
      initialContent: "Hello",
      onReady: () => {},
      onChange: () => {},
    });
    const written = Object.entries(said).filter(([, value]) => value !== undefined);
    expect(written).toEqual([["document", "d"]]);
  });
});

describe("give", () => {
  it("sets what has changed, and takes back what is gone", () => {
    const set = vi.fn();
    const element = new Proxy({} as CollabEditorElement, {
      set: (_, name, value) => {
        set(name, value);
        return true;
      },
    });
    give(element, null, { ...NOTHING, token: "a" });
    give(element, { ...NOTHING, token: "a" }, { ...NOTHING, token: "a", link: "l" });
    give(element, { ...NOTHING, token: "a", link: "l" }, { ...NOTHING, link: "l" });
    expect(set.mock.calls).toEqual([
      ["token", "a"],
      ["link", "l"],
      ["token", null],
    ]);
  });
});

describe("CollabEditor", () => {
  it("can be imported and made where there is no page", () => {
    expect(createElement(CollabEditor, { document: "d" }).props).toEqual({ document: "d" });
  });
});
