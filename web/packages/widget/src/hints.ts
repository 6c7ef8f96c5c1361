/** What whoever makes a page may want to know, said on the console. */

import type { Trouble } from "./words.ts";

const WHERE = "<collab-editor>";

/** Say what may be done about `trouble`, where its message is not enough. */
export function hintAt({ code, about = "" }: Trouble): void {
  const words = hintOf(code, about);
  // biome-ignore lint/suspicious/noConsole: it is said to whoever makes the page.
  if (words) console.warn(`${WHERE} ${words}`);
}

/** Return what may be done; `about`: the server, or the reason. */
export function hintOf(code: Trouble["code"], about: string): string | null {
  switch (code) {
    case "missing_document":
      return 'needs a document="…" attribute: the id of the document to open.';
    case "missing_server":
      return 'needs a server="https://…" attribute when its script does not come from the server.';
    case "unreachable":
      return `cannot reach ${about} and goes on trying. Is the address right, is the server up, and does it list ${location.origin} in COLLAB_ALLOWED_ORIGINS?`;
    case "token_unavailable":
      return `gets no token from its tokenProvider and goes on asking: ${about}`;
    case "invalid_extensions":
      return `cannot use its extensions: ${about}`;
    case "invalid_initial_content":
      return `cannot use its initialContent: ${about}`;
    default:
      return null;
  }
}
