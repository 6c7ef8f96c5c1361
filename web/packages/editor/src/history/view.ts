/** The history over the document: what is chosen, what is shown, what is done. */

import { ApiError, type Content, type HistoryClient, type RevertRequest } from "@collab/client";
import { h } from "../dom.ts";
import { type ActionContext, restore, takeBack } from "./actions.ts";
import type { People } from "./authors.ts";
import { daysOf, span } from "./days.ts";
import { focusAgain, focusKey, markChosen, renderDays, walkWithArrows } from "./list.ts";
import { MomentLoader, type View } from "./loader.ts";
import { type Entry, momentBefore, walked } from "./moments.ts";
import { askName } from "./naming.ts";
import { type Panel, panel, showTrouble } from "./panel.ts";
import { persons } from "./persons.ts";
import { type Placed, placed, unchangedBlocks } from "./places.ts";
import { renderBlocks } from "./render.ts";
import { HistoryStore } from "./store.ts";
import { changesOf, sumsOf } from "./summary.ts";
import { compareOptions, momentCalled, momentTitle } from "./titles.ts";

export interface ViewOptions {
  readonly client: HistoryClient;
  readonly people: People;
  /** Where it is said what was done. */
  readonly overlay: HTMLElement;
  /** Whether the person may change the document. */
  mayEdit(): boolean;
  closed(): void;
}

/** A view that takes longer than this says that it is loading. */
const SLOW_MS = 250;
const ANNOUNCE_MS = 500;

