/** Tables as GitHub-flavoured Markdown: one line a row. */

import { spanOf } from "./attributes.ts";
import { codeOf, inlineOf } from "./inline.ts";
import type { DocNode } from "./nodes.ts";

/** Wider ones are no tables that people read. */
const WIDEST = 200;

/** Return a table; without a row of headings, it begins with an empty one. */
export function tableOf({ content = [] }: DocNode): string {
  const rows = content.filter(({ type }) => type === "tableRow").map(rowOf);
  const width = Math.min(WIDEST, Math.max(0, ...rows.map((row) => row.length)));
  if (width === 0) return "";
  const first = content[0]?.content ?? [];
  const hasHead = first.length > 0 && first.every(({ type }) => type === "tableHeader");
  const [head, ...body] = hasHead ? rows : [[], ...rows];
  const rule = Array.from({ length: width }, () => "---");
  return [head ?? [], rule, ...body].map((row) => line(row, width)).join("\n");
}

function line(row: readonly string[], width: number): string {
  const cells = Array.from({ length: width }, (_, at) => row[at] ?? "");
  return `| ${cells.join(" | ")} |`;
}

function rowOf({ content = [] }: DocNode): string[] {
  return content.flatMap((cell) => {
    const rest = Array.from({ length: Math.min(WIDEST, spanOf(cell, "colspan")) - 1 }, () => "");
    return [cellOf(cell), ...rest];
  });
}

function cellOf(cell: DocNode): string {
  return linesOf(cell).filter(Boolean).join("<br>").replaceAll("|", "\\|");
}

/** What a cell holds besides words is put as words, line by line. */
function linesOf({ content = [] }: DocNode): string[] {
  return content.flatMap((block) => {
    if (block.type === "paragraph" || block.type === "heading") {
      return [inlineOf(block.content ?? [], true)];
    }
    if (block.type !== "codeBlock") return linesOf(block);
    const text = (block.content ?? []).map((node) => node.text ?? "\n").join("");
    return text.split(/\r\n|\r|\n/).map((one) => (one ? codeOf(one) : ""));
  });
}
