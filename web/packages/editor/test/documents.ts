/** Random documents, the same ones for the same seed. */

import type { DocMark, DocNode } from "../src/reading/index.ts";

export type Dice = (below: number) => number;

/** Return a die that falls the same way for the same seed (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const WORDS =
  'a|b1|Zoë|漢字|🙂|snake_case|_|__x__|*|**|`|``|~~|#|##|-|+|1.|23)|>|=|===|---|:--|[x]|[ ]|![|](|<b>|<|&amp;|&|&#32;|!|\\|\\\\|"|(|)|e.g.|http://x.y/?a=1&b_c|$|^|:|;|x\\*|<!--|| |  |\t|\u00a0|\n'
    .split("|")
    .concat("|", "a|b");
const SIMPLE = ["bold", "italic", "strike", "underline", "highlight"] as const;

/** Return a random document that the editor could hold. */
export function documentOf(dice: Dice): DocNode {
  return { type: "doc", content: blocksOf(dice, 3) };
}

function blocksOf(dice: Dice, depth: number): DocNode[] {
  return Array.from({ length: 1 + dice(3) }, () => blockOf(dice, depth));
}

function blockOf(dice: Dice, depth: number): DocNode {
  const kinds = depth > 0 ? 9 : 4;
  switch (dice(kinds)) {
    case 0:
      return filled({ type: "heading", attrs: { level: 1 + dice(4) } }, lineOf(dice));
    case 1:
      return codeBlock(dice);
    case 2:
      return { type: "horizontalRule" };
    case 4:
      return { type: "blockquote", content: blocksOf(dice, depth - 1) };
    case 5:
      return { type: "bulletList", content: itemsOf(dice, depth, "listItem") };
    case 6: {
      const attrs = { start: dice(30), type: null };
      return { type: "orderedList", attrs, content: itemsOf(dice, depth, "listItem") };
    }
    case 7:
      return { type: "taskList", content: itemsOf(dice, depth, "taskItem") };
    case 8:
      return tableOf(dice);
    default:
      return filled({ type: "paragraph" }, lineOf(dice));
  }
}

function codeBlock(dice: Dice): DocNode {
  const text = textOf(dice, 6);
  const attrs = { language: dice(2) ? "js" : null };
  return filled({ type: "codeBlock", attrs }, text ? [{ type: "text", text }] : []);
}

function itemsOf(dice: Dice, depth: number, type: "listItem" | "taskItem"): DocNode[] {
  return Array.from({ length: 1 + dice(3) }, () => ({
    type,
    ...(type === "taskItem" && { attrs: { checked: dice(2) === 1 } }),
    content: [
      filled({ type: "paragraph" }, lineOf(dice)),
      ...(dice(3) === 0 ? blocksOf(dice, depth - 1) : []),
    ],
  }));
}

function tableOf(dice: Dice): DocNode {
  const [width, head] = [1 + dice(3), dice(2) === 1];
  const rows = Array.from({ length: 1 + dice(3) }, (_, row) => ({
    type: "tableRow",
    content: Array.from({ length: width }, () => ({
      type: head && row === 0 ? "tableHeader" : "tableCell",
      attrs: { colspan: 1, rowspan: 1, colwidth: null, align: null },
      content: [
        filled({ type: "paragraph" }, lineOf(dice)),
        ...(dice(4) === 0 ? [codeBlock(dice)] : []),
      ],
    })),
  }));
  return { type: "table", content: rows };
}

/** Return running text as the editor has it: neighbours differ in their marks. */
function lineOf(dice: Dice): DocNode[] {
  const nodes: DocNode[] = [];
  for (let left = dice(5); left > 0; left--) {
    const text = textOf(dice, 4);
    const marks = marksOf(dice);
    const last = nodes.at(-1);
    if (dice(8) === 0) nodes.push({ type: "hardBreak" });
    else if (last?.text && JSON.stringify(last.marks ?? []) === JSON.stringify(marks)) {
      nodes[nodes.length - 1] = { ...last, text: last.text + text };
    } else if (text) nodes.push({ type: "text", ...(marks.length > 0 && { marks }), text });
  }
  return nodes;
}

function marksOf(dice: Dice): DocMark[] {
  if (dice(2)) return [];
  if (dice(5) === 0) return [{ type: "code" }];
  const link =
    dice(5) === 0 ? [{ type: "link", attrs: { href: "https://a.b/c_d(e)?f=1&g;" } }] : [];
  const marks = SIMPLE.filter(() => dice(3) === 0).map((type) => ({ type }));
  return [...link, ...marks];
}

function textOf(dice: Dice, most: number): string {
  return Array.from({ length: dice(most + 1) }, () => WORDS[dice(WORDS.length)]).join(
    dice(2) ? " " : "",
  );
}

function filled(node: DocNode, content: DocNode[]): DocNode {
  return content.length > 0 ? { ...node, content } : node;
}
