/** The text as a field of a form. */

import { NOT_HERE_YET, VALUE_MISSING } from "./words.ts";

/** What the field asks of its element. */
export interface FieldHost {
  readonly field: string;
  readonly required: boolean;
  /** The text in the form's format; null as long as it has not come. */
  readonly text: string | null;
  /** Whether there is anything to read; null as long as it has not come. */
  readonly isEmpty: boolean | null;
  /** Whether the person may write, as far as that is known. */
  readonly isWritable: boolean;
  /** Where a form points when it misses the text. */
  readonly anchor: HTMLElement | null;
}

/**
 * Gives its form the text when that is asked for, not at every key: writing a long document down is
 * dear. A text that has not come yet is left out rather than given as empty.
 */
export class FormField {
  readonly #host: FieldHost;
  readonly #internals: ElementInternals;
  #form: HTMLFormElement | null = null;
  #disabled = false;

  constructor(host: FieldHost, internals: ElementInternals) {
    this.#host = host;
    this.#internals = internals;
  }

  get disabled(): boolean {
    return this.#disabled;
  }

  set disabled(disabled: boolean) {
    this.#disabled = disabled;
  }

  /** Belong to this form from now on. */
  join(form: HTMLFormElement | null): void {
    this.#form?.removeEventListener("formdata", this.#give, true);
    this.#form = form;
    // Before the page's own listeners, so that they find the text.
    form?.addEventListener("formdata", this.#give, true);
  }

  /** Say whether the form may be sent. */
  check(): void {
    const { required, isEmpty, isWritable, anchor } = this.#host;
    // Nobody can be asked for what they may not write.
    if (!required || isEmpty === false || (isEmpty && !isWritable) || !anchor) {
      this.#internals.setValidity({});
      return;
    }
    const message = isEmpty ? VALUE_MISSING : NOT_HERE_YET;
    this.#internals.setValidity({ valueMissing: true }, message, anchor);
  }

  readonly #give = (event: FormDataEvent): void => {
    const { field, text } = this.#host;
    if (field && text !== null && !this.#disabled) event.formData.append(field, text);
  };
}
