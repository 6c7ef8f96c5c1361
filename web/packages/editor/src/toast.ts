/** A short word at the foot of the page, with one thing to do about it. */

import { h } from "./dom.ts";

const SHOWN_MS = 9_000;
/** A way back is offered longer. */
const SHOWN_WITH_ACTION_MS = 20_000;

export interface ToastAction {
  readonly label: string;
  run(): Promise<void>;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Say `message`; an earlier word gives way. It stays while it is pointed at or focused. */
export function toast(message: string, action?: ToastAction): void {
  const place = region();
  const box = h("div", { class: "ce-toast", "data-testid": "toast" }, h("p", {}, message));
  const close = () => {
    clearTimeout(timer);
    box.remove();
  };
  const count = () => {
    clearTimeout(timer);
    timer = setTimeout(close, action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  };
  if (action) box.append(button(action, close));
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("focusin", () => clearTimeout(timer));
  box.addEventListener("pointerleave", count);
  box.addEventListener("focusout", count);
  place.replaceChildren(box);
  count();
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
    class: "ce ce-toasts",
    role: "status",
    "aria-live": "polite",
  });
  document.body.append(fresh);
  return fresh;
}
