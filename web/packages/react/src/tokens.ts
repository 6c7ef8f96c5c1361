/** Token providers that stay the same function while a component renders with ever new ones. */

import type { TokenProvider } from "./props.ts";

/** Asks whichever provider it was given last. */
interface Lasting {
  readonly provider: TokenProvider;
  asked: TokenProvider;
}

const known = new WeakMap<TokenProvider, Lasting>();

/** Return a lasting provider for `provider`: for the same function the same, so that a socket is shared. */
export function lasting(provider: TokenProvider): Lasting {
  const found = known.get(provider);
  if (found) return found;
  const made: Lasting = { asked: provider, provider: () => made.asked() };
  known.set(provider, made);
  return made;
}
