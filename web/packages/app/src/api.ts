/** The server's HTTP interface, as far as the pages need it. */

import { ask, type RestOptions } from "@collab/client/rest";

let identity: RestOptions = {};

/** Ask as this person from now on. */
export function askAs(options: RestOptions): void {
  identity = options;
}

export interface DocumentInfo {
  readonly id: string;
  readonly title: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly size: number;
  readonly sequence: number;
  readonly epoch: number;
}

export interface DocumentList {
  readonly documents: readonly DocumentInfo[];
  readonly nextCursor: string | null;
}

export function listDocuments(search: string, cursor?: string): Promise<DocumentList> {
  const query = new URLSearchParams();
  if (search) query.set("search", search);
  if (cursor) query.set("cursor", cursor);
  const suffix = query.size > 0 ? `?${query}` : "";
  return call("GET", `/documents${suffix}`);
}

export function createDocument(title: string): Promise<DocumentInfo> {
  return call("POST", "/documents", title ? { title } : {});
}

export function getDocument(id: string): Promise<DocumentInfo> {
  return call("GET", `/documents/${encodeURIComponent(id)}`);
}

export function renameDocument(id: string, title: string): Promise<DocumentInfo> {
  return call("PATCH", `/documents/${encodeURIComponent(id)}`, { title });
}

export async function deleteDocument(id: string): Promise<void> {
  await call("DELETE", `/documents/${encodeURIComponent(id)}`);
}

export async function undeleteDocument(id: string): Promise<void> {
  await call("POST", `/documents/${encodeURIComponent(id)}/undelete`);
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  return (await ask(identity, path, body ? { method, body } : { method })).value as T;
}
