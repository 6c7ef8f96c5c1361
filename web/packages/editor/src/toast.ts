/** A short word at the foot of a frame, with one thing to do about it. */

import { h } from "./dom.ts";
import { hush, onHush } from "./hush.ts";

const SHOWN_MS = 9_000;
/** A way back is offered longer. */
const SHOWN_WITH_ACTION_MS = 20_000;
/** From the foot of what is seen of the frame. */
const GAP = 20;

export interface ToastAction {
  readonly label: string;
  run(): Promise<void>;
}

/**
 * Say `message` in `place`, the overlay of a frame; without one, at the foot of the page. An earlier
 * word there gives way. It stays while it is pointed at or focused.
 */
export function toast(message: string, action?: ToastAction, place: HTMLElement = ofPage()): void {
  const box = h("div", { class: "ce-toast", "data-testid": "toast" }, h("p", {}, message));
  const region = regionIn(place);
  hush(place);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => clearTimeout(timer);
  const close = () => {
    wait();
    box.remove();
    if (region.childElementCount === 0 && region.matches(":popover-open")) region.hidePopover();
    removeEventListener("scroll", follow, true);
    removeEventListener("resize", follow);
  };
  const count = () => {
    wait();
    timer = setTimeout(close, action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  };
  const follow = () => putAtFoot(region, place);
  if (action) box.append(button(action, close, place));
  box.addEventListener("pointerenter", wait);
  box.addEventListener("focusin", wait);
  box.addEventListener("pointerleave", count);
  box.addEventListener("focusout", count);
  region.replaceChildren(box);
  // Above dialogs that are open by now.
  region.showPopover();
  follow();
  addEventListener("scroll", follow, { capture: true, passive: true });
  addEventListener("resize", follow);
  onHush(place, close);
  count();
}

function button(action: ToastAction, close: () => void, place: HTMLElement): HTMLElement {
  const element = h("button", { type: "button", "data-testid": "toast-action" }, action.label);
  element.addEventListener("click", () => {
    close();
    action.run().catch((error: Error) => toast(error.message, undefined, place));
  });
  return element;
}

function regionIn(place: HTMLElement): HTMLElement {
  const known = place.querySelector<HTMLElement>(":scope > .ce-toasts");
  if (known) return known;
  const attributes = { class: "ce-toasts", part: "toast", popover: "manual" };
  const fresh = h("div", { ...attributes, role: "status", "aria-live": "polite" });
  place.append(fresh);
  return fresh;
}

/** The top layer knows no frames: the word is put where the frame is seen. */
function putAtFoot(region: HTMLElement, place: HTMLElement): void {
  const frame = (place.parentElement ?? place).getBoundingClientRect();
  const bottom = Math.max(0, innerHeight - frame.bottom);
  region.style.insetInline = `${Math.max(0, frame.left)}px ${Math.max(0, innerWidth - frame.right)}px`;
  region.style.bottom = `${Math.min(bottom + GAP, innerHeight - 2 * GAP)}px`;
}

/** A page without a frame has one place of its own. */
function ofPage(): HTMLElement {
  const known = document.querySelector<HTMLElement>(".ce-overlay");
  if (known) return known;
  const fresh = h("div", { class: "ce-overlay" });
  (document.querySelector(".ce") ?? document.body).append(fresh);
  return fresh;
}
