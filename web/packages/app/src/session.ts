/** What proves who the person is, on our own pages: it comes in the address, after the `#`. */

import { Credentials, type TokenProvider } from "@collab/client/credentials";
import { headersOf, whoAmI } from "./me.ts";

declare global {
  /** A host that serves these pages itself may set this before our scripts run. */
  var collabTokenProvider: TokenProvider | undefined;
}

const TOKEN = "collab-token";
const LINK = "collab-link ";

/**
 * Return what the address brings (`#token=…`, `#link=…`) or this tab remembers. It leaves the address
 * at once: no bookmark, log or referrer holds it. A `#token=…` that comes later, from the page around
 * ours or by following a link, is taken over, too; `changed` is called then.
 */
export function session(document: string | null, changed: () => void = () => {}) {
  const given = takeFromAddress();
  if (given.token) keep(TOKEN, given.token);
  if (given.link && document) keep(LINK + document, given.link);
  const token = given.token ?? kept(TOKEN);
  const link = document ? (given.link ?? kept(LINK + document)) : null;
  const tokenProvider = globalThis.collabTokenProvider;
  const credentials = new Credentials({
    ...(token && { token }),
    ...(tokenProvider && { tokenProvider }),
    ...(link && { link }),
  });
  addEventListener("hashchange", () => {
    const later = takeFromAddress();
    if (later.link && document) {
      keep(LINK + document, later.link);
      location.reload();
    }
    if (!later.token) return;
    keep(TOKEN, later.token);
    credentials.set(later.token);
    changed();
  });
  return { credentials, headers: () => headersOf(whoAmI()) };
}

function takeFromAddress(): { token: string | null; link: string | null } {
  const given = new URLSearchParams(location.hash.slice(1));
  const [token, link] = [given.get("token"), given.get("link")];
  if (token !== null || link !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return { token, link };
}

function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // No storage in this window: it lasts as long as the page.
  }
}

function kept(name: string): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}
