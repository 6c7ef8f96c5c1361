/**
 * The editor alone, for a frame in somebody else's page: `/embed/<document>`. The element itself comes
 * with `widget.js`, before or after this.
 */

import "./embed.css";
import type { CollabEditorElement } from "@collab/widget";
import { Host } from "./host.ts";

/** What the frame's address may set; the rest comes from the page around it. */
const SETTABLE = [
  "mode",
  "name",
  "color",
  "editable",
  "theme",
  "placeholder",
  "toolbar",
  "history",
  "language",
] as const;

function open(): void {
  const editor = document.createElement("collab-editor");
  const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  editor.setAttribute("document", id);
  editor.setAttribute("server", location.origin);
  const asked = new URLSearchParams(location.search);
  for (const name of SETTABLE) {
    const value = asked.get(name);
    if (value !== null) editor.setAttribute(name, value);
  }
  const host = new Host();
  identify(editor, host);
  pass(editor, host);
  host.tell("hello", { document: id });
  document.body.append(editor);
}

/** Tokens come in the address after its `#`, or from the page around; and go on coming from there. */
function identify(editor: CollabEditorElement, host: Host): void {
  const given = new URLSearchParams(location.hash.slice(1));
  const [token, link] = [given.get("token"), given.get("link")];
  // No log, bookmark or referrer of this frame keeps them.
  history.replaceState(history.state, "", location.pathname + location.search);
  if (token) editor.token = token;
  if (link) editor.link = link;
  const isAsked = meta("collab-auth") === "jwt" && host.isThere;
  // Who came by a link needs no token: the page around may bring one all the same.
  if (isAsked && !link) editor.tokenProvider = () => host.token();
  host.onToken = (newer) => {
    editor.token = newer;
  };
}

/** Tell the page around what the element says; nothing that is secret is among it. */
function pass(editor: CollabEditorElement, host: Host): void {
  for (const name of ["ready", "status", "saved", "presence", "error"] as const) {
    editor.addEventListener(name, (event) => host.tell(name, { ...(event as CustomEvent).detail }));
  }
}

function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

open();
