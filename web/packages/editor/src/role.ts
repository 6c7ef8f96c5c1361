/** What the person may do here, said calmly while it is less than writing. */

import type { CollabProvider, Role } from "@collab/client";
import { h, icon } from "./dom.ts";
import type { Part } from "./status.ts";
import { toast } from "./toast.ts";

const EYE =
  "M2.5 10S5.300 4.800 10 4.800 17.500 10 17.500 10 14.700 15.200 10 15.200 2.500 10 2.500 10zM10 7.800a2.200 2.200 0 1 1 0 4.400 2.200 2.200 0 0 1 0-4.400z";

/** A badge beside the title for those who only read, and a word when that changes. */
export function roleBadge(provider: CollabProvider): Part {
  const element = h(
    "p",
    {
      class: "ce-role",
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
    if (before && role && reads(before) !== reads(role)) toast(reads(role) ? LOWERED : RAISED);
    before = role;
  };
  show(provider.role);
  return { element, destroy: provider.on("role", show) };
}

const LOWERED = "You can only read this document now. What you have written stays on this device.";
const RAISED = "You can write in this document again.";

function reads(role: Role | null): boolean {
  return role === "viewer" || role === "commenter";
}
