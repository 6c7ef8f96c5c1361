/** The attributes of `<collab-editor>`: what they are called, what they may say, what they mean. */

/** How the text is edited. */
export type Mode = "rich" | "markdown" | "code" | "plain";
/** `auto` follows the reader's system. */
export type Theme = "light" | "dark" | "auto";
/** How the text is written down as the value of a form's field. */
export type Format = "html" | "markdown" | "text" | "json";

export const MODES: readonly Mode[] = ["rich", "markdown", "code", "plain"];
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];
export const FORMATS: readonly Format[] = ["html", "markdown", "text", "json"];

/** Everything the element reads from its tag, in the order of the documentation. */
export const ATTRIBUTES = [
  "server",
  "document",
  "token",
  "link",
  "name",
  "color",
  "mode",
  "editable",
  "theme",
  "placeholder",
  "toolbar",
  "history",
  "language",
  "field",
  "format",
  "required",
  "disabled",
] as const;

export type Attribute = (typeof ATTRIBUTES)[number];

/** Properties that were set on the element before it was defined, and must be set again after. */
export const PROPERTIES = [...ATTRIBUTES, "tokenProvider", "extensions", "initialContent"] as const;

/** Return the one of `choices` that an attribute names, however it is written; else the default. */
export function choice<T extends string>(
  raw: string | null,
  choices: readonly T[],
  standard: T,
): T {
  const said = raw?.trim().toLowerCase();
  return choices.find((one) => one === said) ?? standard;
}

/** Return what an attribute like `contenteditable` means: only "false" says no. */
export function flag(raw: string | null): boolean {
  return raw?.trim().toLowerCase() !== "false";
}

/** Return the format a form gets the text in, unless `format` says which. */
export function standardFormat(mode: Mode): Format {
  return mode === "rich" ? "html" : "text";
}

/** Return what an attribute says, without the spaces around it; null if it says nothing. */
export function said(raw: string | null): string | null {
  return raw?.trim() || null;
}
