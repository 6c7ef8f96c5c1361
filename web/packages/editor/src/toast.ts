/** A short word at the foot of the page, with one thing to do about it. */

import { h } from "@collab/editor/dom";

const SHOWN_MS = 9_000;

export interface ToastAction {
  readonly label: string;
  run(): Promise<void>;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Say `message`; an earlier word gives way. */
export function toast(message: string, action?: ToastAction): void {
  clearTimeout(timer);
  const place = region();
  const box = h("div", { class: "page-toast" }, h("p", {}, message));
  if (action) box.append(button(action, () => place.replaceChildren()));
  place.replaceChildren(box);
  timer = setTimeout(() => place.replaceChildren(), SHOWN_MS);
}

function button(action: ToastAction, close: () => void): HTMLElement {
  const element = h("button", { type: "button", "data-testid": "toast-action" }, action.label);
  element.addEventListener("click", () => {
    close();
    action.run().catch((error: Error) => toast(error.message));
  });
  return element;
}

function region(): HTMLElement {
  const known = document.getElementById("toasts");
  if (known) return known;
  const fresh = h("div", {
    id: "toasts",
    class: "ce page-toasts",
    role: "status",
    "aria-live": "polite",
  });
  document.body.append(fresh);
  return fresh;
}
