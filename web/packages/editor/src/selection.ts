/**
 * A cursor that a key has just moved, and that ProseMirror does not know of yet.
 *
 * The browser moves it at once and tells of it in a later task («selectionchange»). What is drawn in
 * between, another person's change or cursor, would put it back to where ProseMirror believes it to
 * be: what is typed next would land in the wrong place. So before such a drawing the view is made to
 * read where the cursor really is. ProseMirror does this itself before it handles a key, with the
 * same `flush`, which is no part of its public face.
 */

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { yCursorPluginKey, ySyncPluginKey } from "@tiptap/y-tiptap";
import type * as Y from "yjs";

interface Observed {
  readonly domObserver?: {
    flush(): void;
    pendingRecords(): readonly MutationRecord[];
  };
}

/** Make `view` know where the cursor is now. */
export function readSelection(view: EditorView): void {
  const { domObserver } = view as unknown as Observed;
  if (view.isDestroyed || view.composing || !domObserver) return;
  // What was typed must not become part of another's change: it is read after this task, as always.
  if (domObserver.pendingRecords().length > 0) queueMicrotask(() => domObserver.flush());
  else domObserver.flush();
}

/**
 * Read the cursor before others' changes to `doc` and others' cursors are drawn. Comes before the
 * extensions that draw them: theirs remember where the cursor was when a change begins.
 */
export function cursorReading(doc: Y.Doc): Extension {
  return Extension.create({
    name: "cursorReading",
    priority: 10_000,
    dispatchTransaction({ transaction, next }) {
      const redraws = transaction.getMeta(yCursorPluginKey)?.awarenessUpdated === true;
      const isAlive = !this.editor.isDestroyed;
      if (isAlive && redraws && !transaction.docChanged && !transaction.selectionSet) {
        readSelection(this.editor.view);
        const { doc: now, selection } = this.editor.state;
        // It was begun before: it would take the cursor back as well.
        const isOurs = transaction.before.eq(now) && !transaction.selection.eq(selection);
        if (isOurs) transaction.setSelection(selection);
      }
      next(transaction);
    },
    addProseMirrorPlugins() {
      return [new Plugin({ key: new PluginKey("cursorReading"), view: beforeChanges(doc) })];
    },
  });
}

function beforeChanges(doc: Y.Doc) {
  return (view: EditorView) => {
    const begins = () => {
      // What this editor writes itself comes out of ProseMirror: there is nothing unread.
      if (doc._transaction?.origin !== ySyncPluginKey) readSelection(view);
    };
    doc.on("beforeAllTransactions", begins);
    return { destroy: () => doc.off("beforeAllTransactions", begins) };
  };
}
