/** Everything a view of source text is made of, and the parts of it that may change. */

import { search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, type StateEffect } from "@codemirror/state";
import { drawSelection, dropCursor, EditorView, keymap, panels } from "@codemirror/view";
import { yCollab } from "y-codemirror.next";
import type * as Y from "yjs";
import { type Spoken, type SurfaceOptions, spokenAttributes } from "../surface.ts";
import { lineBreaks } from "./breaks.ts";
import { carets } from "./carets.ts";
import { type Mode, modeExtensions } from "./modes.ts";
import { placeholder } from "./placeholder.ts";
import { undoKeys } from "./tools.ts";
import { undoSteps } from "./undo.ts";

export interface SourceOptions extends SurfaceOptions {
  readonly mode: Mode;
}

/** How a view begins. */
export interface Beginning {
  readonly editable: boolean;
  readonly placeholder: string;
  readonly spoken: Spoken;
  /** Where the search is shown. */
  readonly panels: HTMLElement;
  /** How many pixels at the top something else covers. */
  covered(): number;
}

/** Each text has an id of its own: several editors may be on a page. */
let count = 0;

/** The extensions of one view. */
export class Setup {
  readonly #text: Y.Text;
  readonly #manager: Y.UndoManager;
  readonly #options: SourceOptions;
  readonly #changed: () => void;
  readonly #editable = new Compartment();
  readonly #placeholder = new Compartment();
  readonly #tongue = new Compartment();
  readonly #language = new Compartment();
  readonly #spoken = new Compartment();

  constructor(text: Y.Text, manager: Y.UndoManager, options: SourceOptions, changed: () => void) {
    this.#text = text;
    this.#manager = manager;
    this.#options = options;
    this.#changed = changed;
  }

  state(beginning: Beginning): EditorState {
    const { editable, placeholder: hint, spoken, panels: topContainer, covered } = beginning;
    const { mode } = this.#options;
    return EditorState.create({
      doc: this.#text.toString(),
      extensions: [
        lineBreaks(),
        this.#binding(),
        this.#editable.of(writable(editable)),
        this.#placeholder.of(placeholder(hint)),
        this.#tongue.of([]),
        this.#spoken.of(attributes(spoken)),
        this.#attributes(),
        drawSelection(),
        dropCursor(),
        search({ top: true }),
        panels({ topContainer }),
        keymap.of([...undoKeys(this.#manager), ...searchKeymap]),
        // Before the mode's own keys: lists go on at Enter.
        this.#language.of([]),
        modeExtensions(mode),
        EditorView.scrollMargins.of(() => ({ top: covered() })),
        EditorView.updateListener.of(this.#changed),
      ],
    });
  }

  editable(mayWrite: boolean): StateEffect<unknown> {
    return this.#editable.reconfigure(writable(mayWrite));
  }

  placeholder(text: string): StateEffect<unknown> {
    return this.#placeholder.reconfigure(placeholder(text));
  }

  /** The language people speak in the text. */
  tongue(tag: string | null): StateEffect<unknown> {
    return this.#tongue.reconfigure(tag ? EditorView.contentAttributes.of({ lang: tag }) : []);
  }

  /** What screen readers say of the text. */
  spoken(spoken: Spoken): StateEffect<unknown> {
    return this.#spoken.reconfigure(attributes(spoken));
  }

  /** The language the text is written in, for machines. */
  language(language: Extension): StateEffect<unknown> {
    return this.#language.reconfigure(language);
  }

  /** The shared text, one's own undo, and the carets of the others. */
  #binding(): Extension {
    const { awareness } = this.#options.provider;
    // The carets look into the shared text: they come when the binding has written to it.
    return [
      undoSteps(this.#manager),
      yCollab(this.#text, null, { undoManager: this.#manager }),
      carets(this.#text, awareness),
    ];
  }

  #attributes(): Extension {
    const { mode } = this.#options;
    count += 1;
    return [
      EditorView.editorAttributes.of({ class: `ce-source ce-source-${mode}` }),
      EditorView.contentAttributes.of({
        id: `ce-source-${count}`,
        part: "text",
        "data-testid": "editor",
        // Readers, too, come here by keyboard and have a cursor that others see.
        tabindex: "0",
      }),
    ];
  }
}

function attributes(spoken: Spoken): Extension {
  return EditorView.contentAttributes.of(spokenAttributes(spoken));
}

function writable(mayWrite: boolean): Extension {
  return [EditorState.readOnly.of(!mayWrite), EditorView.editable.of(mayWrite)];
}
