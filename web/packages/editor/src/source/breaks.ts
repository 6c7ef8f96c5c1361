/**
 * Line breaks of other systems. The shared text may hold «\r\n»; the editor would make one character
 * of it and from then on count wrongly. So only «\n» breaks lines here, and «\r» is a character that
 * is kept, not shown before a break, and never parted from it.
 */

import {
  EditorSelection,
  EditorState,
  type Extension,
  Prec,
  RangeSetBuilder,
  type SelectionRange,
  type Text,
  type Transaction,
  type TransactionSpec,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import { h } from "../dom.ts";

/** Only «\n» breaks lines; what people paste is written so. */
export function lineBreaks(): Extension {
  return [
    EditorState.lineSeparator.of("\n"),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
    EditorState.transactionFilter.of(keepWhole),
    Prec.high(keymap.of([{ key: "ArrowRight", run: stepOver(false), shift: stepOver(true) }])),
    highlightSpecialChars({ specialChars: SPECIAL }),
    returns,
  ];
}

/** As the editor has it, without «\r». */
const SPECIAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are to be seen.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202d\u202e\u2066\u2067\u2069\ufeff\ufff9-\ufffc]/gu;

/** Return `at`, or the place before «\r» if it is inside of «\r\n». */
export function outside(doc: Text, at: number): number {
  return isBreak(doc, at - 1) ? at - 1 : at;
}

function isBreak(doc: Text, at: number): boolean {
  return at >= 0 && doc.sliceString(at, at + 2) === "\r\n";
}

/** Let no change of ours leave half a break behind, and no cursor stand inside of one. */
function keepWhole(change: Transaction): readonly TransactionSpec[] {
  if (change.annotation(ySyncAnnotation)) return [change];
  const specs: TransactionSpec[] = [change];
  const halves = halvesLeft(change);
  const doc = change.newDoc;
  if (halves.length > 0) specs.push({ changes: halves, sequential: true });
  else if (change.selection && !change.selection.ranges.every((range) => isOut(doc, range))) {
    const ranges = change.selection.ranges.map(({ anchor, head, goalColumn }) =>
      EditorSelection.range(outside(doc, anchor), outside(doc, head), goalColumn),
    );
    const selection = EditorSelection.create(ranges, change.selection.mainIndex);
    specs.push({ selection, sequential: true });
  }
  return specs;
}

function isOut(doc: Text, { anchor, head }: SelectionRange): boolean {
  return outside(doc, anchor) === anchor && outside(doc, head) === head;
}

/** Return where the other half of a break is after one was deleted: as keys do, one by one. */
function halvesLeft({ changes, startState: { doc } }: Transaction): { from: number; to: number }[] {
  const halves: { from: number; to: number }[] = [];
  changes.iterChanges((fromA, toA, fromB, toB) => {
    if (toA - fromA !== 1 || toB > fromB) return;
    if (isBreak(doc, fromA)) halves.push({ from: fromB, to: fromB + 1 });
    else if (isBreak(doc, fromA - 1)) halves.push({ from: fromB - 1, to: fromB });
  });
  return halves;
}

/** Go over a whole break: only one character further, the cursor would be put back. */
function stepOver(selects: boolean): (view: EditorView) => boolean {
  return ({ state, dispatch }) => {
    const { main } = state.selection;
    if (!(main.empty || selects) || !isBreak(state.doc, main.head)) return false;
    const head = main.head + 2;
    const selection = EditorSelection.range(selects ? main.anchor : head, head);
    dispatch({ selection, scrollIntoView: true, userEvent: "select" });
    return true;
  };
}

/** A «\r» that breaks no line: shown, as it is easily overlooked. */
class LoneReturn extends WidgetType {
  override eq(): boolean {
    return true;
  }

  toDOM(): HTMLElement {
    return h("span", { class: "cm-specialChar", title: "Carriage return" }, "␍");
  }
}

const HIDDEN = Decoration.replace({});
const LONE = Decoration.replace({ widget: new LoneReturn() });

class Returns {
  shown: DecorationSet;

  constructor(view: EditorView) {
    this.shown = find(view);
  }

  update({ docChanged, viewportChanged, view }: ViewUpdate): void {
    if (docChanged || viewportChanged) this.shown = find(view);
  }
}

function find({ state: { doc }, visibleRanges }: EditorView): DecorationSet {
  const shown = new RangeSetBuilder<Decoration>();
  for (const { from, to } of visibleRanges) {
    const text = doc.sliceString(from, to);
    for (let at = text.indexOf("\r"); at >= 0; at = text.indexOf("\r", at + 1)) {
      const place = from + at;
      shown.add(place, place + 1, isBreak(doc, place) ? HIDDEN : LONE);
    }
  }
  return shown.finish();
}

const returns = ViewPlugin.fromClass(Returns, { decorations: ({ shown }) => shown });
