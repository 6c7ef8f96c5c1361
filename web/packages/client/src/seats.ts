/** Which documents each connection is in. */

import type { Connection } from "./transport.ts";

const TAKEN = new WeakMap<Connection, Set<string>>();

/**
 * Take the connection's only seat in a document; returns what frees it. Throws when it is taken: the
 * server knows one session per connection and document, so two would leave for each other.
 */
export function takeSeat(connection: Connection, document: string): () => void {
  const taken = TAKEN.get(connection) ?? new Set();
  TAKEN.set(connection, taken);
  if (taken.has(document)) {
    throw new Error(
      `This connection has a provider for ${document} already; use that one, or another connection.`,
    );
  }
  taken.add(document);
  return () => taken.delete(document);
}
