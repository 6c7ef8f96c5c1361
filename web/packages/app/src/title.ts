/** The document's title, edited in place. */

import { h } from "@collab/editor/dom";
import { documents } from "./api.ts";

export interface TitleField {
  readonly element: HTMLElement;
  /** Ask the server what the title is now. */
  load(): Promise<void>;
  /** Whether the person may change it. */
  allow(change: boolean): void;
}

export function titleField(id: string): TitleField {
  const input = h("input", {
    class: "page-title",
    "data-testid": "title",
    "aria-label": "Document title",
    placeholder: "Untitled",
    maxlength: "200",
    autocomplete: "off",
    spellcheck: "false",
  });
  const trouble = h("span", { class: "ce-hidden", role: "alert" });
  let known = "";
  const show = (title: string) => {
    known = title;
    if (document.activeElement !== input) input.value = title;
    document.title = title || "Untitled";
    fit(input);
  };
  const save = async () => {
    const title = input.value.trim();
    input.value = title;
    if (title === known) return;
    try {
      show((await documents.rename(id, title)).title);
      mark(input, trouble, "");
    } catch (error) {
      mark(input, trouble, `The title is not saved. ${(error as Error).message}`);
    }
  };
  const load = async () => {
    try {
      show((await documents.get(id)).title);
    } catch {
      // The title is not worth a banner of its own: the editor tells of the connection.
    }
  };
  input.addEventListener("input", () => fit(input));
  input.addEventListener("change", () => void save());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Escape") input.value = known;
    input.blur();
    document.querySelector<HTMLElement>(".ProseMirror")?.focus();
  });
  addEventListener("focus", () => void load());
  fit(input);
  const allow = (change: boolean) => {
    input.readOnly = !change;
  };
  return { element: h("div", { class: "page-title-box" }, input, trouble), load, allow };
}

function mark(input: HTMLInputElement, trouble: HTMLElement, message: string): void {
  trouble.textContent = message;
  input.title = message;
  input.toggleAttribute("data-trouble", message !== "");
}

/** As wide as what is written, where the browser does not do it by itself. */
function fit(input: HTMLInputElement): void {
  if (CSS.supports("field-sizing", "content")) return;
  input.size = Math.max(8, input.value.length + 1);
}
