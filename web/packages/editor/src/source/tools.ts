/** The tools and keys of each mode. */

import { language } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { EditorView, KeyBinding } from "@codemirror/view";
import type * as Y from "yjs";
import {
  cycleHeading,
  hasPrefix,
  isMarked,
  type Mark,
  setHeading,
  toggleLink,
  toggleMark,
  togglePrefix,
  toggleQuote,
} from "./commands.ts";

export interface Tool {
  readonly name: string;
  readonly label: string;
  /** As in the editor's key maps; shown in the tip. */
  readonly keys?: string;
  readonly icon: string;
  run(view: EditorView): unknown;
  /** Only for tools that switch something: whether it is on at the cursor. */
  isOn?(state: EditorState): boolean;
  /** Whether it can do anything now; always, if left out. */
  isUsable?(state: EditorState): boolean;
}

/** Undo and redo one's own changes, and nobody else's. */
export function undoTools(manager: Y.UndoManager): readonly Tool[] {
  return [
    {
      name: "undo",
      label: "Undo my last change",
      keys: "Mod-z",
      icon: "M7.5 4 4 7.5 7.5 11M4 7.5h7.5a4.25 4.25 0 0 1 0 8.5H8",
      run: () => manager.undo(),
      isUsable: () => manager.canUndo(),
    },
    {
      name: "redo",
      label: "Redo",
      keys: "Mod-Shift-z",
      icon: "M12.5 4 16 7.5 12.5 11M16 7.5H8.5a4.25 4.25 0 0 0 0 8.5H12",
      run: () => manager.redo(),
      isUsable: () => manager.canRedo(),
    },
  ];
}

/** The keys of undo and redo; a reader's do nothing. */
export function undoKeys(manager: Y.UndoManager): readonly KeyBinding[] {
  const act = (change: () => unknown) => (view: EditorView) => {
    if (!view.state.readOnly) change();
    return true;
  };
  const undo = act(() => manager.undo());
  const redo = act(() => manager.redo());
  return [
    { key: "Mod-z", run: undo, shift: redo, preventDefault: true },
    { key: "Mod-y", run: redo, preventDefault: true },
  ];
}

/** Without the parser it is not known which marks are there already. */
function isRead(state: EditorState): boolean {
  return state.facet(language) !== null;
}

function mark(name: string, label: string, keys: string, kind: Mark, icon: string): Tool {
  return {
    ...{ name, label, keys, icon },
    run: toggleMark(kind),
    isOn: (state) => isMarked(state, kind),
    isUsable: isRead,
  };
}

/** The tools of Markdown, by groups. */
export const MARKDOWN_TOOLS: readonly (readonly Tool[])[] = [
  [
    {
      name: "heading",
      label: "Heading",
      icon: "M5.500 4.500v11M14.500 4.500v11M5.500 10h9",
      run: cycleHeading,
      isOn: (state) => hasPrefix(state, "heading"),
    },
  ],
  [
    mark(
      "bold",
      "Bold",
      "Mod-b",
      "StrongEmphasis",
      "M6 4.5h4.6a2.7 2.7 0 0 1 0 5.4H6zM6 9.9h5.3a2.8 2.8 0 0 1 0 5.6H6z",
    ),
    mark("italic", "Italic", "Mod-i", "Emphasis", "M8.5 4.5H14M6 15.5h5.5M11.5 4.5l-3 11"),
    mark("code", "Code", "Mod-e", "InlineCode", "M7.5 6 3.5 10l4 4M12.5 6l4 4-4 4"),
    {
      name: "link",
      label: "Link",
      keys: "Mod-k",
      icon: "M8.3 11.700a3.2 3.2 0 0 0 4.5 0l2.4-2.400a3.2 3.2 0 0 0-4.5-4.500l-.8.8M11.7 8.300a3.2 3.2 0 0 0-4.5 0l-2.4 2.400a3.2 3.2 0 0 0 4.5 4.500l.8-.8",
      run: toggleLink,
      isOn: (state) => isMarked(state, "Link"),
      isUsable: isRead,
    },
  ],
  [
    {
      name: "list",
      label: "List",
      keys: "Mod-Shift-8",
      icon: "M8 5.500h8.500M8 10h8.500M8 14.500h8.500M4 5.500h.01M4 10h.01M4 14.500h.01",
      run: togglePrefix("list"),
      isOn: (state) => hasPrefix(state, "list"),
    },
    {
      name: "task-list",
      label: "To-do list",
      keys: "Mod-Shift-9",
      icon: "M3 5.500l1.2 1.200L6.5 4.300M9.5 5.500h7M3 13.500l1.2 1.2 2.3-2.400M9.5 13.500h7",
      run: togglePrefix("task"),
      isOn: (state) => hasPrefix(state, "task"),
    },
    {
      name: "quote",
      label: "Quote",
      keys: "Mod-Shift-b",
      icon: "M8.5 6.500C6 7 4.5 8.6 4.5 11v3h4v-4h-2M16 6.500c-2.5.5-4 2.1-4 4.500v3h4v-4h-2",
      run: toggleQuote,
      isOn: (state) => hasPrefix(state, "quote"),
    },
  ],
];

/** The keys of Markdown: those of its tools, and one for each level of headings. */
export const MARKDOWN_KEYS: readonly KeyBinding[] = [
  ...MARKDOWN_TOOLS.flat().flatMap(({ keys, run }) =>
    keys
      ? [{ key: keys, run: (view: EditorView) => run(view) !== false, preventDefault: true }]
      : [],
  ),
  ...[1, 2, 3].map((level) => ({
    key: `Mod-Alt-${level}`,
    run: setHeading(level),
    preventDefault: true,
  })),
];