export class HistoryView {
  readonly #options: ViewOptions;
  readonly #panel: Panel;
  readonly #store: HistoryStore;
  readonly #loader: MomentLoader;
  #entries: readonly Entry[] = [];
  #chosen = 0;
  /** The moment to compare with, if the person picked one. */
  #base: number | null = null;
  #following = true;
  #showsChanges = true;
  #shown: View | null = null;
  #change = -1;
  #announcing: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#panel = panel((sequence) => this.#choose(sequence, null));
    this.#store = new HistoryStore(options.client);
    this.#loader = new MomentLoader(options.client);
    this.#listen();
  }

  get element(): HTMLDialogElement {
    return this.#panel.element;
  }

  /** Ask for everything; to be called once the element is in the page. */
  async start(): Promise<void> {
    this.#panel.time.slider.focus();
    this.#showRights();
    await this.refresh();
  }

  /** Ask for what is new. The present, if it is what is shown, goes on. */
  async refresh(): Promise<void> {
    await this.#try(async () => {
      await this.#store.refresh();
      if (this.#closed) return;
      this.#showList();
      if (this.#following) this.#choose(this.#store.now, this.#base);
      else this.#showMoment();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loader.cancel();
    clearTimeout(this.#announcing);
    this.#options.closed();
  }

  // --- what the person does ---

  #listen(): void {
    const { close, toggle, compare, previous, next, name, unname, restore, more, element, list } =
      this.#panel;
    close.addEventListener("click", () => this.close());
    toggle.addEventListener("click", () => {
      this.#showsChanges = !this.#showsChanges;
      this.#showText();
    });
    compare.addEventListener("change", () => {
      this.#choose(this.#chosen, compare.value === "" ? null : Number(compare.value));
    });
    previous.addEventListener("click", () => this.#goToChange(-1));
    next.addEventListener("click", () => this.#goToChange(1));
    name.addEventListener("click", () => this.#name());
    unname.addEventListener("click", () => void this.#unname());
    restore.addEventListener("click", () => void this.#restore());
    more.addEventListener("click", () => void this.#older());
    walkWithArrows(list);
    element.addEventListener("keydown", (event) => this.#key(event));
    // Escape, or a phone's way back; that of a dialog inside is its own.
    element.addEventListener("cancel", (event) => {
      if (event.target !== element) return;
      event.preventDefault();
      this.close();
    });
  }

  #key(event: KeyboardEvent): void {
    if (this.element.querySelector("dialog[open], :popover-open")) return;
    // From anywhere that does not need these keys itself.
    const target = event.target as Element;
    if (!event.key.startsWith("Arrow") || target.closest("input, select, .ce-history-stage"))
      return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") return;
    const walk = { least: this.#store.least, most: this.#store.now, stops: [] };
    const to = walked(event.key, this.#chosen, walk);
    if (to === null) return;
    event.preventDefault();
    this.#choose(to, null);
  }

  #choose(sequence: number, base: number | null): void {
    this.#chosen = sequence;
    this.#base = base !== null && base < sequence ? base : null;
    this.#following = sequence >= this.#store.now;
    this.#showMoment();
    void this.#load();
    if (sequence < this.#store.oldest && this.#store.hasOlder) void this.#older();
  }

  #goToChange(by: number): void {
    const all = [...this.#panel.text.querySelectorAll<HTMLElement>(".ce-change")];
    if (all.length === 0) return;
    this.#change = (this.#change + by + all.length) % all.length;
    const change = all[this.#change];
    change?.scrollIntoView({ block: "center" });
    for (const one of all) one.classList.toggle("is-pointed", one === change);
  }

  #name(): void {
    const version = this.#entry()?.version;
    const sequence = this.#chosen;
    askName(this.#panel.actions, version?.name ?? "", async (name) => {
      const { client } = this.#options;
      const save = () => (version ? client.rename(version.id, name) : client.name(name, sequence));
      const saved = await this.#do(save);
      this.#store.put(saved);
      this.#say(`Named ${name}.`);
      await this.refresh();
      if (saved.sequence !== sequence) this.#choose(saved.sequence, null);
    });
  }

  async #unname(): Promise<void> {
    const version = this.#entry()?.version;
    if (!version) return;
    await this.#try(async () => {
      this.#store.put(await this.#options.client.rename(version.id, null));
      this.#say("The name is removed.");
      this.#panel.name.focus();
      await this.refresh();
    });
  }

  async #restore(): Promise<void> {
    const ref = this.#entry()?.version?.id ?? this.#chosen;
    const content = this.#shown?.content;
    const then = content?.sequence === this.#chosen ? content.value : null;
    if (
      await restore(
        this.#context(),
        ref,
        then,
        momentCalled(this.#chosen, this.#entry(), this.#store.stretches),
      )
    )
      this.close();
  }

  async #takeBack(request: RevertRequest, whose: string): Promise<void> {
    if (await takeBack(this.#context(), request, whose)) this.close();
  }

  async #older(): Promise<void> {
    this.#panel.more.disabled = true;
    await this.#try(async () => {
      await this.#store.older();
      this.#showList();
      this.#showMoment();
    });
    this.#panel.more.disabled = false;
  }

  #context(): ActionContext {
    const { client, people, overlay } = this.#options;
    return { client, people, overlay, host: this.element };
  }

  // --- what is shown ---

  #entry(): Entry | undefined {
    return this.#entries.find(({ sequence }) => sequence === this.#chosen);
  }

  #from(): number {
    return this.#base ?? momentBefore(this.#chosen, this.#entries);
  }

  #showList(): void {
    const { people } = this.#options;
    const { versions, stretches } = this.#store;
    this.#entries = this.#store.entries();
    for (const { authors } of this.#entries) people.learn(authors);
    people.learn(stretches.map(({ author }) => author));
    const mayEdit = this.#options.mayEdit();
    const days = renderDays(daysOf(this.#entries, new Date()), people, {
      choose: (sequence, base) => this.#choose(sequence, base),
      takeBack: ({ author, first, last, startedAt, endedAt }) => {
        const whose = `${people.nameOf(author.id)}’s edits of ${span(startedAt, endedAt)}`;
        void this.#takeBack({ author: author.id, from: first, to: last }, whose);
      },
    });
    const focused = focusKey(this.#panel.list);
    this.#panel.list.replaceChildren(...days);
    this.#panel.list.toggleAttribute("data-reads", !mayEdit);
    focusAgain(this.#panel.list, focused);
    this.#panel.more.hidden = !this.#store.hasOlder;
    this.#showPeople();
    const stops = this.#entries.map(({ sequence }) => sequence);
    const walk = { least: this.#store.least, most: this.#store.now, stops };
    this.#panel.time.lay(walk, stretches, versions, people);
  }

  #showPeople(): void {
    const { people, mayEdit } = this.#options;
    const everyone = new Map(this.#store.stretches.map(({ author }) => [author.id, author]));
    for (const { authors } of this.#entries) for (const one of authors) everyone.set(one.id, one);
    const here = this.#panel.people;
    const ids = [...everyone.keys()].join(" ");
    if (here.dataset["ids"] === ids) return;
    here.dataset["ids"] = ids;
    here.hidden = everyone.size === 0 || !mayEdit();
    here.replaceChildren(
      ...persons([...everyone.values()], people, {
        shown: () => ({ from: this.#from(), to: this.#chosen }),
        takeBack: (request, whose) => void this.#takeBack(request, whose),
      }),
    );
  }

  /** Everything about the chosen moment but its text, which may have to be fetched. */
  #showMoment(): void {
    const words = this.#words();
    this.#panel.moment.textContent = words;
    this.#panel.moment.dataset["sequence"] = String(this.#chosen);
    const edit = `edit ${this.#chosen.toLocaleString("en")} of ${this.#store.now.toLocaleString("en")}`;
    this.#panel.time.point(this.#chosen, `${words}, ${edit}`);
    markChosen(this.#panel.list, this.#chosen, this.#base);
    this.#showCompare();
    this.#showRights();
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => this.#say(`${words}, ${edit}`), ANNOUNCE_MS);
  }

  #words(): string {
    return momentTitle(this.#chosen, this.#entry(), this.#store.stretches, this.#options.people);
  }

  #showCompare(): void {
    const { compare } = this.#panel;
    compare.replaceChildren(...compareOptions(this.#entries, this.#chosen, this.#base));
    compare.value = this.#base === null ? "" : String(this.#base);
    compare.disabled = this.#chosen === 0;
  }

  #showRights(): void {
    const { name, unname, restore } = this.#panel;
    const may = this.#options.mayEdit();
    const named = Boolean(this.#entry()?.version?.name);
    name.textContent = named ? "Rename" : "Name this version";
    name.hidden = !may || this.#chosen === 0;
    unname.hidden = !may || !named;
    restore.hidden = !may;
    const isNow = this.#chosen >= this.#store.now;
    restore.disabled = isNow;
    restore.title = isNow ? "This is how the document is now." : "";
  }

  async #load(): Promise<void> {
    const [from, to] = [this.#from(), this.#chosen];
    const { stage } = this.#panel;
    const slow = setTimeout(() => stage.toggleAttribute("data-loading", true), SLOW_MS);
    await this.#try(async () => {
      const early = (content: Content) => this.#showEarly(content);
      const view = this.#loader.known(from, to) ?? (await this.#loader.load(from, to, early));
      if (!view || this.#closed) return;
      this.#shown = view;
      this.#options.people.learn(view.diff.authors);
      this.#showText();
      if (this.#showsChanges) this.#bringChangeIntoView();
      this.#prefetch();
    });
    clearTimeout(slow);
    if (this.#chosen === to) stage.toggleAttribute("data-loading", false);
  }

  #prefetch(): void {
    for (const next of [this.#chosen - 1, this.#chosen + 1]) {
      if (next < this.#store.least || next > this.#store.now) continue;
      void this.#loader.prefetch(momentBefore(next, this.#entries), next);
    }
  }

  #showText(): void {
    const view = this.#shown;
    const { text, changes, toggle, previous, next } = this.#panel;
    toggle.setAttribute("aria-checked", String(this.#showsChanges));
    if (!view) return;
    const { content, diff } = view;
    const blocks = this.#showsChanges
      ? placed(diff.blocks, content.value)
      : unchangedBlocks(content.value);
    this.#showBlocks(blocks, content.sequence);
    text.dataset["changes"] = String(this.#showsChanges);
    const merged = content.sequence === this.#chosen ? "" : " · the nearest moment still kept";
    changes.textContent = changesOf(sumsOf(diff)) + merged;
    previous.disabled = next.disabled =
      !this.#showsChanges || text.querySelector(".ce-change") === null;
  }

  /** The text alone, while what changed is still being worked out. */
  #showEarly(content: Content): void {
    this.#shown = null;
    this.#showBlocks(unchangedBlocks(content.value), content.sequence);
    this.#panel.changes.textContent = "Comparing…";
  }

  #showBlocks(blocks: readonly Placed[], sequence: number): void {
    const { text } = this.#panel;
    text.replaceChildren(renderBlocks(blocks, this.#options.people));
    if (blocks.length === 0) text.append(h("p", { class: "ce-empty" }, "Nothing was here yet."));
    text.dataset["sequence"] = String(sequence);
    this.#change = -1;
  }

  /** So that a walk through time shows where something happens. */
  #bringChangeIntoView(): void {
    const { stage, text } = this.#panel;
    const frame = stage.getBoundingClientRect();
    const all = [...text.querySelectorAll(".ce-change")];
    const isSeen = (change: Element) => {
      const { top, bottom } = change.getBoundingClientRect();
      return bottom > frame.top && top < frame.bottom - 24;
    };
    if (all.length > 0 && !all.some(isSeen)) all[0]?.scrollIntoView({ block: "center" });
  }

  #say(words: string): void {
    this.#panel.spoken.textContent = words;
  }

  // --- trouble ---

  /** Do something that may fail; a failure is said in the panel, with a way to try again. */
  async #try(what: () => Promise<void>): Promise<void> {
    try {
      await what();
      if (!this.#closed) this.#panel.trouble.hidden = true;
    } catch (error) {
      this.#tell(error, () => void this.#try(what));
    }
  }

  /** As `#try`, for what somebody else waits for. */
  async #do<T>(what: () => Promise<T>): Promise<T> {
    try {
      const done = await what();
      this.#panel.trouble.hidden = true;
      return done;
    } catch (error) {
      this.#tell(error, null);
      throw error;
    }
  }

  #tell(error: unknown, again: (() => void) | null): void {
    if (this.#closed) return;
    if (!(error instanceof ApiError)) throw error;
    showTrouble(this.#panel.trouble, error, again);
  }
}
