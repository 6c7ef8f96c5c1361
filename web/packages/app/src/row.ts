/** One document in the list. */

import type { DocumentInfo } from "@collab/client/documents";
import { h, icon } from "@collab/editor/dom";
import { toast } from "@collab/editor/toast";
import { documents } from "./api.ts";
import { ago } from "./time.ts";

const PEN = "M4 16l.8-3.300L13 4.500a1.5 1.5 0 0 1 2.1 0l.4.4a1.5 1.5 0 0 1 0 2.100L7.3 15.200z";
const BIN =
  "M4 5.500h12M8 5.500V4h4v1.500M5.5 5.500l.7 10.500h7.600l.7-10.500M8.5 8.500v5M11.5 8.500v5";

export interface RowEvents {
  renamed(next: DocumentInfo): void;
  remove(): void;
}

export function documentRow(info: DocumentInfo, events: RowEvents): HTMLElement {
  const title = info.title || "Untitled";
  const row = h("li", { class: "list-row", "data-testid": "document-row", "data-id": info.id });
  const link = h(
    "a",
    { class: "list-link", href: `/d/${encodeURIComponent(info.id)}` },
    h("span", { class: "list-title" }, title),
    h(
      "time",
      { datetime: info.updatedAt, title: new Date(info.updatedAt).toLocaleString() },
      ago(info.updatedAt, Date.now()),
    ),
  );
  const rename = tool(PEN, `Rename ${title}`, "row-rename", () => edit(row, link, info, events));
  const remove = tool(BIN, `Delete ${title}`, "row-delete", events.remove);
  row.append(link, h("div", { class: "list-tools" }, rename, remove));
  return row;
}

function tool(paths: string, label: string, name: string, run: () => void): HTMLElement {
  const attributes = {
    type: "button",
    class: "page-icon",
    "aria-label": label,
    "data-testid": name,
  };
  const button = h("button", attributes, icon(paths));
  button.addEventListener("click", run);
  return button;
}

function edit(row: HTMLElement, link: HTMLElement, info: DocumentInfo, events: RowEvents): void {
  const input = h("input", {
    class: "page-field",
    value: info.title,
    maxlength: "200",
    "aria-label": "New title",
    "data-testid": "row-title",
  });
  const form = h("form", { class: "list-rename" }, input);
  let done = false;
  const finish = async (save: boolean) => {
    if (done) return;
    done = true;
    const title = input.value.trim();
    form.replaceWith(link);
    link.focus();
    if (!save || title === info.title) return;
    try {
      events.renamed(await documents.rename(info.id, title));
    } catch (error) {
      toast(`The title is not changed. ${(error as Error).message}`);
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void finish(true);
  });
  input.addEventListener("blur", () => void finish(true));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") void finish(false);
  });
  link.replaceWith(form);
  row.prepend(form);
  input.select();
}
