/** How much one undo takes back: a run of typing or of deleting in one place, not a whole minute. */

import { type Extension, Transaction } from "@codemirror/state";
import { ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import type * as Y from "yjs";

/** Begin a new step where another kind of change begins. Goes before the binding. */
export function undoSteps(manager: Y.UndoManager): Extension {
  let last: string | undefined;
  const update = ({ docChanged, selectionSet, transactions: [first] }: ViewUpdate) => {
    if (!first || first.annotation(ySyncAnnotation)) return;
    const kind = first.annotation(Transaction.userEvent);
    if (docChanged) {
      if (kind !== last) manager.stopCapturing();
      last = kind;
    } else if (selectionSet) {
      last = undefined;
      manager.stopCapturing();
    }
  };
  return ViewPlugin.define(() => ({ update }));
}
