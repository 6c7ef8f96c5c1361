/** The whole editor of a page: frame, rich text, history. */

import type { CollabProvider, HistoryClient } from "@collab/client";
import type { Editor } from "@tiptap/core";
import { mountFrame } from "./frame.ts";
import { mountHistory } from "./history/index.ts";
import { mountRich } from "./rich.ts";

export interface EditorOptions {
  readonly provider: CollabProvider;
  /** Where the document's history is asked for; without it there is no history to open. */
  readonly history?: HistoryClient;
  /** Shown at the start of the bar: a way back, a title. */
  readonly start?: readonly Node[];
  /** Shown at the end of the bar. */
  readonly end?: readonly Node[];
  /** Put the cursor into the text once it is there. */
  readonly autofocus?: boolean;
}

export interface MountedEditor {
  /** The text's editor, once the document is there. */
  readonly text: Editor | null;
  destroy(): void;
}

/** Put the editor into `root`, as the page's main content. The provider stays the caller's. */
export function mountEditor(root: HTMLElement, options: EditorOptions): MountedEditor {
  const { provider, history: client, autofocus } = options;
  root.dataset["fit"] = "page";
  const frame = mountFrame(root, options);
  frame.bar.setAttribute("role", "banner");
  frame.page.parentElement?.setAttribute("role", "main");
  const text = mountRich(frame, { provider, history: client, autofocus });
  const history = client && mountHistory(frame, { provider, client, surface: () => text });
  return {
    get text() {
      return text.text;
    },
    destroy: () => {
      history?.destroy();
      text.destroy();
      frame.destroy();
    },
  };
}
