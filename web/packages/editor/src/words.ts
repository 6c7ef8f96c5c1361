/** What the editor says. */

import type { SaveState } from "@collab/client";

/** Return the few words that stand beside the title. `allKept`: the unsaved edits are on this device. */
export function saveWords(state: SaveState, allKept: boolean): string {
  const kept = `${changes(state.unsaved)} ${allKept ? "kept here" : "not saved"}`;
  switch (state.kind) {
    case "saved":
      return "Saved";
    case "saving":
      return "Saving…";
    case "storage-away":
      return "Not saved yet — the database is away";
    case "connecting":
      return state.unsaved > 0 ? `Connecting… ${kept}` : "Connecting…";
    case "offline":
      return state.unsaved > 0 ? `Offline – ${kept}` : "Offline";
    case "rejected":
      return "Not saved";
    case "signed-out":
      return state.unsaved > 0 ? `Signed out – ${kept}` : "Signed out";
    case "refused":
      return state.unsaved > 0 ? `Not connected – ${kept}` : "Not connected";
  }
}

/** A message over the text, with what can be done about it. */
export interface Notice {
  readonly tone: "quiet" | "warning" | "serious";
  readonly text: string;
  readonly action?: "retry" | "reload";
}

/** Return what the person must know beyond the few words; null if all is well. */
export function noticeOf(state: SaveState, lasting: boolean): Notice | null {
  const kept = state.unsaved > 0 ? ` ${capital(changes(state.unsaved))} ${here(lasting)}.` : "";
  switch (state.kind) {
    case "offline":
      if (!state.loaded) return { tone: "quiet", text: UNREACHABLE };
      return { tone: "quiet", text: lasting ? OFFLINE : OFFLINE_IN_MEMORY };
    case "storage-away":
      return { tone: "warning", text: STORAGE_AWAY };
    case "rejected": {
      const text = `${state.error.message}${kept}`;
      // For want of a role: trying again helps nothing, and is done when there is one.
      if (state.error.code === "forbidden") return { tone: "warning", text: text + SENT_LATER };
      return { tone: "serious", text, action: "retry" };
    }
    case "signed-out":
      return { tone: "warning", text: `${signedOut(state.error.code)}${kept}`, action: "retry" };
    case "refused": {
      if (state.error.kind === "somebody-else") {
        const text = state.error.message + (lasting ? LEFT_HERE : LEFT_IN_MEMORY);
        return { tone: "warning", text, action: "reload" };
      }
      const action = state.error.kind === "replaced" ? "reload" : "retry";
      return { tone: "serious", text: `${state.error.message}${kept}`, action };
    }
    default:
      return null;
  }
}

const UNREACHABLE =
  "The document cannot be reached right now. It opens by itself as soon as it can.";
const OFFLINE =
  "You are offline. Keep writing: your changes stay on this device and are sent when the connection is back.";
const OFFLINE_IN_MEMORY =
  "You are offline. Keep writing, but keep this page open: this browser does not let us store your changes.";
const STORAGE_AWAY =
  "The server’s database is away. Others see what you write, but it is not saved yet. It will be as soon as the database is back.";

const LEFT_HERE =
  " What the person before you could not send stays on this device and is sent when they sign in here again.";
const LEFT_IN_MEMORY =
  " What the person before you could not send is only in this page: it is lost unless they sign in again first.";

const SENT_LATER = " They are sent when you may write again.";

function signedOut(code: string): string {
  return code === "token_expired"
    ? "You are signed out: your sign-in has ended. Sign in again to go on."
    : "You are not signed in. Open this document from where you were invited, or sign in there first.";
}

function changes(count: number): string {
  return count === 1 ? "1 change" : `${count.toLocaleString("en")} changes`;
}

function here(lasting: boolean): string {
  return lasting ? "kept on this device" : "only in this page: keep it open";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
