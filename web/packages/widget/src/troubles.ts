/** What may be wrong with a document, or with what the page brings for it, once the text is opened. */

import type { Trouble } from "./words.ts";

/** The document holds what this mode cannot show. */
export function unsupported(message: string): Trouble {
  return { code: "unsupported_content", message };
}

/** The Tiptap extensions of the page do not go together with the editor's. */
export function badExtensions(reason: string): Trouble {
  return {
    code: "invalid_extensions",
    message:
      "The editor cannot start with the extensions of this page, so the text can only be read.",
    about: reason,
  };
}

/** What the page brings as the first content is none. */
export function badContent(reason: string): Trouble {
  return {
    code: "invalid_initial_content",
    message: "What this document was to begin with cannot be used, so it begins empty.",
    about: reason,
  };
}
