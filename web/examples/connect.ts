/** What every example does first: join a document, and say what is saved. */

import { CollabProvider, type ProviderOptions, type SaveState } from "@collab/client";

const address = new URLSearchParams(location.search);

/** Who the address says this is. */
export const myName = address.get("name") ?? "Guest";

/** Join the document of `?server=…&document=…&name=…`, and show what is saved. */
export function join(document: string, parts: Partial<ProviderOptions> = {}): CollabProvider {
  const provider = new CollabProvider({
    url: address.get("server") ?? "http://127.0.0.1:8080",
    document: address.get("document") ?? document,
    // Where your users sign in, a `tokenProvider` says who this is.
    auth: { name: myName },
    ...parts,
  });
  showSaveState(provider);
  return provider;
}

/** Join, and resolve when the document is here; before, an editor would show it as if it were empty. */
export async function connect(document: string): Promise<CollabProvider> {
  const provider = join(document);
  await new Promise<void>((resolve) => {
    provider.on("synced", (synced) => synced && resolve());
  });
  // Cursors: the editors' own plugins read `user` from everybody's awareness. The server knows us.
  const { name = "Guest", color = "#888888" } = provider.user ?? {};
  provider.awareness.setLocalStateField("user", { name, color });
  return provider;
}

/** Let people write only where their role allows it, now and whenever that changes. */
export function whileEditable(provider: CollabProvider, set: (editable: boolean) => void): void {
  set(provider.editable);
  provider.on("editable", set);
}

function showSaveState(provider: CollabProvider): void {
  const line = document.querySelector("[data-testid=save-state]");
  const show = (state: SaveState) => {
    if (line) line.textContent = "error" in state ? state.error.message : WORDS[state.kind];
  };
  show(provider.saveState);
  provider.on("saveState", show);
}

const WORDS = {
  connecting: "Connecting…",
  saved: "Saved",
  saving: "Saving…",
  offline: "Offline. Your changes are kept on this device.",
  "storage-away": "The server cannot save at the moment. Your changes are kept.",
};
