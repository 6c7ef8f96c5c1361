/** Who the person at this browser is, as long as nobody has to prove it. */

import type { Auth } from "@collab/client";
import { PALETTE } from "@collab/editor/color";

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly color: string;
}

const KEY = "collab-me";
const FIRST = [
  "Amber",
  "Brisk",
  "Calm",
  "Clever",
  "Gentle",
  "Keen",
  "Lucky",
  "Merry",
  "Quiet",
  "Swift",
];
const SECOND = ["Badger", "Crane", "Finch", "Fox", "Hare", "Heron", "Lynx", "Otter", "Owl", "Wren"];

/** Return this browser's person, made up and remembered on the first visit. */
export function whoAmI(): Me {
  const known = remembered();
  if (known) return known;
  const fresh: Me = {
    id: randomId(),
    name: `${pick(FIRST)} ${pick(SECOND)}`,
    color: pick(PALETTE),
  };
  remember(fresh);
  return fresh;
}

/** Remember a changed name or colour. */
export function remember(me: Me): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(me));
  } catch {
    // No storage in this window: the person lasts as long as the page.
  }
}

export function authOf(me: Me): Auth {
  return { id: me.id, name: me.name, color: me.color };
}

/** The same over plain HTTP, where names beyond ASCII travel percent-encoded. */
export function headersOf(me: Me): Record<string, string> {
  return { "collab-guest-id": me.id, "collab-guest-name": encodeURIComponent(me.name) };
}

function remembered(): Me | null {
  try {
    const me = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<Me> | null;
    const isWhole = [me?.id, me?.name, me?.color].every((value) => typeof value === "string");
    return isWhole && /^[\w-]{16,64}$/.test(me?.id ?? "") ? (me as Me) : null;
  } catch {
    return null;
  }
}

/** 24 characters of A-Z a-z 0-9 _ - : 144 random bits. */
function randomId(): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return [...bytes].map((byte) => alphabet.charAt(byte & 63)).join("");
}

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T;
}
