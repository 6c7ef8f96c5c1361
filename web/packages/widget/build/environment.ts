/** What Yjs takes of `lib0/environment`: it runs in a browser, and nobody configures it from outside. */

export const isBrowser = true;
export const isNode = false;

/** Return what the environment says about `name`: nothing. */
export function getVariable(_name: string): undefined {
  return undefined;
}
