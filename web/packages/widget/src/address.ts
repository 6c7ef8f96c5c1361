/** Where the server is, and which document is meant. */

/** As the server has it (`schemas/identifiers.py`). */
const DOCUMENT_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
const HTTP_OF: Readonly<Record<string, string>> = { "ws:": "http:", "wss:": "https:" };
/** People write the name of the host only. */
const BARE = /^(localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:]+\])(:\d+)?(\/|$)/i;
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/i;

/** Return whether `id` may name a document. */
export function isDocumentId(id: string): boolean {
  return DOCUMENT_ID.test(id);
}

/**
 * Return the origin of the server that `address` speaks of, as seen from the page at `base`; null if
 * it is no address. A path is no part of it, so the address of a document or of the script will do.
 */
export function originOf(address: string, base: string | undefined): string | null {
  try {
    const url = new URL(BARE.test(address) ? `${schemeFor(address)}//${address}` : address, base);
    const protocol = HTTP_OF[url.protocol] ?? url.protocol;
    if (protocol !== "http:" && protocol !== "https:") return null;
    return url.host ? `${protocol}//${url.host}` : null;
  } catch {
    return null;
  }
}

function schemeFor(host: string): string {
  return LOOPBACK.test(host) ? "http:" : "https:";
}

/** Return the origin that this script came from; null when that is no server. */
export function scriptOrigin(): string | null {
  return originOf(import.meta.url, undefined);
}
