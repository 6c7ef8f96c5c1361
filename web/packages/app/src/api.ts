/** The server's documents, asked for as whoever this page is. */

import { DocumentsClient } from "@collab/client/documents";
import type { RestOptions } from "@collab/client/rest";

export let documents = new DocumentsClient();

/** Ask as this person from now on. */
export function askAs(options: RestOptions): void {
  documents = new DocumentsClient(options);
}
