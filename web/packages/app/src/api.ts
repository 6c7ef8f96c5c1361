/** The server's HTTP interface, as far as the pages need it. */

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

/** What the server or the network answered instead; the message is for people. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
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
  const request: RequestInit = { method, headers: { accept: "application/json" } };
  if (body) {
    request.body = JSON.stringify(body);
    request.headers = { ...request.headers, "content-type": "application/json" };
  }
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, request);
  } catch {
    throw new ApiError("offline", "The server cannot be reached. Check the connection.");
  }
  const text = await answer.text();
  if (!answer.ok) throw problem(answer.status, text);
  return (text ? JSON.parse(text) : undefined) as T;
}

function problem(status: number, text: string): ApiError {
  try {
    const { code, detail, title } = JSON.parse(text) as Record<string, string | undefined>;
    return new ApiError(code ?? "internal", detail ?? title ?? `The server answered ${status}.`);
  } catch {
    return new ApiError("internal", `The server answered ${status}. Try again in a moment.`);
  }
}
