/** What a document may hold, and how it behaves under the hands. */

import type { AnyExtension } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Highlight } from "@tiptap/extension-highlight";
import { TaskItem, TaskList } from "@tiptap/extension-list";
import { TableKit } from "@tiptap/extension-table";
import { Placeholder } from "@tiptap/extensions";
import { StarterKit } from "@tiptap/starter-kit";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { carets } from "./carets.ts";

/** The shared type that holds the text. */
export const FIELD = "default";

export function extensions(doc: Y.Doc, awareness: Awareness): AnyExtension[] {
  return [
    StarterKit.configure({
      // Undo comes with the collaboration: it undoes only what this person did.
      undoRedo: false,
      heading: { levels: [1, 2, 3, 4] },
      link: {
        openOnClick: false,
        defaultProtocol: "https",
        HTMLAttributes: { rel: "noopener noreferrer nofollow", target: "_blank" },
      },
      dropcursor: { color: "var(--ce-accent)", width: 2 },
    }),
    Highlight,
    TaskList,
    TaskItem.configure({ nested: true, a11y: { checkboxLabel: (node) => taskLabel(node) } }),
    TableKit.configure({ table: { resizable: false } }),
    Placeholder.configure({ placeholder: "Write something…" }),
    Collaboration.configure({ document: doc, field: FIELD }),
    carets(awareness),
  ];
}

function taskLabel(node: { textContent: string }): string {
  return node.textContent ? `Done: ${node.textContent}` : "Done";
}
