/** What an element is asked to be, at one moment. */

import type { TokenProvider } from "@collab/client";
import type { RichOptions } from "@collab/editor/rich";
import { isDocumentId, originOf, scriptOrigin } from "./address.ts";
import type { Mode, Theme } from "./attributes.ts";
import type { Identity } from "./connections.ts";
import type { InitialContent } from "./seed.ts";
import {
  invalidDocument,
  invalidServer,
  MISSING_DOCUMENT,
  MISSING_SERVER,
  type Trouble,
} from "./words.ts";

/** Tiptap extensions, as the editor takes them. */
export type Extensions = NonNullable<RichOptions["extensions"]>;

export interface Settings {
  /** As it stands in the tag. */
  readonly server: string | null;
  readonly document: string | null;
  readonly token: string | null;
  readonly tokenProvider: TokenProvider | null;
  readonly link: string | null;
  readonly name: string | null;
  readonly color: string | null;
  readonly mode: Mode;
  readonly editable: boolean;
  readonly theme: Theme;
  readonly placeholder: string | null;
  readonly toolbar: boolean;
  readonly history: boolean;
  readonly language: string | null;
  readonly required: boolean;
  /** What the page labels the element with. */
  readonly labels: NodeList;
  readonly autofocus: boolean;
  readonly extensions: Extensions;
  readonly initialContent: InitialContent | null;
}

/** Where to go, and as whom. */
export interface Destination {
  readonly document: string;
  readonly identity: Identity;
}

/** Return where `settings` lead, or what is wrong with them. */
export function destinationOf(settings: Settings): Destination | Trouble {
  const { document, token, tokenProvider, link, name, color } = settings;
  if (document === null) return MISSING_DOCUMENT;
  if (!isDocumentId(document)) return invalidDocument(document);
  const server = serverOf(settings.server);
  if (typeof server !== "string") return server;
  return { document, identity: { server, token, tokenProvider, link, name, color } };
}

/** Return whether the document has to be opened anew to get from `before` to `after`. */
export function needsReopening(before: Settings, after: Settings): boolean {
  return (
    before.server !== after.server ||
    before.document !== after.document ||
    before.link !== after.link ||
    before.mode !== after.mode ||
    before.history !== after.history ||
    !isSameList(before.extensions, after.extensions)
  );
}

function serverOf(address: string | null): string | Trouble {
  if (address !== null)
    return originOf(address, globalThis.document?.baseURI) ?? invalidServer(address);
  return scriptOrigin() ?? MISSING_SERVER;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}
