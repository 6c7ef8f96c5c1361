import { ensureSyntaxTree } from "@codemirror/language";
import { EditorSelection, EditorState, type StateCommand } from "@codemirror/state";
import { expect, test } from "vitest";
import {
  cycleHeading,
  hasPrefix,
  isMarked,
  setHeading,
  toggleLink,
  toggleMark,
  togglePrefix,
  toggleQuote,
} from "../../src/source/commands.ts";
import { markdownLanguage } from "../../src/source/markdown-language.ts";

/** A text with «‹» and «›» where the selection begins and ends, or «|» where the cursor is. */
function stateOf(drawn: string, readOnly = false): EditorState {
  const anchor = drawn.search(/[‹|]/);
  const text = drawn.replace(/[‹|]/, "");
  const end = text.indexOf("›");
  const state = EditorState.create({
    doc: text.replace("›", ""),
    selection: EditorSelection.range(anchor, end < 0 ? anchor : end),
    extensions: [markdownLanguage(), EditorState.readOnly.of(readOnly)],
  });
  ensureSyntaxTree(state, state.doc.length, 1_000);
  return state;
}

function drawn(state: EditorState): string {
  const { from, to, empty } = state.selection.main;
  const text = state.doc.toString();
  const ends = empty ? ["|", ""] : ["‹", "›"];
  return text.slice(0, from) + ends[0] + text.slice(from, to) + ends[1] + text.slice(to);
}

function after(before: string, ...commands: StateCommand[]): string {
  let state = stateOf(before);
  for (const command of commands) {
    command({
      state,
      dispatch: (change) => {
        state = stateOf(drawn(change.state));
      },
    });
  }
  return drawn(state);
}

const bold = toggleMark("StrongEmphasis");
const italic = toggleMark("Emphasis");
const code = toggleMark("InlineCode");

test.each([
  ["some ‹words› here", "some **‹words›** here"],
  ["some wo|rds here", "some **wo|rds** here"],
  ["some ‹words ›here", "some **‹words›** here"],
  ["‹- **one**\n- two›", "- **one**\n- **‹two›**"],
  ["at the end |", "at the end **|**"],
  ["‹one\ntwo›", "**‹one**\n**two›**"],
  ["‹- one\n\n- two›", "- **‹one**\n\n- **two›**"],
])("bold makes of %j %j", (before, expected) => {
  expect(after(before, bold)).toBe(expected);
});

test.each(["some ‹words› here", "some wo|rds here", "end |", "word| here", "|word here"])(
  "a mark set twice leaves %j as it was",
  (before) => {
    for (const mark of [bold, italic, code]) expect(after(before, mark, mark)).toBe(before);
  },
);

test("bold and italic go together, and apart again", () => {
  expect(after("a wo|rd", bold, italic)).toBe("a ***wo|rd***");
  expect(after("a wo|rd", bold, italic, italic)).toBe("a **wo|rd**");
  expect(after("a wo|rd", bold, italic, bold)).toBe("a *wo|rd*");
});

test("marks are known where the cursor is", () => {
  expect(isMarked(stateOf("a **b|c** d"), "StrongEmphasis")).toBe(true);
  expect(isMarked(stateOf("a **bc** |d"), "StrongEmphasis")).toBe(false);
  expect(isMarked(stateOf("[a|](b)"), "Link")).toBe(true);
});

test.each([
  ["see ‹this› now", "see [this](|) now"],
  ["see | now", "see [|]() now"],
  ["see ‹https://example.org/a› now", "see [|](https://example.org/a) now"],
  ["see [th|is](https://example.org) now", "see th|is now"],
])("a link makes of %j %j", (before, expected) => {
  expect(after(before, toggleLink)).toBe(expected);
});

test.each([
  ["on|e", togglePrefix("list"), "- on|e"],
  ["- on|e", togglePrefix("list"), "on|e"],
  ["- on|e", togglePrefix("task"), "- [ ] on|e"],
  ["  - [x] on|e", togglePrefix("task"), "  on|e"],
  ["1. on|e", togglePrefix("task"), "- [ ] on|e"],
  ["‹one\n\n- two›", togglePrefix("list"), "- ‹one\n\n- two›"],
  ["|", togglePrefix("task"), "- [ ] |"],
  ["on|e", toggleQuote, "> on|e"],
  ["> > on|e", toggleQuote, "> on|e"],
  ["> - on|e", togglePrefix("list"), "> on|e"],
  ["# on|e", togglePrefix("list"), "- on|e"],
  ["on|e", setHeading(2), "## on|e"],
  ["## on|e", setHeading(2), "on|e"],
  ["# on|e", setHeading(3), "### on|e"],
])("the beginning of %j", (before, command, expected) => {
  expect(after(before, command)).toBe(expected);
});

test("a heading goes down three levels and is text again", () => {
  const levels = [1, 2, 3, 4].map((times) => after("a|", ...Array(times).fill(cycleHeading)));
  expect(levels).toEqual(["# a|", "## a|", "### a|", "a|"]);
});

test("the beginning of a line is known", () => {
  expect(hasPrefix(stateOf("> - [x] do|ne"), "task")).toBe(true);
  expect(hasPrefix(stateOf("> - [x] do|ne"), "quote")).toBe(true);
  expect(hasPrefix(stateOf("- do|ne"), "task")).toBe(false);
  expect(hasPrefix(stateOf("#no heading|"), "heading")).toBe(false);
});

test("readers change nothing", () => {
  const state = stateOf("wo|rd", true);
  const dispatch = () => expect.unreachable();
  for (const command of [bold, toggleLink, togglePrefix("list"), toggleQuote, cycleHeading]) {
    expect(command({ state, dispatch })).toBe(false);
  }
});
