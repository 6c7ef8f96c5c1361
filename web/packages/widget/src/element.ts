/** `<collab-editor>`: a shared document in anyone's page. */

import type { CollabProvider, Role, SaveState, Status, TokenProvider, User } from "@collab/client";
import type { DocNode } from "@collab/editor/reading";
import type { RichSurface } from "@collab/editor/rich";
import type * as Y from "yjs";
import { ATTRIBUTES } from "./attributes.ts";
import { type CollabEditorEventMap, type EventName, eventOf } from "./events.ts";
import { FormField } from "./form.ts";
import type { Reader } from "./formats.ts";
import { ReflectedElement } from "./reflected.ts";
import type { InitialContent } from "./seed.ts";
import { destinationOf, type Extensions, needsReopening, type Settings } from "./settings.ts";
import { Shell } from "./shell.ts";
import { Visit } from "./visit.ts";
import type { Trouble } from "./words.ts";

/** What there is before there is a document. */
const NOBODY: readonly User[] = [];
const NOTHING: DocNode = { type: "doc", content: [] };

/** The element. What it is asked for is read from its attributes, all changes of a moment at once. */
export class CollabEditorElement extends ReflectedElement {
  static readonly formAssociated = true;
  static readonly observedAttributes: readonly string[] = [
    ...ATTRIBUTES,
    "aria-label",
    "aria-labelledby",
  ];

  readonly #internals: ElementInternals;
  readonly #shell: Shell;
  readonly #field: FormField;
  #visit: Visit | null = null;
  #tokenProvider: TokenProvider | null = null;
  #extensions: Extensions = [];
  #initialContent: InitialContent | null = null;
  #isSettling = false;
  #isClosed = false;
  #focusWanted = false;
  /** What stands in the element's place, and its page has heard. */
  #trouble: string | null = null;
  #hints = new Set<string>();

  constructor() {
    super();
    this.#internals = this.attachInternals();
    this.#shell = new Shell(this);
    this.#field = new FormField(this.#fieldHost(), this.#internals);
  }

  // --- what only a script can give ---

  /** Asked for a token when there is none or it has ended. */
  get tokenProvider(): TokenProvider | null {
    return this.#tokenProvider;
  }
  set tokenProvider(provider: TokenProvider | null | undefined) {
    this.#tokenProvider = provider ?? null;
    this.#settle();
  }

  /** More of Tiptap's extensions, for the rich mode. */
  get extensions(): Extensions {
    return this.#extensions;
  }
  set extensions(extensions: Extensions | null | undefined) {
    this.#extensions = extensions ?? [];
    this.#settle();
  }

  /** What a document that nobody has written in is to begin with. */
  get initialContent(): InitialContent | null {
    return this.#initialContent;
  }
  set initialContent(content: InitialContent | string | null | undefined) {
    this.#initialContent = typeof content === "string" ? { value: content } : (content ?? null);
    this.#settle();
  }

  // --- what it says ---

  /** The plain text; of source, the source. Empty before the document is there, as below. */
  getText(): string {
    return this.#reader?.text() ?? "";
  }

  /** The text as HTML that runs nothing. (What elements of this name do otherwise is another thing.) */
  override getHTML(): string {
    return this.#reader?.html() ?? "";
  }

  /** The text as ProseMirror's JSON. */
  getJSON(): DocNode {
    return this.#reader?.json() ?? NOTHING;
  }

  /** The text as Markdown. */
  getMarkdown(): string {
    return this.#reader?.markdown() ?? "";
  }

  /** The text as its form gets it. */
  get value(): string {
    return this.#reader?.read(this.format) ?? "";
  }

  /** The shared document; null while none is open. */
  get doc(): Y.Doc | null {
    return this.provider?.doc ?? null;
  }

  /** What keeps the document in step with the server; null while none is open. */
  get provider(): CollabProvider | null {
    return this.#visit?.provider ?? null;
  }

  /** Tiptap's editor, in the rich mode and once the text is there. */
  get editor(): RichSurface["text"] {
    return this.#visit?.stage.editor ?? null;
  }

  /** How the connection stands. */
  get status(): Status {
    return this.provider?.status ?? "offline";
  }

  /** What has become of the person's edits. */
  get saveState(): SaveState["kind"] {
    return this.provider?.saveState.kind ?? "offline";
  }

  /** What the person may do in the document; null before that is known. Not the ARIA attribute. */
  override get role(): Role | null {
    return this.provider?.role ?? null;
  }
  override set role(role: string | null) {
    // What libraries set by this name is the attribute.
    if (role === null) this.removeAttribute("role");
    else this.setAttribute("role", role);
  }

  /** The people in the document. */
  get users(): readonly User[] {
    return this.provider?.users ?? NOBODY;
  }

  // --- as a field of a form ---

  /** The form it belongs to. */
  get form(): HTMLFormElement | null {
    return this.#internals.form;
  }

  /** Its labels. */
  get labels(): NodeList {
    return this.#internals.labels;
  }

  /** The element's name, as other fields say theirs. */
  get type(): string {
    return this.localName;
  }

  get validity(): ValidityState {
    return this.#internals.validity;
  }

  get validationMessage(): string {
    return this.#internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.#internals.willValidate;
  }

  checkValidity(): boolean {
    return this.#internals.checkValidity();
  }

  reportValidity(): boolean {
    return this.#internals.reportValidity();
  }

  // --- what it does ---

