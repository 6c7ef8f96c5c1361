/** The slider over all moments, and the strip that shows whose they are. */

import type { Stretch, Version } from "@collab/client";
import { h } from "../dom.ts";
import type { People } from "./authors.ts";
import { lanes, type Walk, walked } from "./moments.ts";

const LANES = 3;
/** More would be thinner than a pixel. */
const MOST_BARS = 400;

export interface TimeBar {
  readonly element: HTMLElement;
  readonly slider: HTMLInputElement;
  /** Show where the chosen moment is; `words` are what a screen reader says. */
  point(chosen: number, words: string): void;
  /** Show what there is to walk through. */
  lay(
    walk: Walk,
    stretches: readonly Stretch[],
    versions: readonly Version[],
    people: People,
  ): void;
}

/** `moved` is told the moment the person walked to. */
export function timeBar(moved: (sequence: number) => void): TimeBar {
  const slider = h("input", {
    type: "range",
    class: "ce-slider",
    min: "0",
    max: "0",
    step: "1",
    "aria-label": "Moment in the history",
    "data-testid": "history-slider",
  });
  const strip = h("div", { class: "ce-strip", "aria-hidden": "true" });
  let walk: Walk = { least: 0, most: 0, stops: [] };
  slider.addEventListener("input", () => moved(Number(slider.value)));
  const element = h("div", { class: "ce-timebar" }, strip, slider);
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = walked(event.key, Number(slider.value), walk);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== Number(slider.value)) moved(to);
  });
  return {
    element,
    slider,
    point: (chosen, words) => {
      slider.value = String(chosen);
      slider.setAttribute("aria-valuetext", words);
      const part = share(chosen, walk);
      element.style.setProperty("--at", `${part * 100}%`);
    },
    lay: (next, stretches, versions, people) => {
      walk = next;
      slider.min = String(walk.least);
      slider.max = String(walk.most);
      slider.disabled = walk.most <= walk.least;
      const bars = lanes(stretches.slice(0, MOST_BARS), LANES).map(({ stretch, lane }) => {
        const bar = h("span", { class: "ce-strip-bar" });
        const from = share(stretch.first - 1, walk);
        bar.style.left = `${from * 100}%`;
        bar.style.width = `${(share(stretch.last, walk) - from) * 100}%`;
        bar.style.setProperty("--lane", String(lane));
        bar.style.setProperty("--person", people.colorOf(stretch.author.id));
        return bar;
      });
      const flags = versions
        .filter(({ name }) => name)
        .map(({ sequence }) => {
          const flag = h("span", { class: "ce-strip-flag" });
          flag.style.left = `${share(sequence, walk) * 100}%`;
          return flag;
        });
      strip.replaceChildren(...bars, ...flags);
    },
  };
}

function share(sequence: number, { least, most }: Walk): number {
  if (most <= least) return 1;
  return Math.min(1, Math.max(0, (sequence - least) / (most - least)));
}
