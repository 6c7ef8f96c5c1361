/** What is needed before the text is said to be ready: reading it, its name, its first content. */

export { Writing } from "../writing.ts";
