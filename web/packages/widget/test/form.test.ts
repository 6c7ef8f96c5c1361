import { expect, test } from "vitest";
import { type FieldHost, FormField } from "../src/form.ts";
import { NOT_HERE_YET, VALUE_MISSING } from "../src/words.ts";

/** Return what a form is told about a field like this; null: that it may be sent. */
function told(host: Partial<FieldHost>): string | null {
  let said: string | null = null;
  const internals = {
    setValidity: (flags: ValidityStateFlags, message = "") => {
      said = flags.valueMissing ? message : null;
    },
  } as unknown as ElementInternals;
  const anchor = {} as HTMLElement;
  const field = { field: "notes", required: true, text: null, isEmpty: null, isWritable: true };
  new FormField({ ...field, anchor, ...host }, internals).check();
  return said;
}

test.each<[string, Partial<FieldHost>, string | null]>([
  ["a text", { isEmpty: false }, null],
  ["no text where one is required", { isEmpty: true }, VALUE_MISSING],
  ["no text where none is required", { isEmpty: true, required: false }, null],
  ["no text where the person may not write", { isEmpty: true, isWritable: false }, null],
  ["a text that has not come", { isEmpty: null }, NOT_HERE_YET],
  ["a text that has not come for a reader", { isEmpty: null, isWritable: false }, NOT_HERE_YET],
  ["nothing to point at", { isEmpty: true, anchor: null }, null],
])("%s", (_, host, message) => {
  expect(told(host)).toBe(message);
});
