/** The shared type that holds the text. */
export const FIELD = "default";