  /** Put the cursor into the text, as soon as that is there. */
  override focus(options?: FocusOptions): void {
    if (this.#visit) {
      this.#visit.stage.focus();
      return;
    }
    this.#focusWanted = this.isConnected && !this.#isClosed;
    super.focus(options);
  }

  /** Close the document until the element is put into a page again. */
  destroy(): void {
    this.#isClosed = true;
    this.#leave();
  }

  // --- its life ---

  connectedCallback(): void {
    this.upgradeProperties();
    this.#isClosed = false;
    this.addEventListener("click", this.#clicked);
    this.#settle();
  }

  /** An element that is only moved is in the page again before anything is settled. */
  disconnectedCallback(): void {
    this.#settle();
  }

  /** Its style sheets belong to the document it came from. */
  adoptedCallback(): void {
    this.#shell.wear([]);
  }

  attributeChangedCallback(): void {
    this.#settle();
  }

  formAssociatedCallback(form: HTMLFormElement | null): void {
    this.#field.join(form);
  }

  formDisabledCallback(disabled: boolean): void {
    this.#field.disabled = disabled;
    this.#settle();
  }

  /** Become what is asked for, once this moment's changes are all known. */
  #settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    queueMicrotask(() => {
      this.#isSettling = false;
      if (!this.isConnected) this.#leave();
      else if (!this.#isClosed) this.#follow(this.#settings());
    });
  }

  #follow(settings: Settings): void {
    const destination = destinationOf(settings);
    if ("code" in destination) {
      this.#close();
      this.#refuse(destination, settings);
      return;
    }
    if (this.#visit && needsReopening(this.#visit.settings, settings)) this.#close();
    if (this.#visit) {
      this.#visit.update(settings, destination);
    } else {
      this.#trouble = null;
      this.#shell.dress();
      this.#visit = new Visit(this.#visitHost(), destination, settings);
      if (this.#focusWanted) this.#visit.stage.focus();
      this.#focusWanted = false;
      this.#visit.begin();
    }
    this.#field.check();
  }

  #close(): void {
    this.#visit?.close();
    this.#visit = null;
    this.#shell.undress();
    this.#field.check();
  }

  /** Close the document, and be as new. */
  #leave(): void {
    this.#trouble = null;
    this.#focusWanted = false;
    if (!this.isConnected) this.removeEventListener("click", this.#clicked);
    this.#close();
  }

  /** Say in the element's place what is wrong with its attributes. */
  #refuse(trouble: Trouble, { theme }: Settings): void {
    this.#shell.dress();
    this.#shell.say(trouble.message, theme);
    if (this.#trouble === trouble.message) return;
    this.#trouble = trouble.message;
    this.#hint(trouble);
    this.#emit("error", { code: trouble.code, message: trouble.message });
  }

  #settings(): Settings {
    return {
      server: this.server || null,
      document: this.document || null,
      token: this.token || null,
      tokenProvider: this.#tokenProvider,
      link: this.link || null,
      name: this.name || null,
      color: this.color || null,
      mode: this.mode,
      editable: this.editable && !this.#field.disabled,
      theme: this.theme,
      placeholder: this.getAttribute("placeholder"),
      toolbar: this.toolbar,
      history: this.history,
      language: this.language || null,
      required: this.required,
      labels: this.#internals.labels,
      autofocus: this.autofocus,
      extensions: this.#extensions,
      initialContent: this.#initialContent,
    };
  }

  get #reader(): Reader | null {
    return this.#visit?.reader ?? null;
  }

  #emit<E extends EventName>(name: E, detail: CollabEditorEventMap[E]["detail"]): void {
    this.dispatchEvent(eventOf(name, detail));
  }

  /** A click on a label arrives as one on the element itself. */
  readonly #clicked = (event: MouseEvent): void => {
    if (event.composedPath()[0] === this) this.focus();
  };

  /** Once for each kind of trouble. What is to be said is loaded when there is something. */
  #hint(trouble: Trouble): void {
    if (this.#hints.has(trouble.code)) return;
    this.#hints.add(trouble.code);
    import("./hints.ts").then(
      ({ hintAt }) => hintAt(trouble),
      () => {},
    );
  }

  override addEventListener<E extends EventName>(
    type: E,
    listener: (this: CollabEditorElement, event: CollabEditorEventMap[E]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener<E extends keyof HTMLElementEventMap>(
    type: E,
    listener: (this: HTMLElement, event: HTMLElementEventMap[E]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** As every element's; it knows the types of the element's own events. */
  override addEventListener(
    type: string,
    listener: unknown,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  #visitHost() {
    return {
      shell: this.#shell,
      emit: <E extends EventName>(name: E, detail: CollabEditorEventMap[E]["detail"]) =>
        this.#emit(name, detail),
      changed: () => this.#field.check(),
      hint: (trouble: Trouble) => this.#hint(trouble),
      reopen: () => {
        this.#close();
        this.#settle();
      },
    };
  }

  #fieldHost() {
    const element = this;
    return {
      get field() {
        return element.field;
      },
      get required() {
        return element.required;
      },
      get isEmpty() {
        return element.#reader?.isEmpty() ?? null;
      },
      get isWritable() {
        return element.editable && element.provider?.editable !== false;
      },
      get text() {
        return element.#reader?.read(element.format) ?? null;
      },
      get anchor() {
        return element.#visit?.stage.anchor ?? null;
      },
    };
  }
}
