/** Plain HTTP: one way to ask, one kind of error. */

import type { Credentials } from "./credentials.ts";

/** What the server or the network answered instead; the message is for people. */
export class ApiError extends Error {
  /** The server's stable code, or `offline` when it was not reached. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface RestOptions {
  /** The server's address; the page's own by default. */
  readonly server?: string;
  /** What identifies the person, asked for with every request. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** What proves who the person is: the same as the socket's. */
  readonly credentials?: Credentials;
  readonly fetch?: typeof fetch;
}

export interface Asked {
  readonly method?: string;
  /** Bytes are sent as they are, everything else as JSON. */
  readonly body?: object | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

/** Reads the body of an answer. */
type Reading<T> = (answer: Response) => Promise<T>;

/** Carries the secret of a share link. */
const LINK = "collab-link";

/** Ask `path` below `/api/v1`. Throws `ApiError`, and the signal's reason when it is aborted. */
export async function ask<T = unknown>(
  options: RestOptions,
  path: string,
  asked: Asked = {},
  reading: Reading<T> = asJson<T>,
): Promise<{ value: T; headers: Headers }> {
  const { credentials } = options;
  const token = await tokenOf(credentials, false);
  try {
    return await askOnce(options, path, asked, reading, token);
  } catch (error) {
    const isOver = error instanceof ApiError && error.code === "token_expired";
    if (!isOver || !credentials?.canRenew) throw error;
    const newer = await tokenOf(credentials, true);
    if (!newer || newer === token) throw error;
    return await askOnce(options, path, asked, reading, newer);
  }
}

/** A provider that fails is no reason not to ask: the server says what it thinks of that. */
async function tokenOf(credentials: Credentials | undefined, newer: boolean) {
  try {
    return await (newer ? credentials?.renew() : credentials?.fresh());
  } catch {
    return credentials?.token;
  }
}

async function askOnce<T>(
  options: RestOptions,
  path: string,
  { method = "GET", body, signal }: Asked,
  reading: Reading<T>,
  token: string | undefined,
): Promise<{ value: T; headers: Headers }> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers?.() };
  if (token) headers["authorization"] = `Bearer ${token}`;
  if (options.credentials?.link) headers[LINK] = options.credentials.link;
  const request: RequestInit = { method, headers };
  if (body instanceof Uint8Array) {
    headers["content-type"] = "application/octet-stream";
    request.body = body;
  } else if (body) {
    headers["content-type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  if (signal) request.signal = signal;
  const go = options.fetch ?? fetch;
  try {
    const answer = await go(`${options.server ?? ""}/api/v1${path}`, request);
    if (!answer.ok) throw problem(answer.status, await answer.text());
    return { value: await reading(answer), headers: answer.headers };
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) throw error;
    throw new ApiError("offline", "The server cannot be reached. Check the connection.");
  }
}

async function asJson<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Return the parts that are there as a query, with its question mark. */
export function query(
  parts: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const pairs = Object.entries(parts).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}`;
}

function problem(status: number, text: string): ApiError {
  try {
    const { code, detail, title } = JSON.parse(text) as Record<string, string | undefined>;
    return new ApiError(code ?? "internal", detail ?? title ?? `The server answered ${status}.`);
  } catch {
    return new ApiError("internal", `The server answered ${status}. Try again in a moment.`);
  }
}
