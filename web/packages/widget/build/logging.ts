/** What Yjs takes of `lib0/logging`, without the colours: they bring a tenth of Yjs with them. */

export const ORANGE = "";
export const RED = "";
export const BOLD = "";
export const UNBOLD = "";

/** Say what is worth knowing to whoever looks into the console. */
export function print(...words: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: as the library does it.
  console.info(...words);
}

/** Say what is wrong in the use of the library. */
export function warn(...words: readonly unknown[]): void {
  // biome-ignore lint/suspicious/noConsole: as the library does it.
  console.warn(...words);
}
