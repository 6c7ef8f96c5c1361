/** Whether the cursor is seen: only then others' changes may scroll, to keep it in place. */

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import type { EditorView } from "@tiptap/pm/view";
import { ySyncPluginKey } from "@tiptap/y-tiptap";

interface Binding {
  _isDomSelectionInView?: () => boolean;
}

/**
 * Teach the binding where the cursor is seen. Its own answer knows only the window, not a box that
 * scrolls inside of it, and fails in a shadow root.
 */
export const cursorSight = Extension.create({
  name: "cursorSight",
  addProseMirrorPlugins() {
    const view = (editor: EditorView) => {
      const binding: Binding | undefined = ySyncPluginKey.getState(editor.state)?.binding;
      if (binding) binding._isDomSelectionInView = () => isCursorSeen(editor);
      return {};
    };
    return [new Plugin({ key: new PluginKey("cursorSight"), view })];
  },
});

function isCursorSeen(view: EditorView): boolean {
  const { top, bottom, left, right } = view.coordsAtPos(view.state.selection.head);
  const seen = seenPart(view.dom);
  return bottom >= seen.top && top <= seen.bottom && right >= seen.left && left <= seen.right;
}

/** Return what the window and the boxes around leave of an element. */
function seenPart(element: Element) {
  const seen = { top: 0, left: 0, bottom: innerHeight, right: innerWidth };
  for (let box = around(element); box; box = around(box)) {
    if (getComputedStyle(box).overflowY === "visible") continue;
    const { top, left, bottom, right } = box.getBoundingClientRect();
    seen.top = Math.max(seen.top, top);
    seen.left = Math.max(seen.left, left);
    seen.bottom = Math.min(seen.bottom, bottom);
    seen.right = Math.min(seen.right, right);
  }
  return seen;
}

function around(element: Element): Element | null {
  const parent = element.assignedSlot ?? element.parentNode;
  if (parent instanceof ShadowRoot) return parent.host;
  const isRoot = parent === element.ownerDocument.documentElement;
  return parent instanceof Element && !isRoot ? parent : null;
}
