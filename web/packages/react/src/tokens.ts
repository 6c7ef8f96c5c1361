/** Token providers that stay the same function while components render with ever new ones. */

import type { TokenProvider } from "./props.ts";

/** What components with the same provider have in common, so that they share a socket. */
interface Group {
  /** Stays the same; asks whichever provider is the latest. */
  readonly provider: TokenProvider;
  asked: TokenProvider;
  readonly members: Set<LastingProvider>;
}

const groups = new WeakMap<TokenProvider, Group>();

/** One component's provider: a lasting function for whatever it renders with. */
export class LastingProvider {
  readonly #changed: () => void;
  #group: Group | null = null;
  #wanted: TokenProvider | null = null;

  /** `changed` is called when it has become another function, but not while it is told something. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The function that lasts; undefined without a provider. */
  get provider(): TokenProvider | undefined {
    return this.#group?.provider;
  }

  /**
   * Ask `wanted` from now on. `isAnew`: nothing came of the one before, so what asks should notice
   * that this is another.
   */
  want(wanted: TokenProvider | undefined, isAnew = false): void {
    const next = wanted ?? null;
    if (next === this.#wanted) return;
    this.#wanted = next;
    const group = this.#group;
    if (!next || !group || isAnew) this.#join(next && groupOf(next));
    // Whoever shares it may be told the same in this very moment.
    else queueMicrotask(() => settle(group));
  }

  /** The provider this member of a group wants to be asked. */
  get wanted(): TokenProvider | null {
    return this.#wanted;
  }

  /** Leave a group that goes on with another provider. */
  part(): void {
    if (this.#wanted) this.#join(groupOf(this.#wanted));
    this.#changed();
  }

  #join(group: Group | null): void {
    this.#group?.members.delete(this);
    this.#group = group;
    group?.members.add(this);
  }
}

/** Let a group follow its members if they agree; who wants something else parts from it. */
function settle(group: Group): void {
  const [first, ...others] = group.members;
  if (!first?.wanted) return;
  if (others.every(({ wanted }) => wanted === first.wanted)) {
    group.asked = first.wanted;
    groups.set(group.asked, group);
    return;
  }
  for (const member of [...group.members]) {
    if (member.wanted !== group.asked) member.part();
  }
}

/** Return the group that asks `provider`. */
function groupOf(provider: TokenProvider): Group {
  const found = groups.get(provider);
  if (found?.asked === provider) return found;
  const made: Group = { asked: provider, provider: () => made.asked(), members: new Set() };
  groups.set(provider, made);
  return made;
}
