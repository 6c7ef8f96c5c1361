/** What is needed before the text is said to be ready: reading it, its name, its first content. */

export { Reader } from "../formats.ts";
export { labelOf } from "../label.ts";
export { isUntouched, SEED, seedUpdate } from "../seed.ts";
