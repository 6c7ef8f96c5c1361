/** Names and colours of everybody who wrote, whether they are here or long gone. */

import type { Author, CollabProvider, User } from "@collab/client";
import { PALETTE, safeColor } from "../color.ts";

/** Knows people by their ids. Somebody's colour stays the same as long as the page lives. */
export class People {
  readonly #names = new Map<string, string>();
  readonly #colors = new Map<string, string>();
  #me: string | null = null;

  /** Learn from the room: these people chose their colours. Who came second to one gets another. */
  meet(users: readonly User[], me: string | null): void {
    this.#me = me;
    for (const { id, name, color } of [...users].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      this.#names.set(id, name);
      const chosen = safeColor(color);
      const others = [...this.#colors].filter(([other]) => other !== id);
      if (!others.some(([, taken]) => taken === chosen)) this.#colors.set(id, chosen);
    }
  }

  /** Learn names from the history; whoever is here knows their own better. */
  learn(authors: readonly Author[]): void {
    for (const { id, name } of authors) if (!this.#names.has(id)) this.#names.set(id, name);
  }

  nameOf(id: string): string {
    return this.#names.get(id) ?? "Somebody";
  }

  /** As `nameOf`, but says who is oneself. */
  calledName(id: string): string {
    return id === this.#me ? `${this.nameOf(id)} (you)` : this.nameOf(id);
  }

  colorOf(id: string): string {
    const known = this.#colors.get(id);
    if (known) return known;
    const color = freeColor(id, new Set(this.#colors.values()));
    this.#colors.set(id, color);
    return color;
  }
}

const known = new WeakMap<CollabProvider, People>();

/** Return who is known in the document of `provider`: everybody has one colour wherever they are shown. */
export function peopleOf(provider: CollabProvider): People {
  const people = known.get(provider) ?? new People();
  known.set(provider, people);
  return people;
}

/** Return a colour of the palette for `id`: always the same one, unless that is taken. */
export function freeColor(id: string, taken: ReadonlySet<string>): string {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const start = hash % PALETTE.length;
  const ordered = [...PALETTE.slice(start), ...PALETTE.slice(0, start)];
  return ordered.find((color) => !taken.has(color)) ?? (ordered[0] as string);
}
