/** Everybody who wrote, each with what can be done about their edits. */

import type { Author, RevertRequest } from "@collab/client";
import { h, icon } from "../dom.ts";
import { focusedBeside } from "../focused.ts";
import { avatar } from "../people.ts";
import type { People } from "./authors.ts";
import { UNDO } from "./list.ts";

const OPENS = "M5 7.500l5 5 5-5";

export interface PersonsEvents {
  /** The moments shown now: the menu offers their edits alone. */
  shown(): { readonly from: number; readonly to: number };
  takeBack(request: RevertRequest, whose: string): void;
}

/** Return a button with a menu for each of `authors`. */
export function persons(
  authors: readonly Author[],
  people: People,
  events: PersonsEvents,
): HTMLElement[] {
  return authors.map(({ id }, i) => {
    const menu = menuOf(id, `ce-person-menu-${i}`, people, events);
    const button = h(
      "button",
      {
        type: "button",
        class: "ce-person",
        "aria-haspopup": "menu",
        "data-testid": "history-person",
        "data-author": id,
      },
      avatar({ name: people.nameOf(id), color: people.colorOf(id) }),
      h("span", {}, people.calledName(id)),
      icon(OPENS),
    );
    button.popoverTargetElement = menu;
    menu.addEventListener("toggle", (event) => {
      if ((event as ToggleEvent).newState !== "open") return;
      place(menu, button);
      menu.querySelector("button")?.focus();
    });
    return h("div", { class: "ce-person-box" }, button, menu);
  });
}

function menuOf(id: string, name: string, people: People, events: PersonsEvents): HTMLElement {
  const menu = h("div", { id: name, class: "ce-menu", popover: "auto", role: "menu" });
  const whose = people.nameOf(id);
  const all = item("revert-person", `Take back all of ${whose}’s edits…`, () =>
    events.takeBack({ author: id }, `all of ${whose}’s edits`),
  );
  const some = item("revert-shown", "Take back those of the moments shown…", () => {
    const { from, to } = events.shown();
    events.takeBack({ author: id, from: from + 1, to }, `${whose}’s edits shown`);
  });
  menu.append(all, some);
  menu.addEventListener("click", () => menu.hidePopover());
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll("button")];
    const at = items.indexOf(focusedBeside(menu) as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length]?.focus();
  });
  return menu;
}

function item(name: string, label: string, run: () => void): HTMLElement {
  const attributes = { type: "button", role: "menuitem", "data-testid": name };
  const button = h("button", attributes, icon(UNDO), label);
  button.addEventListener("click", run);
  return button;
}

function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const left = Math.min(at.left, innerWidth - menu.offsetWidth - 8);
  const below = at.bottom + 4;
  const top = below + menu.offsetHeight > innerHeight ? at.top - menu.offsetHeight - 4 : below;
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${Math.max(8, top)}px`;
}
