/** The shared type that holds rich text. */
export const FIELD = "default";

/** The shared type that holds source text: Markdown, code, plain text. */
export const SOURCE_FIELD = "text";
