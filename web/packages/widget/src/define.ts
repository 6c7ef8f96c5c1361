/** Makes `<collab-editor>` known to the page. */

import { CollabEditorElement } from "./element.ts";

export const TAG = "collab-editor";

declare global {
  interface HTMLElementTagNameMap {
    "collab-editor": CollabEditorElement;
  }
}

/** Define the element; returns whether that was done now. A page may load the script twice. */
export function define(): boolean {
  const registry = globalThis.customElements;
  if (!registry || registry.get(TAG)) return false;
  registry.define(TAG, CollabEditorElement);
  return true;
}
