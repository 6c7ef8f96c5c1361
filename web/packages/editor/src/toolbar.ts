/** The toolbar: one stop for the Tab key, arrow keys inside it. */

import type { Editor } from "@tiptap/core";
import { h, icon } from "./dom.ts";
import { focusedBeside } from "./focused.ts";
import { ariaKeys, spelledKeys } from "./keys.ts";
import { linkTool } from "./link.ts";
import type { Part } from "./status.ts";
import { TABLE_TOOLS, TOOLS, type Tool } from "./tools.ts";

interface Built {
  readonly tool: Tool;
  readonly button: HTMLButtonElement;
}

/** The tools for the text with the id `text`. `more` are tools of the surroundings; they stand at the end. */
export function toolbar(
  editor: Editor,
  overlay: HTMLElement,
  text: string,
  more: readonly Tool[],
): Part {
  const link = linkTool(editor, overlay);
  const groups = TOOLS.map((group) => group.map((tool) => build(editor, tool)));
  // The link belongs to the marks.
  groups[2]?.push(build(editor, link.tool));
  if (more.length > 0) groups.push(more.map((tool) => build(editor, tool)));
  const inTable = TABLE_TOOLS.map((tool) => build(editor, tool));
  const tableGroup = h("div", { class: "ce-tool-group ce-tool-table", hidden: true });
  tableGroup.append(...inTable.map(({ button }) => button));
  const element = h("div", {
    class: "ce-tools",
    role: "toolbar",
    "aria-label": "Formatting",
    "aria-controls": text,
    "data-testid": "toolbar",
  });
  for (const group of groups) {
    element.append(h("div", { class: "ce-tool-group" }, ...group.map(({ button }) => button)));
  }
  if (more.length > 0) element.lastElementChild?.classList.add("ce-tool-end");
  element.append(tableGroup);
  const all = [...groups.flat(), ...inTable];
  roveWithArrows(element);
  const show = () => {
    tableGroup.hidden = !editor.isActive("table");
    for (const one of all) refresh(editor, one);
  };
  show();
  editor.on("transaction", show);
  editor.on("update", show);
  return {
    element: h("div", { class: "ce-toolbar", part: "toolbar" }, element),
    destroy: () => {
      link.destroy();
      editor.off("transaction", show);
      editor.off("update", show);
    },
  };
}

function build(editor: Editor, tool: Tool): Built {
  const tip = tool.keys ? `${tool.label} · ${spelledKeys(tool.keys)}` : tool.label;
  const button = h(
    "button",
    {
      type: "button",
      class: "ce-tool",
      tabindex: "-1",
      "aria-label": tool.label,
      "aria-keyshortcuts": tool.keys ? ariaKeys(tool.keys) : undefined,
      "data-tip": tip,
      "data-testid": tool.testId ?? `tool-${tool.name}`,
    },
    icon(tool.icon),
  );
  // The text keeps its selection, and a phone its keyboard.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") tool.run(editor);
    if (tool.readsOnly) refresh(editor, { tool, button });
  });
  return { tool, button };
}

function refresh(editor: Editor, { tool, button }: Built): void {
  if (tool.isOn) set(button, "aria-pressed", String(tool.isOn(editor)));
  const usable =
    (editor.isEditable || tool.readsOnly === true) && (tool.isUsable?.(editor) ?? true);
  set(button, "aria-disabled", String(!usable));
}

function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function roveWithArrows(bar: HTMLElement): void {
  const buttons = () => [...bar.querySelectorAll<HTMLElement>(".ce-tool")].filter(isShown);
  const first = buttons()[0] ?? bar.querySelector<HTMLElement>(".ce-tool");
  if (first) first.tabIndex = 0;
  bar.addEventListener("focusin", ({ target }) => {
    for (const button of bar.querySelectorAll<HTMLElement>(".ce-tool")) {
      button.tabIndex = button === target ? 0 : -1;
    }
  });
  bar.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(focusedBeside(bar) as HTMLElement);
    const to = destination(event.key, at, all.length);
    if (at < 0 || to === null) return;
    event.preventDefault();
    all[to]?.focus();
  });
}

function isShown(button: HTMLElement): boolean {
  return button.closest("[hidden]") === null;
}

function destination(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
