/** What a document may hold, and how it behaves under the hands. */

import { type AnyExtension, Extension } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Highlight } from "@tiptap/extension-highlight";
import { TaskItem, TaskList } from "@tiptap/extension-list";
import { Placeholder } from "@tiptap/extensions";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { StarterKit } from "@tiptap/starter-kit";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { carets } from "./carets.ts";
import { FIELD } from "./field.ts";
import { cursorReading } from "./selection.ts";
import { cursorSight } from "./sight.ts";
import { tables } from "./tables.ts";
import { mayLink } from "./urls.ts";

type Attributes = Readonly<Record<string, string>>;

/**
 * The editor's own extensions; `placeholder` says what stands where there is no text, `attributes`
 * what the text's element has.
 */
export function extensions(
  doc: Y.Doc,
  awareness: Awareness,
  placeholder: () => string,
  attributes: () => Attributes = () => ({}),
): AnyExtension[] {
  return [
    cursorReading(doc),
    StarterKit.configure({
      // Undo comes with the collaboration: it undoes only what this person did.
      undoRedo: false,
      heading: { levels: [1, 2, 3, 4] },
      link: {
        openOnClick: false,
        defaultProtocol: "https",
        isAllowedUri: (url, { defaultValidate }) => mayLink(url, defaultValidate),
        HTMLAttributes: { rel: "noopener noreferrer nofollow", target: "_blank" },
      },
      dropcursor: { color: "var(--ce-accent)", width: 2 },
    }),
    Highlight,
    TaskList,
    TaskItem.configure({ nested: true, a11y: { checkboxLabel: (node) => taskLabel(node) } }),
    ...tables,
    Placeholder.configure({ placeholder }),
    Collaboration.configure({ document: doc, field: FIELD }),
    carets(awareness),
    cursorSight,
    textAttributes(attributes),
  ];
}

function textAttributes(attributes: () => Attributes): Extension {
  return Extension.create({
    name: "textAttributes",
    addProseMirrorPlugins() {
      // Screen readers say whether the text can be changed.
      const all = () => ({
        ...attributes(),
        "aria-readonly": String(!this.editor.isEditable),
      });
      return [new Plugin({ key: new PluginKey("textAttributes"), props: { attributes: all } })];
    },
  });
}

function taskLabel(node: { textContent: string }): string {
  return node.textContent ? `Done: ${node.textContent}` : "Done";
}
