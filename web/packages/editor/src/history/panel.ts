/** The elements of the history view; what happens to them is decided in `view.ts`. */

import { h, icon } from "../dom.ts";
import { spelledKeys } from "../keys.ts";
import { type TimeBar, timeBar } from "./timebar.ts";

const CLOSE = "M5 5l10 10M15 5L5 15";
const UP = "M5 12.500 10 7.500l5 5";
const DOWN = "M5 7.500l5 5 5-5";
const EYE =
  "M2.5 10S5.300 4.800 10 4.800 17.500 10 17.500 10 14.700 15.200 10 15.200 2.500 10 2.500 10zM10 7.800a2.200 2.200 0 1 1 0 4.400 2.200 2.200 0 0 1 0-4.400z";
export const CLOCK = "M10 3a7 7 0 1 1-6.600 4.700M3.2 3.800v4h4M10 6.300V10l2.600 1.700";

export const KEYS = "Mod-Alt-Shift-h";

export interface Panel {
  readonly element: HTMLDialogElement;
  readonly close: HTMLButtonElement;
  readonly moment: HTMLElement;
  readonly changes: HTMLElement;
  readonly spoken: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly compare: HTMLSelectElement;
  readonly previous: HTMLButtonElement;
  readonly next: HTMLButtonElement;
  /** Holds the buttons below, or the field for a name. */
  readonly actions: HTMLElement;
  readonly name: HTMLButtonElement;
  readonly unname: HTMLButtonElement;
  readonly restore: HTMLButtonElement;
  readonly trouble: HTMLElement;
  readonly stage: HTMLElement;
  readonly text: HTMLElement;
  readonly side: HTMLElement;
  readonly people: HTMLElement;
  readonly list: HTMLElement;
  readonly more: HTMLButtonElement;
  readonly time: TimeBar;
}

export function panel(walked: (sequence: number) => void): Panel {
  const close = tool("history-close", "Back to the document", CLOSE);
  close.append(h("span", { class: "ce-history-back" }, "Back"));
  const moment = h("h2", { class: "ce-history-moment", "data-testid": "history-moment" });
  const changes = h("p", { class: "ce-history-changes", "data-testid": "history-changes" });
  const spoken = h("div", { class: "ce-hidden", role: "status", "aria-live": "polite" });
  const toggle = button("history-changes-toggle", "Changes");
  toggle.prepend(icon(EYE));
  toggle.setAttribute("role", "switch");
  toggle.setAttribute("aria-label", "Show changes");
  const compare = h("select", { class: "ce-select", "data-testid": "history-compare" });
  const previous = tool("history-previous-change", "Previous change", UP);
  const next = tool("history-next-change", "Next change", DOWN);
  const name = button("history-name", "Name this version");
  const unname = button("history-unname", "Remove name");
  const restore = button("history-restore", "Restore");
  restore.append(h("span", { class: "ce-wide" }, "this version"));
  restore.classList.add("ce-button-main");
  const actions = h("div", { class: "ce-history-actions" }, name, unname, restore);
  const trouble = h("div", {
    class: "ce-history-trouble",
    role: "alert",
    "data-testid": "history-trouble",
    hidden: true,
  });
  const text = h("div", {
    class: "ProseMirror ce-history-doc",
    "data-testid": "history-text",
    role: "document",
    "aria-label": "The document at this moment",
  });
  const stage = h(
    "div",
    { class: "ce-history-stage", tabindex: "0", role: "region", "aria-label": "Document then" },
    h("div", { class: "ce-page ce-history-page" }, text),
  );
  const people = h("section", { class: "ce-history-people", "aria-label": "People" });
  const list = h("div", {
    class: "ce-history-list",
    role: "navigation",
    "aria-label": "Moments",
    "data-testid": "history-list",
  });
  const more = button("history-more", "Show older");
  more.hidden = true;
  const side = h("aside", { class: "ce-history-side" }, people, list, more);
  const time = timeBar(walked);
  const element = h(
    "dialog",
    {
      class: "ce-history",
      part: "history",
      // A click on nothing leaves the keys here.
      tabindex: "-1",
      "aria-label": "History of the document",
      "data-testid": "history",
    },
    h(
      "header",
      { class: "ce-history-bar" },
      close,
      h("div", { class: "ce-history-where" }, moment, changes),
      actions,
    ),
    h(
      "div",
      { class: "ce-history-tools" },
      toggle,
      h("label", { class: "ce-history-compare" }, h("span", {}, "since"), compare),
      h("div", { class: "ce-history-steps" }, previous, next),
    ),
    trouble,
    stage,
    time.element,
    side,
    spoken,
  );
  return {
    ...{ element, close, moment, changes, spoken, toggle, compare, previous, next, actions },
    ...{ name, unname, restore, trouble, stage, text, side, people, list, more, time },
  };
}

/** Say what went wrong, and offer to try `again` where that makes sense. */
export function showTrouble(
  place: HTMLElement,
  error: { readonly code: string; readonly message: string },
  again: (() => void) | null,
): void {
  place.replaceChildren(h("p", {}, error.message));
  if (again) {
    const retry = button("history-retry", "Try again");
    retry.addEventListener("click", again);
    place.append(retry);
  }
  place.dataset["code"] = error.code;
  place.hidden = false;
}

/** The button in the editor's bar. */
export function openButton(): HTMLButtonElement {
  const keys = spelledKeys(KEYS);
  const element = h(
    "button",
    {
      type: "button",
      class: "ce-bar-tool",
      part: "bar-button",
      "aria-expanded": "false",
      "aria-haspopup": "dialog",
      "aria-label": "History",
      "aria-keyshortcuts": "Control+Alt+Shift+H",
      "data-tip": `History · ${keys}`,
      "data-testid": "history-open",
    },
    icon(CLOCK),
    h("span", { class: "ce-bar-word" }, "History"),
  );
  // The text keeps its cursor: closing brings it back.
  element.addEventListener("pointerdown", (event) => event.preventDefault());
  return element;
}

function button(name: string, label: string): HTMLButtonElement {
  return h("button", { type: "button", class: "ce-button", "data-testid": name }, label);
}

function tool(name: string, label: string, paths: string): HTMLButtonElement {
  const attributes = {
    type: "button",
    class: "ce-history-tool",
    "aria-label": label,
    title: label,
    "data-testid": name,
  };
  return h("button", attributes, icon(paths));
}
