/** Why nothing can be done in a document, in words for people. */

import type { Refusal } from "./state.ts";
import type { ErrorCode, WireError } from "./wire.ts";

/** Another token may help. */
const SIGNED_OUT: ReadonlySet<ErrorCode> = new Set(["unauthenticated", "token_expired"]);

/** Return what an answer of the server means for the whole session. */
export function refusalFor({ code, message }: WireError): Refusal {
  return { kind: SIGNED_OUT.has(code) ? "signed-out" : "refused", code, message };
}

/** Return whether to knock again when there is another token. */
export function tokenOpens({ kind, code }: Refusal): boolean {
  return SIGNED_OUT.has(code) || code === "forbidden" || kind === "somebody-else";
}

/** Return whether both say the same: a try that leads to the same refusal is no news. */
export function sameError(a: WireError, b: WireError | null): boolean {
  return a.code === b?.code && a.message === b.message;
}

export const NO_ROLE: Refusal = {
  kind: "refused",
  code: "forbidden",
  message: "You have no access to this document any more. Ask its owner for it.",
};

export const DELETED: Refusal = {
  kind: "deleted",
  code: "not_found",
  message: "This document was deleted.",
};

export const REPLACED: Refusal = {
  kind: "replaced",
  code: "conflict",
  message: "This document was replaced by a new one. Reload the page to see it.",
};

/** The document holds what another person wrote and the server lacks: nobody else may send or see it. */
export const SOMEBODY_ELSE: Refusal = {
  kind: "somebody-else",
  code: "conflict",
  message: "You signed in as somebody else. Reload the page to go on.",
};
