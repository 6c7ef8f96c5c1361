/** Setting, changing, opening and removing links. */

import type { Editor } from "@tiptap/core";
import { h } from "./dom.ts";
import { toast } from "./toast.ts";
import type { Tool } from "./tools.ts";
import { isSafeUrl } from "./urls.ts";

const ICON =
  "M8.3 11.700a3.2 3.2 0 0 0 4.5 0l2.4-2.400a3.2 3.2 0 0 0-4.5-4.500l-.8.8M11.7 8.300a3.2 3.2 0 0 0-4.5 0l-2.4 2.400a3.2 3.2 0 0 0 4.5 4.500l.8-.8";

export interface LinkTool {
  readonly tool: Tool;
  readonly element: HTMLElement;
}

/** Return the tool and its small form. Ctrl or ⌘ with a click on a link opens it. */
export function linkTool(editor: Editor): LinkTool {
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
    { class: "ce-link", hidden: true, "data-testid": "link-form" },
    input,
    h("button", { type: "submit", class: "ce-button ce-button-main" }, "Apply"),
    open,
    remove,
  );
  const close = () => {
    form.hidden = true;
    editor.commands.focus();
  };
  const show = () => {
    const href = String(editor.getAttributes("link")["href"] ?? "");
    input.value = href;
    remove.hidden = !href;
    open.hidden = !isSafeUrl(href);
    open.href = isSafeUrl(href) ? href : "";
    form.hidden = false;
    place(form, editor);
    input.select();
    input.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(editor, input.value.trim());
    close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !form.contains(relatedTarget as Node)) form.hidden = true;
  });
  remove.addEventListener("click", () => {
    editor.chain().focus().extendMarkRange("link").unsetLink().run();
    close();
  });
  listenInText(editor, show);
  return { tool: toolThat(show), element: form };
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
    // The editor learns of a just moved cursor only after this event.
    requestAnimationFrame(show);
  });
  text.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a");
    if (!link || !(event.ctrlKey || event.metaKey || !editor.isEditable)) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    if (isSafeUrl(href)) window.open(href, "_blank", "noopener,noreferrer");
  });
}

function apply(editor: Editor, typed: string): void {
  const chain = editor.chain().focus().extendMarkRange("link");
  if (!typed) {
    chain.unsetLink().run();
    return;
  }
  const href = /^[a-z][a-z0-9+.-]*:|^[/#]/i.test(typed) ? typed : `https://${typed}`;
  if (!isSafeUrl(href)) {
    toast("That address is not linked: links begin with https://, mailto:, tel:, / or #.");
    return;
  }
  if (editor.state.selection.empty && !editor.isActive("link")) {
    const text = { type: "text", text: typed, marks: [{ type: "link", attrs: { href } }] };
    editor.chain().focus().insertContent(text).run();
  } else {
    chain.setLink({ href }).run();
  }
}

/** Put the form under the selection, inside the window. */
function place(form: HTMLElement, editor: Editor): void {
  const at = editor.view.coordsAtPos(editor.state.selection.from);
  const width = form.offsetWidth;
  const left = Math.max(8, Math.min(at.left, window.innerWidth - width - 8));
  const top = Math.min(at.bottom + 8, window.innerHeight - form.offsetHeight - 8);
  form.style.left = `${left}px`;
  form.style.top = `${Math.max(8, top)}px`;
}
