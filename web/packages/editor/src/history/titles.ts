/** What moments are called. */

import type { Stretch } from "@collab/client";
import { h } from "../dom.ts";
import type { People } from "./authors.ts";
import { momentWords } from "./days.ts";
import { type Entry, writingAt } from "./moments.ts";

/** Return who and when, for a heading: «Draft · today, 14:05 · Ann». */
export function momentTitle(
  sequence: number,
  entry: Entry | undefined,
  stretches: readonly Stretch[],
  people: People,
): string {
  if (sequence === 0) return "The beginning";
  const writing = writingAt(sequence, stretches);
  const at = entry?.at || writing?.at;
  const parts = [
    entry?.version?.name ?? (entry?.isNow ? "Now" : ""),
    at ? momentWords(at, new Date()) : "",
    writing ? people.calledName(writing.author.id) : "",
  ];
  const title = parts.filter(Boolean).join(" · ") || `Edit ${sequence}`;
  return title.charAt(0).toLocaleUpperCase() + title.slice(1);
}

/** Return what a moment is called in a question: «the version of today, 14:05». */
export function momentCalled(
  sequence: number,
  entry: Entry | undefined,
  stretches: readonly Stretch[],
): string {
  if (entry?.version?.name) return `“${entry.version.name}”`;
  if (sequence === 0) return "the empty beginning";
  const at = entry?.at || writingAt(sequence, stretches)?.at;
  return at ? `the version of ${momentWords(at, new Date())}` : `edit ${sequence}`;
}

/** Return the moments that `chosen` can be compared with; `base` is the one it is compared with. */
export function compareOptions(
  entries: readonly Entry[],
  chosen: number,
  base: number | null,
): HTMLElement[] {
  const earlier = entries.filter(({ sequence }) => sequence < chosen);
  const options = earlier.map((entry) => {
    const day = entry.at ? momentWords(entry.at, new Date()) : `edit ${entry.sequence}`;
    const name = entry.version?.name;
    return option(String(entry.sequence), name ? `${name} (${day})` : day);
  });
  const isListed = base === null || base === 0 || earlier.some((one) => one.sequence === base);
  if (!isListed) options.unshift(option(String(base), "before this editing"));
  return [option("", "the moment before"), ...options, option("0", "the beginning")];
}

function option(value: string, label: string): HTMLElement {
  return h("option", { value }, label);
}
