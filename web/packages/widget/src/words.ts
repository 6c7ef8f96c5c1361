/** What the element says by itself; everything about saving and signing in says the editor. */

/** Trouble that the element finds before, or instead of, the server. */
export interface Trouble {
  readonly code:
    | "missing_document"
    | "invalid_document_id"
    | "invalid_server"
    | "missing_server"
    | "unreachable"
    | "token_unavailable"
    | "unsupported_content"
    | "invalid_extensions"
    | "invalid_initial_content"
    | "load_failed";
  /** For whoever reads the page. */
  readonly message: string;
  /** What it is about, for whoever made the page (`hints.ts`). */
  readonly about?: string;
}

export const MISSING_DOCUMENT: Trouble = {
  code: "missing_document",
  message: "No document is chosen: give the element a “document” attribute.",
};

/** The server could not have such a document. */
export function invalidDocument(id: string): Trouble {
  const short = id.length > 64 ? `${id.slice(0, 64)}…` : id;
  return {
    code: "invalid_document_id",
    message: `“${short}” cannot be the name of a document: use up to 128 letters, digits and . _ ~ - and start with a letter or digit.`,
  };
}

/** What stands in `server` is no address. */
export function invalidServer(address: string): Trouble {
  return {
    code: "invalid_server",
    message: `“${address.slice(0, 128)}” is not the address of a server: write it as https://collab.example.com.`,
  };
}

export const MISSING_SERVER: Trouble = {
  code: "missing_server",
  message: "No server is known: give the element a “server” attribute.",
};

/** Nobody answers there, or nobody who may be heard from this page. */
export function unreachable(server: string): Trouble {
  return {
    code: "unreachable",
    message: "The document cannot be reached right now. It opens by itself as soon as it can.",
    about: server,
  };
}

/** The page's function for tokens fails, or does not answer. */
export function noToken(reason: string): Trouble {
  return {
    code: "token_unavailable",
    message: "This page could not get a token to sign in with. It is asked for again.",
    about: reason,
  };
}

/** A part of the editor did not come over the network. */
export const LOAD_FAILED: Trouble = {
  code: "load_failed",
  message: "The editor could not be loaded yet, so the text can only be read. Trying again…",
};

/** Said by a form that needs a text. */
export const VALUE_MISSING = "Please write something here.";
/** Said by a form that needs a text which is not here yet. */
export const NOT_HERE_YET = "The text is still being opened. Try again in a moment.";
/** What the text is called for people who do not see it, unless the page says. */
export const TEXT_LABEL = "Document text";
