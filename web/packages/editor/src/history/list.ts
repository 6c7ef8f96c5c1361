/** The list of moments by days: versions, who wrote, and the stretches of editing that led there. */

import type { Stretch } from "@collab/client";
import { h, icon } from "../dom.ts";
import { focusedBeside } from "../focused.ts";
import { avatar } from "../people.ts";
import type { People } from "./authors.ts";
import { clock, count, type Day, namesOf, span } from "./days.ts";
import type { Entry } from "./moments.ts";

export interface ListEvents {
  /** A moment was chosen, to be compared with `base` or with the one before it. */
  choose(sequence: number, base: number | null): void;
  /** Somebody's edits of a stretch are to be taken back. */
  takeBack(stretch: Stretch): void;
}

export const UNDO = "M7.5 4 4 7.5 7.5 11M4 7.5h7.5a4.25 4.25 0 0 1 0 8.5H8";
const FLAG = "M5.5 17V3.500M5.500 4h8.800l-1.800 3.200 1.800 3.300H5.500";

/** Return what an entry is called where there is room for a few words. */
export function entryTitle(entry: Entry): string {
  if (entry.version?.name) return entry.version.name;
  if (entry.isNow) return "Now";
  return entry.at ? clock(entry.at) : `Edit ${entry.sequence}`;
}

/** Return the list's content. */
export function renderDays(days: readonly Day[], people: People, events: ListEvents): Node[] {
  return days.map(({ key, title, entries }) =>
    h(
      "section",
      { class: "ce-day", "aria-labelledby": `ce-day-${key}` },
      h("h3", { id: `ce-day-${key}` }, title),
      h("ol", {}, ...entries.map((entry) => entryOf(entry, people, events))),
    ),
  );
}

function entryOf(entry: Entry, people: People, events: ListEvents): HTMLElement {
  const { version, sequence } = entry;
  const button = h(
    "button",
    { type: "button", class: "ce-moment", "data-choose": String(sequence), tabindex: "-1" },
    h("span", { class: "ce-moment-sign" }, ...(version?.name ? [icon(FLAG)] : [])),
    h("span", { class: "ce-moment-title" }, entryTitle(entry)),
    h("span", { class: "ce-moment-more" }, subtitle(entry, people)),
    faces(entry, people),
  );
  button.addEventListener("click", () => events.choose(sequence, null));
  const item = h(
    "li",
    {
      class: version?.name ? "ce-entry is-named" : "ce-entry",
      "data-testid": "history-version",
      "data-version": version?.id ?? "now",
      "data-sequence": String(sequence),
    },
    button,
  );
  if (entry.stretches.length > 0) {
    const rows = entry.stretches.map((stretch) => stretchOf(stretch, people, events));
    item.append(h("ul", { class: "ce-stretches" }, ...rows));
  }
  return item;
}

function subtitle(entry: Entry, people: People): string {
  const names = namesOf(entry.authors.map(({ id }) => people.calledName(id)));
  const kind = entry.version?.kind === "beforeRestore" ? "before a restore" : "";
  const time = entry.version?.name || entry.isNow ? entry.at && clock(entry.at) : "";
  return [time, kind, names].filter(Boolean).join(" · ");
}

const FACES = 4;

function faces(entry: Entry, people: People): HTMLElement {
  const signs = entry.authors
    .slice(0, FACES)
    .map(({ id }) => avatar({ name: people.nameOf(id), color: people.colorOf(id) }));
  return h("span", { class: "ce-faces", "aria-hidden": "true" }, ...signs);
}

function stretchOf(stretch: Stretch, people: People, events: ListEvents): HTMLElement {
  const { author, first, last, updates } = stretch;
  const name = people.calledName(author.id);
  const dot = h("span", { class: "ce-dot", "aria-hidden": "true" });
  dot.style.setProperty("--person", people.colorOf(author.id));
  const choose = h(
    "button",
    { type: "button", class: "ce-stretch", "data-stretch": `${first}-${last}`, tabindex: "-1" },
    dot,
    h("span", { class: "ce-stretch-name" }, name),
    h("span", { class: "ce-stretch-more" }, span(stretch.startedAt, stretch.endedAt)),
    h("span", { class: "ce-stretch-more" }, count(updates, "edit")),
  );
  choose.addEventListener("click", () => events.choose(last, first - 1));
  const back = h(
    "button",
    {
      type: "button",
      class: "ce-small-tool",
      tabindex: "-1",
      "aria-label": `Take back ${count(updates, "edit")} of ${name}, ${span(stretch.startedAt, stretch.endedAt)}…`,
      title: "Take back these edits…",
      "data-testid": "revert-stretch",
      "data-author": author.id,
    },
    icon(UNDO),
  );
  back.addEventListener("click", () => events.takeBack(stretch));
  const attributes = {
    class: "ce-stretch-row",
    "data-testid": "history-stretch",
    "data-author": author.id,
  };
  return h("li", attributes, choose, back);
}

/** Mark the chosen moment; it alone is a stop of the Tab key. */
export function markChosen(list: HTMLElement, sequence: number, base: number | null): void {
  const stretch = base === null ? null : `${base + 1}-${sequence}`;
  const buttons = [...list.querySelectorAll<HTMLElement>("button")];
  const isChosen = (button: HTMLElement) =>
    stretch !== null && list.querySelector(`[data-stretch="${stretch}"]`)
      ? button.dataset["stretch"] === stretch
      : button.dataset["choose"] === String(sequence);
  for (const button of buttons) {
    if (isChosen(button)) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  const chosen = buttons.find(isChosen);
  const stop = chosen ?? buttons.find((one) => Number(one.dataset["choose"]) <= sequence);
  for (const button of buttons) button.tabIndex = button === (stop ?? buttons[0]) ? 0 : -1;
  chosen?.scrollIntoView({ block: "nearest" });
}

/** Arrow keys walk from button to button. */
export function walkWithArrows(list: HTMLElement): void {
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll<HTMLElement>("button")];
    const at = buttons.indexOf(focusedBeside(list) as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[Math.max(0, Math.min(buttons.length - 1, to))]?.focus();
  });
}

/** Return which button of the list has the focus, so that a new list can give it back. */
export function focusKey(list: HTMLElement): string | null {
  const button = focusedBeside(list);
  if (!(button instanceof HTMLElement && list.contains(button))) return null;
  const { choose, stretch } = button.dataset;
  return choose ? `[data-choose="${choose}"]` : stretch ? `[data-stretch="${stretch}"]` : null;
}

export function focusAgain(list: HTMLElement, key: string | null): void {
  if (key) list.querySelector<HTMLElement>(key)?.focus();
}
