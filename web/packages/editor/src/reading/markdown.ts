/** GitHub-flavoured Markdown that means what the document says. */

import { alternativeOf, languageOf, levelOf, sourceOf, startOf } from "./attributes.ts";
import { addressIn, escaped, inlineOf, longestRun, plainLines } from "./inline.ts";
import type { DocNode } from "./nodes.ts";
import { tableOf } from "./table.ts";

/** Return a document as Markdown; blocks without text are left out. */
export function markdownOf(node: DocNode): string {
  const text = blocksOf(node.content ?? [], false).join("\n\n");
  return text && `${text}\n`;
}

/** Return each block that says something. */
function blocksOf(nodes: readonly DocNode[], inList: boolean): string[] {
  const blocks: string[] = [];
  let turn = 0;
  let before: DocNode | undefined;
  for (const node of nodes) {
    // Of two lists beside each other, Markdown would make one.
    turn = isList(node) && before && isList(before) ? turn + 1 : 0;
    const block = blockOf(node, inList, turn);
    if (block === "") continue;
    blocks.push(block);
    before = node;
  }
  return blocks;
}

function blockOf(node: DocNode, inList: boolean, turn: number): string {
  const { type, content = [] } = node;
  switch (type) {
    case "paragraph":
      return hasWords(node) ? plainLines(inlineOf(content)) : "";
    case "heading":
      return headingOf(node);
    case "codeBlock":
      return fenceOf(node);
    case "blockquote":
      return prefixed(blocksOf(content, inList).join("\n\n"), "> ", "> ");
    case "bulletList":
    case "orderedList":
    case "taskList":
      return listOf(node, turn);
    case "table":
      return tableOf(node);
    case "horizontalRule":
      // In a list, «- ---» would be a line, not an item with a line.
      return inList ? "___" : "---";
    case "image":
      return imageOf(node);
    case "text":
    case "hardBreak":
      return plainLines(inlineOf([node]));
    default:
      return blocksOf(content, inList).join("\n\n");
  }
}

function headingOf(node: DocNode): string {
  const words = inlineOf(node.content ?? [], true);
  // Signs at the end would close the heading.
  const kept = words.replace(/(^|\s)(#+)$/, "$1\\$2");
  return `${"#".repeat(levelOf(node))} ${kept}`.trimEnd();
}

function fenceOf(node: DocNode): string {
  const text = (node.content ?? []).map(({ text = "\n" }) => text).join("");
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  const info = languageOf(node) ?? "";
  return `${fence}${info}\n${text === "" ? "" : `${text}\n`}${fence}`;
}

function imageOf(node: DocNode): string {
  const source = sourceOf(node);
  const words = escaped((alternativeOf(node) ?? "").replace(/\s+/g, " ").trim());
  return source ? `![${words}](${addressIn(source)})` : "";
}

// --- lists ---

function isList({ type }: DocNode): boolean {
  return type === "bulletList" || type === "orderedList" || type === "taskList";
}

function listOf(node: DocNode, turn: number): string {
  const items = node.content ?? [];
  const isTight = items.every(isTightItem);
  const written = items.map((item, at) => {
    const number = startOf(node) + at;
    const bullet = turn % 2 ? "* " : "- ";
    const marker = node.type === "orderedList" ? `${number}${turn % 2 ? ")" : "."} ` : bullet;
    const blocks = blocksOf(item.content ?? [], true);
    const all = node.type === "taskList" ? withBox(item, blocks) : blocks;
    const text = all.join(isTightItem(item) ? "\n" : "\n\n");
    return prefixed(text, marker, " ".repeat(marker.length));
  });
  return written.join(isTight ? "\n" : "\n\n");
}

/** A box stands before words, or alone before what else there is. */
function withBox(item: DocNode, blocks: readonly string[]): string[] {
  const box = item.attrs?.["checked"] === true ? "[x]" : "[ ]";
  const [first = "", ...rest] = blocks;
  return beginsWithWords(item) ? [`${box} ${first}`, ...rest] : [box, ...blocks];
}

function beginsWithWords({ content: [first] = [] }: DocNode): boolean {
  return first?.type === "paragraph" && hasWords(first);
}

/** Breaks alone say nothing, and one alone on a line would begin a block of HTML. */
function hasWords({ content = [] }: DocNode): boolean {
  return content.some(({ type, text = "" }) => type !== "hardBreak" && /[^\r\n]/.test(text));
}

/** An item that is a line of words, and a list that may follow it at once, needs no empty lines. */
function isTightItem(item: DocNode): boolean {
  const [, list, ...more] = item.content ?? [];
  if (!beginsWithWords(item) || more.length > 0) return (item.content?.length ?? 0) === 0;
  if (!list) return true;
  const follows = list.type !== "orderedList" || startOf(list) === 1;
  return isList(list) && follows && beginsWithWords(list.content?.[0] ?? list);
}

/** Return `text` with something before its first line and its others; empty lines end with nothing. */
function prefixed(text: string, first: string, others: string): string {
  const lines = text.split("\n").map((line, at) => {
    const prefix = at === 0 ? first : others;
    return line === "" ? prefix.trimEnd() : prefix + line;
  });
  return lines.join("\n");
}
