/** The attributes of the element as properties: strings, choices and flags, there and back. */

import {
  type Attribute,
  choice,
  FORMATS,
  type Format,
  flag,
  MODES,
  type Mode,
  PROPERTIES,
  said,
  standardFormat,
  THEMES,
  type Theme,
} from "./attributes.ts";

/** On a server that renders pages there are no elements; importing must do no harm there. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

type Said = string | null | undefined;

/** An element whose properties are its attributes. */
export class ReflectedElement extends Base {
  /** The server's address; by default the one this script came from. */
  get server(): string {
    return this.#text("server");
  }
  set server(address: Said) {
    this.#set("server", address);
  }

  /** The id of the document. */
  get document(): string {
    return this.#text("document");
  }
  set document(id: Said) {
    this.#set("document", id);
  }

  /** A token signed by the host application. */
  get token(): string {
    return this.#text("token");
  }
  set token(token: Said) {
    this.#set("token", token);
  }

  /** The secret of a share link. */
  get link(): string {
    return this.#text("link");
  }
  set link(secret: Said) {
    this.#set("link", secret);
  }

  /** What the person is called, where nobody has to prove who they are. */
  get name(): string {
    return this.#text("name");
  }
  set name(name: Said) {
    this.#set("name", name);
  }

  /** The person's colour, `#rrggbb`. */
  get color(): string {
    return this.#text("color");
  }
  set color(color: Said) {
    this.#set("color", color);
  }

  /** How the text is edited; `rich` by default. */
  get mode(): Mode {
    return choice(this.getAttribute("mode"), MODES, "rich");
  }
  set mode(mode: Said) {
    this.#set("mode", mode);
  }

  /** Whether the person may write, as far as their role goes. */
  get editable(): boolean {
    return flag(this.getAttribute("editable"));
  }
  set editable(wanted: boolean | Said) {
    this.#setFlag("editable", wanted);
  }

  /** Light or dark; `auto`, by default, as the reader's system has it. */
  get theme(): Theme {
    return choice(this.getAttribute("theme"), THEMES, "auto");
  }
  set theme(theme: Said) {
    this.#set("theme", theme);
  }

  /** Shown while there is no text. */
  get placeholder(): string {
    return this.getAttribute("placeholder") ?? "";
  }
  set placeholder(text: Said) {
    this.#set("placeholder", text);
  }

  /** Whether there are tools above the text. */
  get toolbar(): boolean {
    return flag(this.getAttribute("toolbar"));
  }
  set toolbar(wanted: boolean | Said) {
    this.#setFlag("toolbar", wanted);
  }

  /** Whether people can look into the history. */
  get history(): boolean {
    return flag(this.getAttribute("history"));
  }
  set history(wanted: boolean | Said) {
    this.#setFlag("history", wanted);
  }

  /** The language of the text (BCP 47); in the mode `code`, the programming language. */
  get language(): string {
    return this.#text("language");
  }
  set language(language: Said) {
    this.#set("language", language);
  }

  /** What the text is called in its form's data. `name` is the person's name. */
  get field(): string {
    return this.#text("field");
  }
  set field(name: Said) {
    this.#set("field", name);
  }

  /** How the text is written in its form's data: `html` of rich text, else `text`. */
  get format(): Format {
    return choice(this.getAttribute("format"), FORMATS, standardFormat(this.mode));
  }
  set format(format: Said) {
    this.#set("format", format);
  }

  /** Whether the form may not be sent without a text. */
  get required(): boolean {
    return this.hasAttribute("required");
  }
  set required(wanted: boolean) {
    this.toggleAttribute("required", Boolean(wanted));
  }

  /** Whether the text can only be read, and is no part of its form's data. */
  get disabled(): boolean {
    return this.hasAttribute("disabled");
  }
  set disabled(wanted: boolean) {
    this.toggleAttribute("disabled", Boolean(wanted));
  }

  /** Take over what was set on the element before the script was there. */
  protected upgradeProperties(): void {
    const own = this as unknown as Record<string, unknown>;
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = own[name];
      delete own[name];
      own[name] = value;
    }
  }

  #text(name: Attribute): string {
    return said(this.getAttribute(name)) ?? "";
  }

  #set(name: Attribute, value: Said): void {
    if (value === null || value === undefined) this.removeAttribute(name);
    else if (this.getAttribute(name) !== String(value)) this.setAttribute(name, String(value));
  }

  #setFlag(name: Attribute, wanted: boolean | Said): void {
    this.#set(name, wanted === null || wanted === undefined ? null : String(wanted));
  }
}
