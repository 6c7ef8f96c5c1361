/** What a sign means, said beside it when it is pointed at: `data-tip`. Speech has names of its own. */

import { h } from "./dom.ts";

const PATIENCE_MS = 350;
const GAP = 6;
const EDGE = 8;

/** Show the tips of everything in `root`. Returns the way out. */
export function tips(root: HTMLElement, overlay: HTMLElement): () => void {
  // In the top layer nothing cuts it: no toolbar that scrolls, no box of the page around.
  const tip = h("div", { class: "ce-tip", popover: "manual", "aria-hidden": "true" });
  overlay.append(tip);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Element | null = null;
  const hide = () => {
    clearTimeout(timer);
    shown = null;
    if (tip.matches(":popover-open")) tip.hidePopover();
  };
  const show = (sign: Element) => {
    if (!sign.isConnected) return;
    tip.textContent = sign.getAttribute("data-tip");
    tip.showPopover();
    place(tip, sign);
  };
  const later = ({ target }: Event) => {
    const sign = target instanceof Element ? target.closest("[data-tip]") : null;
    if (sign === shown) return;
    hide();
    shown = sign;
    if (sign && matchMedia("(hover: hover)").matches) {
      timer = setTimeout(() => show(sign), PATIENCE_MS);
    }
  };
  const focused = (event: FocusEvent) => {
    if (event.target instanceof Element && event.target.matches(":focus-visible")) later(event);
  };
  const listeners = [
    ["pointerover", later],
    ["pointerleave", hide],
    ["pointerdown", hide],
    ["focusin", focused],
    ["focusout", hide],
    ["keydown", hide],
  ] as const;
  for (const [event, act] of listeners) root.addEventListener(event, act as EventListener);
  return () => {
    hide();
    tip.remove();
    for (const [event, act] of listeners) root.removeEventListener(event, act as EventListener);
  };
}

/** Below the sign, or above where there is no room; inside the window. */
function place(tip: HTMLElement, sign: Element): void {
  const at = sign.getBoundingClientRect();
  const middle = (at.left + at.right - tip.offsetWidth) / 2;
  const left = Math.min(Math.max(EDGE, middle), innerWidth - tip.offsetWidth - EDGE);
  const below = at.bottom + GAP;
  const fits = below + tip.offsetHeight <= innerHeight;
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${fits ? below : Math.max(0, at.top - tip.offsetHeight - GAP)}px`;
}
