/** What the Markdown tools and keys do. They work on a state alone: no page is needed. */

import { syntaxTree } from "@codemirror/language";
import {
  type ChangeSpec,
  EditorSelection,
  type EditorState,
  type Line,
  type SelectionRange,
  type StateCommand,
} from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

/** Marks around words, and how the parser calls them. */
export type Mark = "StrongEmphasis" | "Emphasis" | "InlineCode";

const SIGNS: Readonly<Record<Mark, string>> = {
  StrongEmphasis: "**",
  Emphasis: "*",
  InlineCode: "`",
};

/** What a line begins with. */
export type Prefix = "heading" | "list" | "task";

/** Return whether the selection is inside of such a mark. */
export function isMarked(state: EditorState, mark: Mark | "Link"): boolean {
  return enclosing(state, mark) !== null;
}

/** Put the mark around the selection or the word at the cursor; take it away if it is there. */
export function toggleMark(mark: Mark): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const range = state.selection.main;
    const pieces = range.empty ? [range] : piecesOf(state, range);
    const around = pieces.map((piece) => enclosing(state, mark, piece));
    if (around.every((node) => node !== null)) {
      const changes = around.flatMap(signsOf).map(({ from, to }) => ({ from, to }));
      dispatch(state.update({ changes, userEvent: "delete" }));
    } else if (range.empty && !state.wordAt(range.head)) {
      dispatch(state.update({ ...emptyMark(state, SIGNS[mark]), userEvent: "input" }));
    } else {
      const bare = pieces.filter((_, at) => around[at] === null);
      dispatch(state.update({ ...wrap(state, SIGNS[mark], bare), userEvent: "input" }));
    }
    return true;
  };
}

/** Make a link of the selection, with the cursor where the rest is to be typed; or undo one. */
export const toggleLink: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const around = enclosing(state, "Link");
  const [open, close] = around ? around.getChildren("LinkMark") : [];
  if (around && open && close) {
    const changes = [open, { from: close.from, to: around.to }].map(({ from, to }) => ({
      from,
      to,
    }));
    dispatch(state.update({ changes, userEvent: "delete" }));
    return true;
  }
  const { from, to } = state.selection.main;
  const words = state.sliceDoc(from, to);
  const isAddress = /^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(words);
  const insert = isAddress ? `[](${words})` : `[${words}]()`;
  // Whichever half is missing is typed next.
  const cursor = isAddress || !words ? from + 1 : from + words.length + 3;
  dispatch(
    state.update({
      changes: { from, to, insert },
      selection: { anchor: cursor },
      scrollIntoView: true,
      userEvent: "input",
    }),
  );
  return true;
};

/** Begin the selected lines so; take it away if all of them do. */
export function togglePrefix(prefix: "list" | "task"): StateCommand {
  const sign = prefix === "list" ? "- " : "- [ ] ";
  return changeLines((lines) => {
    const isOff = lines.every((line) => prefixOf(line) === prefix);
    return lines.map(({ start, end }) => ({ from: start, to: end, insert: isOff ? "" : sign }));
  });
}

/** One heading level lower at each call, and after the third none. */
export const cycleHeading: StateCommand = changeLines((lines) => {
  const level = (lines[0]?.heading ?? 0) + 1;
  const insert = level > 3 ? "" : `${"#".repeat(level)} `;
  return lines.map(({ start, end }) => ({ from: start, to: end, insert }));
});

/** Make the lines headings of this level; text again if they are. */
export function setHeading(level: number): StateCommand {
  return changeLines((lines) => {
    const isOff = lines.every(({ heading }) => heading === level);
    const insert = isOff ? "" : `${"#".repeat(level)} `;
    return lines.map(({ start, end }) => ({ from: start, to: end, insert }));
  });
}

/** Quote the selected lines; take one level of quotation away if all are quoted. */
export const toggleQuote: StateCommand = changeLines((lines) => {
  const isOff = lines.every(({ quote }) => quote !== null);
  return lines.map(({ from, quote }) => {
    if (!isOff) return { from, insert: "> " };
    return quote ? { from: quote.from, to: quote.to } : [];
  });
});

/** Return whether the line at the cursor begins so. */
export function hasPrefix(state: EditorState, prefix: Prefix | "quote"): boolean {
  const line = beginning(state.doc.lineAt(state.selection.main.head));
  return prefix === "quote" ? line.quote !== null : prefixOf(line) === prefix;
}

// --- marks ---

interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Return the innermost node of this name around the whole piece. */
function enclosing(
  state: EditorState,
  name: string,
  { from, to }: Piece = state.selection.main,
): SyntaxNode | null {
  const tree = syntaxTree(state);
  for (const side of [1, -1] as const) {
    for (let node: SyntaxNode | null = tree.resolveInner(from, side); node; node = node.parent) {
      if (node.name === name && node.from <= from && node.to >= to) return node;
    }
  }
  return null;
}

