/** The tools of the editor: what each does, when it is on, and how it is reached by keys. */

import type { Editor } from "@tiptap/core";
import { yUndoPluginKey } from "@tiptap/y-tiptap";
import type * as Y from "yjs";
import { chainIn } from "./focus.ts";

export interface Tool {
  readonly name: string;
  readonly label: string;
  /** As in ProseMirror key maps; shown in the tooltip. */
  readonly keys?: string;
  readonly icon: string;
  /** `tool-` and its name, if left out. */
  readonly testId?: string;
  /** It changes nothing: readers have it, too. */
  readonly readsOnly?: boolean;
  run(editor: Editor): void;
  /** Only for tools that switch something: whether it is on at the cursor. */
  isOn?(editor: Editor): boolean;
  /** Whether it can do anything now; always, if left out. */
  isUsable?(editor: Editor): boolean;
}

/** The tools by groups. */
export const TOOLS: readonly (readonly Tool[])[] = [
  [
    {
      name: "undo",
      label: "Undo my last change",
      keys: "Mod-z",
      icon: "M7.5 4 4 7.5 7.5 11M4 7.5h7.5a4.25 4.25 0 0 1 0 8.5H8",
      run: (editor) => chainIn(editor).undo().run(),
      isUsable: (editor) => (undoManager(editor)?.undoStack.length ?? 0) > 0,
    },
    {
      name: "redo",
      label: "Redo",
      keys: "Mod-Shift-z",
      icon: "M12.5 4 16 7.5 12.5 11M16 7.5H8.5a4.25 4.25 0 0 0 0 8.5H12",
      run: (editor) => chainIn(editor).redo().run(),
      isUsable: (editor) => (undoManager(editor)?.redoStack.length ?? 0) > 0,
    },
  ],
  [
    heading(1, "M3.5 5v10M10.5 5v10M3.5 10h7M14 8.6l2.5-1.8V15"),
    heading(
      2,
      "M3 5v10M9.5 5v10M3 10h6.5M13 8.8c.2-1.2 1-1.9 2.1-1.9 1.2 0 2 .8 2 1.9 0 2-4.1 3.7-4.1 6.2h4.2",
    ),
    heading(
      3,
      "M3 5v10M9.5 5v10M3 10h6.5M13 7h4l-2.3 3c1.6 0 2.6 1 2.6 2.4 0 1.5-1.1 2.6-2.5 2.6-1 0-1.7-.5-2-1.3",
    ),
  ],
  [
    mark(
      "bold",
      "Bold",
      "Mod-b",
      "M6 4.5h4.6a2.7 2.7 0 0 1 0 5.4H6zM6 9.9h5.3a2.8 2.8 0 0 1 0 5.6H6z",
    ),
    mark("italic", "Italic", "Mod-i", "M8.5 4.5H14M6 15.5h5.5M11.5 4.5l-3 11"),
    mark("underline", "Underline", "Mod-u", "M6 4v5.2a4 4 0 0 0 8 0V4M5 16.5h10"),
    mark(
      "strike",
      "Strikethrough",
      "Mod-Shift-s",
      "M3.5 10h13M13.6 6.6C13 5.2 11.7 4.4 10 4.400c-2 0-3.5 1-3.5 2.7 0 1.3.8 2.2 2.2 2.900M6.3 13c.5 1.6 1.9 2.6 3.8 2.6 2.1 0 3.6-1 3.6-2.8 0-1.1-.5-2-1.4-2.8",
    ),
    mark("code", "Code", "Mod-e", "M7.5 6 3.5 10l4 4M12.5 6l4 4-4 4"),
    mark(
      "highlight",
      "Highlight",
      "Mod-Shift-h",
      "M6.5 11 12.8 4.700a1.4 1.4 0 0 1 2 0l.9.9a1.4 1.4 0 0 1 0 2L9.5 14H6.500zM4 17h12",
    ),
  ],
  [
    list(
      "bulletList",
      "bullet-list",
      "Bulleted list",
      "Mod-Shift-8",
      "M8 5.500h8.500M8 10h8.500M8 14.500h8.500M4 5.500h.01M4 10h.01M4 14.500h.01",
    ),
    list(
      "orderedList",
      "ordered-list",
      "Numbered list",
      "Mod-Shift-7",
      "M8.5 5.500h8M8.5 10h8M8.5 14.500h8M3.5 4.5 4.7 4v3.500M3.3 12.600c.2-.6.6-.9 1.2-.9.7 0 1.1.4 1.1 1 0 1-2.2 1.7-2.3 2.900h2.4",
    ),
    list(
      "taskList",
      "task-list",
      "To-do list",
      "Mod-Shift-9",
      "M3 5.500l1.2 1.200L6.5 4.300M9.5 5.500h7M3 13.500l1.2 1.2 2.3-2.400M9.5 13.500h7",
    ),
  ],
  [
    {
      name: "quote",
      label: "Quote",
      keys: "Mod-Shift-b",
      icon: "M8.5 6.500C6 7 4.5 8.6 4.5 11v3h4v-4h-2M16 6.500c-2.5.5-4 2.1-4 4.500v3h4v-4h-2",
      run: (editor) => chainIn(editor).toggleBlockquote().run(),
      isOn: (editor) => editor.isActive("blockquote"),
    },
    {
      name: "code-block",
      label: "Code block",
      keys: "Mod-Alt-c",
      icon: "M4.5 4h11A1.5 1.5 0 0 1 17 5.500v9a1.5 1.5 0 0 1-1.5 1.500h-11A1.5 1.5 0 0 1 3 14.500v-9A1.5 1.5 0 0 1 4.5 4zM8.5 8l-2 2 2 2M11.5 8l2 2-2 2",
      run: (editor) => chainIn(editor).toggleCodeBlock().run(),
      isOn: (editor) => editor.isActive("codeBlock"),
    },
    {
      name: "table",
      label: "Insert a table",
      icon: "M4.5 4h11A1.5 1.5 0 0 1 17 5.500v9a1.5 1.5 0 0 1-1.5 1.500h-11A1.5 1.5 0 0 1 3 14.500v-9A1.5 1.5 0 0 1 4.5 4zM3 8h14M3 12h14M10 8v8",
      run: (editor) => chainIn(editor).insertTable({ rows: 3, cols: 3 }).run(),
      isUsable: (editor) => !editor.isActive("table"),
    },
    {
      name: "rule",
      label: "Insert a line",
      icon: "M3 10h14",
      run: (editor) => chainIn(editor).setHorizontalRule().run(),
    },
  ],
];

