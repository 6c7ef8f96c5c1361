/** Setting, changing, opening and removing links. */

import type { Editor } from "@tiptap/core";
import { h } from "./dom.ts";
import { focusText } from "./focus.ts";
import { readSelection } from "./selection.ts";
import { toast } from "./toast.ts";
import type { Tool } from "./tools.ts";
import { isSafeUrl } from "./urls.ts";

const ICON =
  "M8.3 11.700a3.2 3.2 0 0 0 4.5 0l2.4-2.400a3.2 3.2 0 0 0-4.5-4.500l-.8.8M11.7 8.300a3.2 3.2 0 0 0-4.5 0l-2.4 2.400a3.2 3.2 0 0 0 4.5 4.500l.8-.8";

export interface LinkTool {
  readonly tool: Tool;
  destroy(): void;
}

/** Return the tool; its small form is in `overlay`. Ctrl or ⌘ with a click on a link opens it. */
export function linkTool(editor: Editor, overlay: HTMLElement): LinkTool {
  const input = h("input", {
    type: "text",
    inputmode: "url",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "Paste or type an address",
    "aria-label": "Link address",
    "data-testid": "link-address",
  });
  const remove = h("button", { type: "button", class: "ce-button" }, "Remove");
  const open = h("a", { class: "ce-button", target: "_blank", rel: "noopener noreferrer" }, "Open");
  const form = h(
    "form",
    // In the top layer: fixed places are not fixed inside of what a page has transformed.
    { class: "ce-link", part: "link-form", popover: "manual", "data-testid": "link-form" },
    input,
    h("button", { type: "submit", class: "ce-button ce-button-main" }, "Apply"),
    open,
    remove,
  );
  overlay.append(form);
  const close = () => {
    form.hidePopover();
    focusText(editor);
  };
  const show = () => {
    const href = String(editor.getAttributes("link")["href"] ?? "");
    input.value = href;
    remove.hidden = !href;
    open.hidden = !isSafeUrl(href);
    open.href = isSafeUrl(href) ? href : "";
    if (!form.matches(":popover-open")) form.showPopover();
    place(form, editor);
    input.select();
    input.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const trouble = apply(editor, input.value.trim());
    close();
    if (trouble) toast(trouble, undefined, overlay);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // Not also for what the page around has open.
    event.stopPropagation();
    close();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(relatedTarget as Node)) form.hidePopover();
  });
  remove.addEventListener("click", () => {
    editor.chain().extendMarkRange("link").unsetLink().run();
    close();
  });
  listenInText(editor, show);
  return { tool: toolThat(show), destroy: () => form.remove() };
}

function toolThat(show: () => void): Tool {
  return {
    name: "link",
    label: "Link",
    keys: "Mod-k",
    icon: ICON,
    run: show,
    isOn: (editor) => editor.isActive("link"),
    isUsable: (editor) => !editor.isActive("codeBlock"),
  };
}

function listenInText(editor: Editor, show: () => void): void {
  const text = editor.view.dom;
  text.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    event.preventDefault();
    if (!editor.isEditable) return;
    readSelection(editor.view);
    show();
  });
  text.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a");
    if (!link || !(event.ctrlKey || event.metaKey || !editor.isEditable)) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    if (isSafeUrl(href)) window.open(href, "_blank", "noopener,noreferrer");
  });
}

/** Link what is selected; returns what to say if that cannot be. */
function apply(editor: Editor, typed: string): string | null {
  const chain = editor.chain().extendMarkRange("link");
  if (!typed) {
    chain.unsetLink().run();
    return null;
  }
  const href = /^[a-z][a-z0-9+.-]*:|^[/#]/i.test(typed) ? typed : `https://${typed}`;
  if (!isSafeUrl(href)) {
    return "That address is not linked: links begin with https://, mailto:, tel:, / or #.";
  }
  if (editor.state.selection.empty && !editor.isActive("link")) {
    const text = { type: "text", text: typed, marks: [{ type: "link", attrs: { href } }] };
    editor.chain().insertContent(text).run();
  } else {
    chain.setLink({ href }).run();
  }
  return null;
}

/** Put the form under the selection, inside the window. */
function place(form: HTMLElement, editor: Editor): void {
  const at = editor.view.coordsAtPos(editor.state.selection.from);
  const width = form.offsetWidth;
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  const top = Math.min(at.bottom + 8, innerHeight - form.offsetHeight - 8);
  form.style.left = `${left}px`;
  form.style.top = `${Math.max(8, top)}px`;
}
