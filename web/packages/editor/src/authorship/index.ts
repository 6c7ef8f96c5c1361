/** Authorship colours in the text, while they are switched on. */

import type { ClientOwner, CollabProvider, HistoryClient } from "@collab/client";
import type { Editor } from "@tiptap/core";
import { type EditorState, Plugin, PluginKey, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { ySyncPluginKey } from "@tiptap/y-tiptap";
import { h } from "../dom.ts";
import { FIELD } from "../field.ts";
import { type People, peopleOf } from "../history/authors.ts";
import { readSelection } from "../selection.ts";
import { toast } from "../toast.ts";
import type { Tool } from "../tools.ts";
import { Owners, type Runs, runsOf } from "./runs.ts";

/** After typing, colours follow when it rests. */
const REST_MS = 250;
/** Unknown writers are asked for at most this often. */
const ASK_MS = 3_000;
/** Somebody the server does not know after so many answers, it never will. */
const MOST_ASKED = 3;
/** Texts that take longer than this to read are not read with every change of others. */
const QUICK_MS = 8;

const KEY = new PluginKey<DecorationSet>("authorship");
const ICON =
  "M7.500 9.500a2.800 2.800 0 1 1 0-5.600 2.800 2.800 0 0 1 0 5.600zM3 16c.2-2.700 2-4.300 4.500-4.300 1.300 0 2.400.4 3.200 1.200M12.500 7H17M12.500 10H17M13.500 13H17M13.500 16H17";

export class Authorship {
  /** The switch, for the toolbar. */
  readonly tool: Tool;
  /** Who has which colour; empty while switched off. */
  readonly #legend = h("div", {
    class: "ce-legend",
    part: "legend",
    role: "note",
    "aria-label": "Who wrote what",
    "data-testid": "authorship-legend",
    hidden: true,
  });
  readonly #provider: CollabProvider;
  readonly #client: HistoryClient;
  readonly #overlay: HTMLElement;
  readonly #people: People;
  #editor: Editor | null = null;
  #owners = new Owners([]);
  #on = false;
  #cost = 0;
  /** How often each unknown client was asked for. */
  readonly #asked = new Map<number, number>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #asking: ReturnType<typeof setTimeout> | undefined;

  /** The legend stands in `overlay` while it says something. */
  constructor(provider: CollabProvider, client: HistoryClient, overlay: HTMLElement) {
    this.#provider = provider;
    this.#client = client;
    this.#overlay = overlay;
    this.#people = peopleOf(provider);
    this.tool = {
      name: "authorship",
      testId: "authorship-toggle",
      label: "Show who wrote what",
      icon: ICON,
      readsOnly: true,
      run: (editor) => void this.#toggle(editor),
      isOn: () => this.#on,
    };
  }

  destroy(): void {
    this.#off();
  }

  async #toggle(editor: Editor): Promise<void> {
    if (this.#on) {
      this.#off();
      return;
    }
    this.#on = true;
    this.#editor = editor;
    editor.registerPlugin(this.#plugin());
    this.#provider.doc.on("update", this.#changed);
    if (!(await this.#ask())) this.#off();
  }

  #off(): void {
    if (!this.#on) return;
    this.#on = false;
    clearTimeout(this.#waiting);
    clearTimeout(this.#asking);
    this.#provider.doc.off("update", this.#changed);
    const editor = this.#editor;
    if (editor && !editor.isDestroyed) {
      editor.unregisterPlugin(KEY);
      // The toolbar looks again at what is on.
      editor.view.dispatch(editor.state.tr);
    }
    this.#editor = null;
    this.#legend.remove();
  }

  #plugin(): Plugin<DecorationSet> {
    return new Plugin<DecorationSet>({
      key: KEY,
      state: {
        init: (_, state) => this.#decorations(state) ?? DecorationSet.empty,
        apply: (tr, set, _, state) => this.#applied(tr, set, state),
      },
      props: { decorations: (state) => KEY.getState(state) },
    });
  }

  #applied(tr: Transaction, set: DecorationSet, state: EditorState): DecorationSet {
    const ours = tr.getMeta(KEY) as DecorationSet | undefined;
    if (ours) return ours;
    if (!tr.docChanged) return set;
    // What others change replaces the whole text: mapped colours would vanish until they are read anew.
    const isOthers = tr.getMeta(ySyncPluginKey)?.isChangeOrigin === true;
    const fresh = isOthers && this.#cost < QUICK_MS ? this.#decorations(state) : null;
    return fresh ?? set.map(tr.mapping, tr.doc);
  }

  /** Return what the colours are now; null if the editor and the shared document are not in step. */
  #decorations(state: EditorState): DecorationSet | null {
    const started = performance.now();
    const read = this.#read(state);
    if (!read) return null;
    const set = DecorationSet.create(
      state.doc,
      read.runs.map(({ from, to, author }) => {
        const name = this.#people.calledName(author);
        const style = `--person: ${this.#people.colorOf(author)}`;
        return Decoration.inline(from, to, {
          class: "ce-wrote",
          style,
          title: `Written by ${name}`,
          "data-author": author,
        });
      }),
    );
    this.#cost = performance.now() - started;
    this.#showLegend(read);
    const isHopeful = (client: number) => (this.#asked.get(client) ?? 0) < MOST_ASKED;
    if ([...read.unknown].some(isHopeful)) this.#askLater(read.unknown);
    return set;
  }

  #read(state: EditorState): Runs | null {
    const { nodes } = state.schema;
    const fragment = this.#provider.doc.getXmlFragment(FIELD);
    const read = runsOf(fragment, this.#owners, (name) => nodes[name]?.isLeaf ?? true);
    return read.size === state.doc.content.size ? read : null;
  }

  readonly #changed = (): void => {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#refresh(), REST_MS);
  };

  #refresh(): void {
    const editor = this.#editor;
    if (!editor || editor.isDestroyed || editor.view.composing) return;
    readSelection(editor.view);
    const set = this.#decorations(editor.state);
    if (set) editor.view.dispatch(editor.state.tr.setMeta(KEY, set).setMeta("addToHistory", false));
  }

  /** Ask who is who; returns whether there was an answer. */
  async #ask(): Promise<boolean> {
    this.#askedAt = performance.now();
    try {
      const { authors, clients } = await this.#client.authors();
      this.#people.meet(this.#provider.users, this.#provider.user?.id ?? null);
      this.#people.learn(authors);
      this.#owners = new Owners([...clients, ...this.#own(clients)]);
      this.#refresh();
      return true;
    } catch (error) {
      const words = `Who wrote what cannot be shown. ${(error as Error).message}`;
      toast(words, undefined, this.#overlay);
      return false;
    }
  }

  /** What is typed here is ours, also before the server knows. */
  #own(clients: readonly ClientOwner[]): ClientOwner[] {
    const client = this.#provider.doc.clientID;
    const me = this.#provider.user?.id;
    if (!me || clients.some((one) => one.client === client)) return [];
    return [{ client, first: 0, author: me }];
  }

  #askLater(unknown: ReadonlySet<number>): void {
    clearTimeout(this.#asking);
    const wait = Math.max(0, this.#askedAt + ASK_MS - performance.now());
    this.#asking = setTimeout(() => {
      if (!this.#on || this.#provider.status !== "connected") return;
      for (const client of unknown) this.#asked.set(client, (this.#asked.get(client) ?? 0) + 1);
      void this.#ask();
    }, wait);
  }

  #showLegend({ runs }: Runs): void {
    const amounts = new Map<string, number>();
    for (const { author, from, to } of runs) {
      amounts.set(author, (amounts.get(author) ?? 0) + to - from);
    }
    const total = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
    const people = [...amounts].sort((a, b) => b[1] - a[1]);
    const entries = people.map(([author, amount]) => {
      const share = Math.max(1, Math.round((100 * amount) / total));
      const entry = h(
        "span",
        { class: "ce-legend-entry", "data-author": author },
        h("span", { class: "ce-dot" }),
        `${this.#people.calledName(author)} `,
        h("span", { class: "ce-legend-share" }, `${share} %`),
      );
      entry.style.setProperty("--person", this.#people.colorOf(author));
      return entry;
    });
    this.#legend.replaceChildren(...entries);
    this.#legend.hidden = entries.length === 0;
    if (!this.#legend.isConnected) this.#overlay.append(this.#legend);
  }
}