/** Tools that only make sense inside a table. */
export const TABLE_TOOLS: readonly Tool[] = [
  tableTool("row-add", "Add a row below", "M3 4h14v6H3zM10 12.500v5M7.5 15h5", (e) =>
    e.addRowAfter(),
  ),
  tableTool("column-add", "Add a column to the right", "M4 3v14h6V3zM12.5 10h5M15 7.500v5", (e) =>
    e.addColumnAfter(),
  ),
  tableTool("row-delete", "Delete the row", "M3 4h14v6H3zM7.5 15h5", (e) => e.deleteRow()),
  tableTool("column-delete", "Delete the column", "M4 3v14h6V3zM12.5 10h5", (e) =>
    e.deleteColumn(),
  ),
  tableTool(
    "table-delete",
    "Delete the table",
    "M4 5.500h12M8 5.500V4h4v1.500M5.5 5.500l.7 10.500h7.600l.7-10.500M8.5 8.500v5M11.5 8.500v5",
    (e) => e.deleteTable(),
  ),
];

function undoManager(editor: Editor): Y.UndoManager | undefined {
  return yUndoPluginKey.getState(editor.state)?.undoManager;
}

function heading(level: 1 | 2 | 3, icon: string): Tool {
  return {
    name: `heading-${level}`,
    label: `Heading ${level}`,
    keys: `Mod-Alt-${level}`,
    icon,
    run: (editor) => chainIn(editor).toggleHeading({ level }).run(),
    isOn: (editor) => editor.isActive("heading", { level }),
  };
}

function mark(name: string, label: string, keys: string, icon: string): Tool {
  return {
    name,
    label,
    keys,
    icon,
    run: (editor) => chainIn(editor).toggleMark(name).run(),
    isOn: (editor) => editor.isActive(name),
    isUsable: (editor) => !editor.isActive("codeBlock"),
  };
}

type ListKind = "bulletList" | "orderedList" | "taskList";

function list(kind: ListKind, name: string, label: string, keys: string, icon: string): Tool {
  const item = kind === "taskList" ? "taskItem" : "listItem";
  return {
    name,
    label,
    keys,
    icon,
    run: (editor) => chainIn(editor).toggleList(kind, item).run(),
    isOn: (editor) => editor.isActive(kind),
  };
}

type Chain = ReturnType<Editor["chain"]>;

function tableTool(name: string, label: string, icon: string, act: (chain: Chain) => Chain): Tool {
  return { name, label, icon, run: (editor) => act(chainIn(editor)).run() };
}
