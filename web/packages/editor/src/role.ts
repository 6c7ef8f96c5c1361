/** What the person may do here, said calmly while it is less than writing. */

import type { CollabProvider, Role } from "@collab/client";
import { h, icon } from "./dom.ts";
import type { Part } from "./status.ts";

const EYE =
  "M2.5 10S5.300 4.800 10 4.800 17.500 10 17.500 10 14.700 15.200 10 15.200 2.500 10 2.500 10zM10 7.800a2.200 2.200 0 1 1 0 4.400 2.200 2.200 0 0 1 0-4.400z";

/** A badge beside the title for those who only read, and a word in `overlay` when that changes. */
export function roleBadge(provider: CollabProvider, overlay: HTMLElement): Part {
  const element = h(
    "p",
    {
      class: "ce-role",
      part: "role",
      "data-testid": "role",
      "data-tip": "Ask the owner if you need to change something.",
      hidden: true,
    },
    icon(EYE),
    h("span", {}, "You can read"),
  );
  let before: Role | null = null;
  const show = (role: Role | null) => {
    element.hidden = !reads(role);
    const isNews = before && role && reads(before) !== reads(role);
    if (isNews) void say(reads(role) ? LOWERED : RAISED, overlay);
    before = role;
  };
  show(provider.role);
  return { element, destroy: provider.on("role", show) };
}

const LOWERED = "You can only read this document now. What you have written stays on this device.";
const RAISED = "You can write in this document again.";

/** It is seldom said: what says it is loaded then. */
async function say(words: string, overlay: HTMLElement): Promise<void> {
  const { toast } = await import("./toast.ts");
  if (overlay.isConnected) toast(words, undefined, overlay);
}

function reads(role: Role | null): boolean {
  return role === "viewer" || role === "commenter";
}