function signsOf(node: SyntaxNode): SyntaxNode[] {
  const signs = node.getChildren(node.name === "InlineCode" ? "CodeMark" : "EmphasisMark");
  return signs.length > 1 ? [signs[0], signs.at(-1)].filter((sign) => sign !== undefined) : [];
}

/** A pair of signs with the cursor inside; away again if that is all there is. */
function emptyMark(state: EditorState, sign: string) {
  const at = state.selection.main.head;
  const [from, to] = [at - sign.length, at + sign.length];
  const isPair = from >= 0 && state.sliceDoc(from, to) === sign + sign;
  if (isPair) return { changes: { from, to }, selection: { anchor: from } };
  return { changes: { from: at, insert: sign + sign }, selection: { anchor: at + sign.length } };
}

/** The sign around the word at the cursor, or every piece; the selection stays inside of them. */
function wrap(state: EditorState, sign: string, selected: readonly Piece[]) {
  const { main } = state.selection;
  const word = main.empty ? state.wordAt(main.head) : null;
  const pieces = word ? [word] : selected;
  const changes = state.changes(
    pieces.flatMap(({ from, to }) => [
      { from, insert: sign },
      { from: to, insert: sign },
    ]),
  );
  if (word) {
    const side = main.head === word.from ? 1 : -1;
    return { changes, selection: EditorSelection.cursor(changes.mapPos(main.head, side)) };
  }
  const start = changes.mapPos(pieces[0]?.from ?? main.from, 1);
  const end = changes.mapPos(pieces.at(-1)?.to ?? main.to, -1);
  const [anchor, head] = main.anchor > main.head ? [end, start] : [start, end];
  return { changes, selection: EditorSelection.range(anchor, head) };
}

/**
 * Return the words in `range` line by line, without what begins the lines and space around: marks end
 * with their paragraph.
 */
function piecesOf(state: EditorState, range: SelectionRange): Piece[] {
  return linesIn(state, range).flatMap((line) => {
    const start = Math.max(range.from, beginning(line).end);
    const end = Math.min(range.to, line.to);
    const text = state.sliceDoc(start, Math.max(start, end));
    if (!text.trim()) return [];
    const from = start + text.length - text.trimStart().length;
    return { from, to: end - (text.length - text.trimEnd().length) };
  });
}

// --- beginnings of lines ---

interface Beginning {
  readonly from: number;
  /** The innermost sign of quotation. */
  readonly quote: { readonly from: number; readonly to: number } | null;
  /** Where the sign of a heading or a list begins and ends, if there is one. */
  readonly start: number;
  readonly end: number;
  /** The level; 0 for none. */
  readonly heading: number;
  readonly isList: boolean;
  readonly isTask: boolean;
}

const BEGINNING =
  /^([ \t]*(?:>[ \t]?)*[ \t]*)(?:(#{1,6})(?:[ \t]+|$)|((?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$))(\[[ xX]\](?:[ \t]+|$))?)?/;

function beginning({ from, text }: Pick<Line, "from" | "text">): Beginning {
  const [all = "", lead = "", heading = "", list = "", task = ""] = BEGINNING.exec(text) ?? [];
  const at = lead.lastIndexOf(">");
  const quoteEnd = lead[at + 1] === " " || lead[at + 1] === "\t" ? at + 2 : at + 1;
  return {
    from,
    quote: at < 0 ? null : { from: from + at, to: from + quoteEnd },
    start: from + lead.length,
    end: from + all.length,
    heading: heading.length,
    isList: list !== "",
    isTask: task !== "",
  };
}

function prefixOf({ heading, isList, isTask }: Beginning): Prefix | null {
  if (heading > 0) return "heading";
  if (isTask) return "task";
  return isList ? "list" : null;
}

function changeLines(change: (lines: readonly Beginning[]) => ChangeSpec): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const lines = linesIn(state, state.selection.main);
    const written = lines.filter(({ text }) => text.trim());
    const changes = state.changes(change((written.length > 0 ? written : lines).map(beginning)));
    // A cursor at the beginning of a line goes on standing before what was its text.
    const { anchor, head } = state.selection.main;
    const selection = EditorSelection.range(changes.mapPos(anchor, 1), changes.mapPos(head, 1));
    dispatch(state.update({ changes, selection, userEvent: "input" }));
    return true;
  };
}

function linesIn(state: EditorState, { from, to }: Piece): Line[] {
  const { doc } = state;
  const lines: Line[] = [];
  for (let line = doc.lineAt(from); ; line = doc.line(line.number + 1)) {
    lines.push(line);
    if (line.to >= to || line.number === doc.lines) return lines;
  }
}
