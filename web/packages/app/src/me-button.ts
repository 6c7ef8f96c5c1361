/** My own name and colour. */

import { PALETTE } from "@collab/editor/color";
import { h } from "@collab/editor/dom";
import { avatar } from "@collab/editor/people";
import { type Me, remember } from "./me.ts";

/** Return the button that shows me and opens the form; `changed` gets what I became. */
export function meButton(start: Me, changed: (me: Me) => void): HTMLElement {
  let me = start;
  const button = h("button", {
    type: "button",
    class: "page-icon",
    popovertarget: "me",
    "aria-label": "Your name and colour",
    "data-testid": "me",
  });
  const name = h("input", {
    id: "me-name",
    class: "page-field",
    maxlength: "60",
    autocomplete: "nickname",
    required: true,
    "data-testid": "me-name",
  });
  const swatches = PALETTE.map((color, i) => swatch(color, i, () => become({ ...me, color })));
  const show = () => {
    button.replaceChildren(avatar(me));
    name.value = me.name;
    for (const box of swatches) {
      const input = box.querySelector("input");
      if (input) input.checked = input.value === me.color;
    }
  };
  const become = (next: Me) => {
    if (next.name === me.name && next.color === me.color) return;
    me = next;
    remember(me);
    show();
    changed(me);
  };
  name.addEventListener("change", () => {
    const typed = name.value.trim();
    if (typed) become({ ...me, name: typed });
    else name.value = me.name;
  });
  const form = h(
    "form",
    { id: "me", class: "page-popover", popover: "auto" },
    h("label", { for: "me-name" }, "Your name, as others see it"),
    name,
    h(
      "fieldset",
      {},
      h("legend", {}, "Your colour"),
      h("div", { class: "page-swatches" }, ...swatches),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    name.blur();
    form.hidePopover();
  });
  show();
  return h("div", { class: "page-me" }, button, form);
}

function swatch(color: string, index: number, choose: () => void): HTMLElement {
  const label = `Colour ${index + 1}`;
  const input = h("input", { type: "radio", name: "color", value: color, "aria-label": label });
  input.style.backgroundColor = color;
  input.addEventListener("change", choose);
  return h("label", { class: "page-swatch" }, input);
}
