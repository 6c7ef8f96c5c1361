/** Lines of code and of tables in Markdown: letters of one width, or their columns do not meet. */

import { syntaxTree } from "@codemirror/language";
import { type Extension, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";

const BLOCKS: ReadonlySet<string> = new Set(["FencedCode", "CodeBlock", "Table"]);
const LINE = Decoration.line({ class: "ce-block-line" });

class Blocks {
  lines: DecorationSet;

  constructor(view: EditorView) {
    this.lines = find(view);
  }

  update({ docChanged, viewportChanged, startState, state, view }: ViewUpdate): void {
    const isRead = syntaxTree(startState) !== syntaxTree(state);
    if (docChanged || viewportChanged || isRead) this.lines = find(view);
  }
}

function find({ state, viewport }: EditorView): DecorationSet {
  const { doc } = state;
  const found = new RangeSetBuilder<Decoration>();
  syntaxTree(state).iterate({
    ...viewport,
    enter: ({ name, from, to }) => {
      if (!BLOCKS.has(name)) return;
      const last = Math.min(to, viewport.to);
      for (let at = doc.lineAt(Math.max(from, viewport.from)); ; at = doc.line(at.number + 1)) {
        found.add(at.from, at.from, LINE);
        if (at.to >= last) break;
      }
      return false;
    },
  });
  return found.finish();
}

/** Mark these lines with the class `ce-block-line`. */
export function blockLines(): Extension {
  return ViewPlugin.fromClass(Blocks, { decorations: ({ lines }) => lines });
}
