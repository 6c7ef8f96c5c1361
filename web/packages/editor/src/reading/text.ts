/** Plain text. The server says the same (`collab/library/content.py`). */

import type { DocNode } from "./nodes.ts";

const LINES = new Set(["paragraph", "heading", "codeBlock", "horizontalRule", "image", "tableRow"]);

/** Return the plain text of a node: a line a block, cells set apart by tabs. */
export function textOf(node: DocNode): string {
  if (node.type === "text") return node.text ?? "";
  if (node.type === "hardBreak") return "\n";
  const parts = (node.content ?? []).map(textOf);
  if (node.type === "tableRow") return parts.map((cell) => cell.replaceAll("\n", " ")).join("\t");
  return parts.join(LINES.has(node.type) ? "" : "\n");
}
