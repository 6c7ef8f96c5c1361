/** A `<textarea data-collab="…">` with an editor in its place; its form goes on getting its value. */

import type { CollabEditorElement } from "./element.ts";
import { labelOf } from "./label.ts";

/** `data-collab-…` attributes that are attributes of the editor. */
const PASSED = [
  "server",
  "token",
  "link",
  "name",
  "color",
  "mode",
  "theme",
  "toolbar",
  "history",
  "language",
  "format",
] as const;

/** Rich text is dear to write down: not at every key. */
const PATIENCE_MS = 200;
/** Room for the bar and some lines, in pixels. */
const LOWEST = 220;
const NARROWEST = 320;

const HIDDEN: Readonly<Record<string, string>> = {
  position: "absolute",
  width: "1px",
  height: "1px",
  "min-height": "0",
  margin: "0",
  padding: "0",
  border: "0",
  opacity: "0",
  "clip-path": "inset(50%)",
  "pointer-events": "none",
};

/** Stands in for one textarea until it is released. */
export class TextareaEditor {
  readonly editor: CollabEditorElement;
  readonly #area: HTMLTextAreaElement;
  readonly #before: { style: string; tabindex: string | null; hidden: string | null };
  readonly #ended = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStale = false;
  #atFocus = "";
  /** What the textarea held when the editor last gave it, or took, something. */
  #known = "";

  constructor(area: HTMLTextAreaElement) {
    this.#area = area;
    this.#before = {
      style: area.style.cssText,
      tabindex: area.getAttribute("tabindex"),
      hidden: area.getAttribute("aria-hidden"),
    };
    this.editor = document.createElement("collab-editor");
    this.follow();
    this.#resemble();
    this.#listen();
    this.#hide();
  }

  /** Stand beside the textarea, and take over what its attributes say now. */
  follow(): void {
    if (this.#area.nextSibling !== this.editor) this.#area.after(this.editor);
    const { dataset, placeholder } = this.#area;
    const editor = this.editor;
    const document = dataset["collab"] ?? null;
    const isAnother = editor.getAttribute("document") !== document;
    reflect(editor, "document", document);
    for (const name of PASSED) reflect(editor, name, dataset[keyOf(name)] ?? null);
    if (!dataset["collabMode"]) reflect(editor, "mode", "plain");
    if (!dataset["collabLanguage"] && editor.mode !== "code") {
      reflect(editor, "language", this.#area.closest("[lang]")?.getAttribute("lang") ?? null);
    }
    reflect(editor, "placeholder", placeholder || null);
    const isLocked = this.#area.readOnly || this.#area.matches(":disabled");
    reflect(editor, "editable", isLocked ? "false" : (dataset["collabEditable"] ?? null));
    reflect(editor, "aria-label", labelOf(this.#area, this.#area.labels));
    if (this.#area.autofocus) editor.autofocus = true;
    if (isAnother) this.#bring();
  }

  /** Have the document begin with what the page has put into the textarea, not with another's text. */
  #bring(): void {
    const { value } = this.#area;
    const format = this.editor.mode === "rich" ? formatOf(this.editor.format) : "text";
    this.editor.initialContent = value && value !== this.#known ? { value, format } : null;
    this.#known = value;
  }

  /** Give the textarea back to the page as it was, with the text as it is now. */
  release(): void {
    this.#write();
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.editor.remove();
    this.#area.style.cssText = this.#before.style;
    restore(this.#area, "tabindex", this.#before.tabindex);
    restore(this.#area, "aria-hidden", this.#before.hidden);
  }

  /** As wide and as high as the textarea was. */
  #resemble(): void {
    const { width, height } = this.#area.getBoundingClientRect();
    const room = this.#area.parentElement?.clientWidth ?? 0;
    const { style } = this.editor;
    const rows = `${this.#area.rows * 1.5 + 6}em`;
    style.height = height > 0 ? `${Math.max(height, LOWEST)}px` : rows;
    // One that filled its place goes on doing so.
    if (width > 0 && width < room * 0.9) style.width = `${Math.max(width, NARROWEST)}px`;
    style.maxWidth = "100%";
  }

  /**
   * Out of sight but not out of the form: the browser must be able to lead people to it, from a label
   * or because it is required; the focus goes on into the editor.
   */
  #hide(): void {
    for (const [name, value] of Object.entries(HIDDEN)) {
      this.#area.style.setProperty(name, value, "important");
    }
    this.#area.tabIndex = -1;
    this.#area.setAttribute("aria-hidden", "true");
  }

  #listen(): void {
    const { signal } = this.#ended;
    const editor = this.editor;
    const area = this.#area;
    editor.addEventListener("ready", () => this.#write(), { signal });
    editor.addEventListener("change", () => this.#later(), { signal });
    editor.addEventListener("focusin", () => this.#entered(), { signal });
    editor.addEventListener("focusout", () => this.#left(), { signal });
    area.addEventListener("focus", () => editor.focus(), { signal });
    // Before the page's own listeners, so that they find the text.
    const early = { capture: true, signal };
    const mine = (event: Event) => event.target === area.form;
    // They do not leave a shadow tree.
    const root = area.getRootNode();
    root.addEventListener("submit", (event) => mine(event) && this.#write(), early);
    const given = (event: Event) => mine(event) && this.#correct((event as FormDataEvent).formData);
    root.addEventListener("formdata", given, early);
    const reset = (event: Event) => {
      // The document stays as it is, so the value does. The form is emptied only after all have heard.
      if (mine(event)) setTimeout(() => this.#write());
    };
    root.addEventListener("reset", reset, { signal });
  }

  #later(): void {
    this.#isStale = true;
    if (this.editor.mode !== "rich") {
      // Everything of this moment at once.
      queueMicrotask(() => this.#isStale && this.#write());
    } else {
      this.#timer ??= setTimeout(() => this.#write(), PATIENCE_MS);
    }
  }

  /** Give the textarea the text as it is now, and tell the page's listeners. */
  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isStale = false;
    if (this.#ended.signal.aborted || !this.editor.provider?.loaded) return;
    const isNew = setValue(this.#area, this.editor.value);
    this.#known = this.#area.value;
    if (!isNew) return;
    this.#area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** What the browser has read from the textarea may be older than the text. */
  #correct(data: FormData): void {
    const before = this.#area.value;
    this.#write();
    const { name, value } = this.#area;
    if (!name || value === before) return;
    const all = data.getAll(name);
    const at = all.indexOf(before.replaceAll("\n", "\r\n"));
    const place = at < 0 ? all.indexOf(before) : at;
    if (place < 0) return;
    data.delete(name);
    for (const [i, one] of all.entries()) data.append(name, i === place ? value : one);
  }

  #entered(): void {
    this.#atFocus = this.#area.value;
  }

  #left(): void {
    if (this.#isStale) this.#write();
    if (this.#area.value === this.#atFocus) return;
    this.#atFocus = this.#area.value;
    this.#area.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function keyOf(name: string): string {
  return `collab${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function formatOf(format: string): "html" | "markdown" | "text" {
  return format === "html" || format === "markdown" ? format : "text";
}

function reflect(editor: HTMLElement, name: string, value: string | null): void {
  if (editor.getAttribute(name) !== value) restore(editor, name, value);
}

function restore(element: HTMLElement, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** Set the value behind the back of libraries that watch the property; returns whether it changed. */
function setValue(area: HTMLTextAreaElement, value: string): boolean {
  if (area.value === value) return false;
  const property = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  property?.set?.call(area, value);
  return true;
}
