/** Source text in a frame: Markdown, code and plain text on CodeMirror. */

import type { Frame } from "../frame.ts";
import type { Surface } from "../surface.ts";
import type { SourceOptions } from "./setup.ts";
import { SourceText } from "./text.ts";

export type { Mode } from "./modes.ts";
export type { SourceOptions } from "./setup.ts";

/** Show the document's source text in `frame`. */
export function mountSource(frame: Frame, options: SourceOptions): Surface {
  return new SourceText(frame, options);
}

/** Fetch what makes HTML of Markdown; only who needs it pays for it. */
export async function loadMarkdown(): Promise<typeof import("./markdown.ts")> {
  return await import("./markdown.ts");
}
