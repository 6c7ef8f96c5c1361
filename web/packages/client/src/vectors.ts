/** Comparing what two replicas hold. */

import * as Y from "yjs";

/** Return whether a replica with the state vector `theirs` lacks insertions that `ours` has. */
export function lacksInsertions(ours: Uint8Array, theirs: Uint8Array): boolean {
  const known = Y.decodeStateVector(theirs);
  for (const [client, clock] of Y.decodeStateVector(ours)) {
    if ((known.get(client) ?? 0) < clock) return true;
  }
  return false;
}
