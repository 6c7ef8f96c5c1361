/** The whole editor in one element: bar, notice, toolbar, text. */

import type { CollabProvider, HistoryClient, SaveState } from "@collab/client";
import { Editor, getSchema } from "@tiptap/core";
import { Authorship } from "./authorship/index.ts";
import { h } from "./dom.ts";
import { unknownContent, watchForUnknown } from "./guard.ts";
import { historyPart } from "./history/index.ts";
import { people } from "./people.ts";
import { roleBadge } from "./role.ts";
import { extensions, FIELD } from "./schema.ts";
import { notice, saveState, warnBeforeLeaving } from "./status.ts";
import { toolbar } from "./toolbar.ts";

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

/** Put the editor into `root`. The provider stays the caller's. */
export function mountEditor(root: HTMLElement, options: EditorOptions): MountedEditor {
  const { provider } = options;
  const saved = saveState(provider);
  const here = people(provider);
  const told = notice(provider);
  const role = roleBadge(provider);
  const history =
    options.history && historyPart(provider, options.history, root, () => text.editor);
  const bar = h(
    "header",
    { class: "ce-bar" },
    h("div", { class: "ce-bar-start" }, ...(options.start ?? [])),
    role.element,
    saved.element,
    here.element,
    ...(history ? [history.element] : []),
    h("div", { class: "ce-bar-end" }, ...(options.end ?? [])),
  );
  const head = h("div", { class: "ce-head" }, bar);
  const page = h("div", { class: "ce-page", "data-state": "opening" }, waitingLines());
  root.classList.add("ce");
  root.replaceChildren(head, told.element, h("main", { class: "ce-main" }, page));
  const authorship =
    history && options.history && new Authorship(provider, options.history, history.people);
  if (authorship) root.append(authorship.legend);
  const text = new Text(options, head, page, authorship);
  const leave = [text.openOnce(), warnBeforeLeaving(provider)];
  return {
    get text() {
      return text.editor;
    },
    destroy: () => {
      for (const end of leave) end();
      for (const part of [saved, here, told, role, history, authorship]) part?.destroy();
      text.close();
      root.replaceChildren();
    },
  };
}

/** The text and its toolbar, from the first sync on. */
class Text {
  editor: Editor | null = null;
  readonly #options: EditorOptions;
  readonly #head: HTMLElement;
  readonly #page: HTMLElement;
  readonly #leave: (() => void)[] = [];
  readonly #authorship: Authorship | undefined;
  #closed = false;

  constructor(
    options: EditorOptions,
    head: HTMLElement,
    page: HTMLElement,
    authorship: Authorship | undefined,
  ) {
    this.#options = options;
    this.#authorship = authorship;
    this.#head = head;
    this.#page = page;
  }

  /** Open as soon as the document is there, and let people write as far as their role goes. */
  openOnce(): () => void {
    const { provider } = this.#options;
    const show = () => {
      // It shows what another person could not send.
      if (isSomebodyElses(provider.saveState)) this.#shut();
      if (provider.synced && !this.editor && !this.#closed) this.#open();
      const { editable, status } = provider;
      if (this.editor && this.editor.isEditable !== editable) this.editor.setEditable(editable);
      const isOut = status === "refused" || status === "signed-out";
      if (!this.editor) this.#page.dataset["state"] = isOut ? "refused" : "opening";
    };
    show();
    const events = ["synced", "editable", "status"] as const;
    const ends = events.map((event) => provider.on(event, show));
    return () => {
      for (const end of ends) end();
    };
  }

  close(): void {
    this.#closed = true;
    this.#shut();
  }

  /** Take the text away; it may be opened again. */
  #shut(): void {
    for (const end of this.#leave.splice(0)) end();
    this.editor?.destroy();
    this.editor = null;
  }

  #open(): void {
    const { provider, autofocus } = this.#options;
    const all = extensions(provider.doc, provider.awareness);
    const schema = getSchema(all);
    const fragment = provider.doc.getXmlFragment(FIELD);
    const unknown = unknownContent(fragment, schema);
    if (unknown.length > 0) {
      this.#refuse(unknown);
      return;
    }
    this.#leave.push(watchForUnknown(fragment, schema, (names) => this.#refuse(names)));
    this.#page.replaceChildren();
    this.#page.dataset["state"] = "open";
    const editor = new Editor({
      element: this.#page,
      extensions: all,
      editable: provider.editable,
      editorProps: { attributes: TEXT_ATTRIBUTES },
    });
    this.editor = editor;
    const tools = toolbar(editor, this.#authorship ? [this.#authorship.tool] : []);
    this.#head.append(tools.element);
    this.#leave.push(
      () => tools.destroy(),
      () => tools.element.remove(),
      focusFromPaper(this.#page, editor),
    );
    if (autofocus) editor.commands.focus("end");
  }

  /** Close rather than damage what other programs put into the document. */
  #refuse(names: readonly string[]): void {
    this.close();
    this.#page.dataset["state"] = "refused";
    this.#page.replaceChildren(
      h(
        "p",
        { class: "ce-unknown", role: "alert", "data-testid": "unknown-content" },
        sorry(names),
      ),
    );
  }
}

const TEXT_ATTRIBUTES = {
  id: "ce-text",
  "data-testid": "editor",
  role: "textbox",
  "aria-multiline": "true",
  "aria-label": "Document text",
  spellcheck: "true",
  // Readers, too, come here by keyboard and have a cursor that others see.
  tabindex: "0",
};

function sorry(names: readonly string[]): string {
  return `This document holds content that this editor cannot show without damaging it (${names.join(", ")}). It is left untouched; open it with the program that made it.`;
}

function isSomebodyElses(state: SaveState): boolean {
  return state.kind === "refused" && state.error.kind === "somebody-else";
}

/** A click on the empty paper below the text puts the cursor at its end. */
function focusFromPaper(page: HTMLElement, editor: Editor): () => void {
  const clicked = ({ target }: MouseEvent) => {
    if (target === page && editor.isEditable) editor.commands.focus("end");
  };
  page.addEventListener("click", clicked);
  return () => page.removeEventListener("click", clicked);
}

function waitingLines(): HTMLElement {
  const lines = ["40%", "92%", "85%", "60%"].map((width) => {
    const line = h("span");
    line.style.width = width;
    return line;
  });
  return h("div", { class: "ce-waiting", role: "status", "aria-label": "Opening…" }, ...lines);
}
