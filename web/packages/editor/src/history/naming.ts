/** The field for a version's name, in the place of the buttons. */

import { h } from "../dom.ts";

/** Show the field in `place` until a name is saved or given up; `save` throws what is said instead. */
export function askName(
  place: HTMLElement,
  known: string,
  save: (name: string) => Promise<void>,
): void {
  const before = [...place.childNodes];
  const input = h("input", {
    class: "ce-field",
    value: known,
    maxlength: "200",
    required: true,
    placeholder: "Name of this version",
    "aria-label": "Name of this version",
    autocomplete: "off",
    "data-testid": "history-name-field",
  });
  const submit = h("button", { type: "submit", class: "ce-button ce-button-main" }, "Save");
  const cancel = h("button", { type: "button", class: "ce-button" }, "Cancel");
  const form = h("form", { class: "ce-naming" }, input, submit, cancel);
  const close = () => {
    place.replaceChildren(...before);
    place.querySelector<HTMLElement>("button:not([hidden])")?.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) return;
    submit.disabled = true;
    save(name).then(close, () => {
      submit.disabled = false;
      input.focus();
    });
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close();
  });
  cancel.addEventListener("click", close);
  place.replaceChildren(form);
  input.select();
  input.focus();
}
