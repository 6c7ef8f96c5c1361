/** What a shared document says, without any editor. */

export { htmlOf } from "./html.ts";
export { markdownOf } from "./markdown.ts";
export { type DocMark, type DocNode, jsonOf } from "./nodes.ts";
export { textOf } from "./text.ts";
export { type ReadingMode, type ReadingView, readingView } from "./view.ts";
