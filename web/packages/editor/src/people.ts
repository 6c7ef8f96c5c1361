/** The people in the document. */

import type { CollabProvider, User } from "@collab/client";
import { initials, inkOn, safeColor } from "./color.ts";
import { h } from "./dom.ts";
import type { Part } from "./status.ts";

const SHOWN = 5;

/** A round sign of a person. */
export function avatar(user: Pick<User, "name" | "color">): HTMLElement {
  const sign = h("span", { class: "ce-avatar", "aria-hidden": "true" }, initials(user.name));
  const color = safeColor(user.color);
  sign.style.backgroundColor = color;
  sign.style.color = inkOn(color);
  return sign;
}

/** Everybody here, ourselves first. */
export function people(provider: CollabProvider): Part {
  const element = h("ul", { class: "ce-people", part: "people", "data-testid": "people" });
  const show = () => {
    const me = provider.user?.id;
    const everyone = [...provider.users].sort((a, b) => Number(b.id === me) - Number(a.id === me));
    const names = everyone.map((user) => entry(user, user.id === me));
    const more = everyone.slice(SHOWN).map((user) => user.name);
    element.replaceChildren(...names.slice(0, SHOWN));
    if (more.length > 0) element.append(rest(more));
    const count = everyone.length === 1 ? "1 person" : `${everyone.length} people`;
    element.setAttribute("aria-label", `${count} here`);
    element.dataset["count"] = String(everyone.length);
  };
  show();
  const off = provider.on("users", show);
  return { element, destroy: off };
}

function entry(user: User, isMe: boolean): HTMLElement {
  const name = isMe ? `${user.name} (you)` : user.name;
  return h(
    "li",
    {
      class: isMe ? "is-me" : undefined,
      "data-user": user.id,
      "data-name": user.name,
      "data-tip": name,
    },
    avatar(user),
    h("span", { class: "ce-hidden" }, name),
  );
}

function rest(names: readonly string[]): HTMLElement {
  const sign = h("span", { class: "ce-avatar ce-avatar-more" }, `+${names.length}`);
  return h("li", { "data-tip": names.join(", ") }, sign);
}
