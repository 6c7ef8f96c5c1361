/** The toolbar of source text: one stop for the Tab key, arrow keys inside it. */

import type { EditorView } from "@codemirror/view";
import { h, icon } from "../dom.ts";
import { focusedBeside } from "../focused.ts";
import { ariaKeys, spelledKeys } from "../keys.ts";
import type { Tool } from "./tools.ts";

export interface Bar {
  readonly element: HTMLElement;
  /** Show what is on and what can be done now. */
  refresh(): void;
}

/** Return the toolbar of `view`; it is refreshed by whoever knows of changes. */
export function bar(view: EditorView, groups: readonly (readonly Tool[])[]): Bar {
  const element = h("div", {
    class: "ce-tools",
    role: "toolbar",
    "aria-label": "Editing",
    "aria-controls": view.contentDOM.id,
    "data-testid": "toolbar",
  });
  const built = groups.map((group) => group.map((tool) => ({ tool, button: build(view, tool) })));
  for (const group of built) {
    element.append(h("div", { class: "ce-tool-group" }, ...group.map(({ button }) => button)));
  }
  const all = built.flat();
  rove(
    element,
    all.map(({ button }) => button),
  );
  const refresh = () => {
    for (const { tool, button } of all) show(view, tool, button);
  };
  refresh();
  return { element: h("div", { class: "ce-toolbar", part: "toolbar" }, element), refresh };
}

function build(view: EditorView, tool: Tool): HTMLButtonElement {
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
      "data-testid": `tool-${tool.name}`,
    },
    icon(tool.icon),
  );
  // The text keeps its selection, and a phone its keyboard.
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    view.focus();
    tool.run(view);
  });
  return button;
}

function show(view: EditorView, tool: Tool, button: HTMLButtonElement): void {
  if (tool.isOn) set(button, "aria-pressed", String(tool.isOn(view.state)));
  const isUsable = !view.state.readOnly && (tool.isUsable?.(view.state) ?? true);
  set(button, "aria-disabled", String(!isUsable));
}

function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function rove(element: HTMLElement, buttons: readonly HTMLButtonElement[]): void {
  const stopAt = (target: EventTarget | null) => {
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
  };
  stopAt(buttons[0] ?? null);
  element.addEventListener("focusin", ({ target }) => stopAt(target));
  element.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(focusedBeside(element) as HTMLButtonElement);
    const to = destination(event.key, at, buttons.length);
    if (at < 0 || to === null) return;
    event.preventDefault();
    buttons[to]?.focus();
  });
}

function destination(key: string, at: number, count: number): number | null {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at - 1 + count) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : null;
}
