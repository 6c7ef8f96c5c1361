/** The running text of a block as Markdown that means what the text says. */

import type { DocNode } from "./nodes.ts";
import { type Mark, ORDER, type Segment, segmentsOf } from "./segments.ts";

/**
 * Return `nodes` as the lines of a paragraph. Where lines cannot be broken (`oneLine`: headings,
 * tables), a break is a tag.
 */
export function inlineOf(nodes: readonly DocNode[], oneLine = false): string {
  const out = new Out(oneLine);
  write(treeOf(segmentsOf(nodes)), out, "");
  return out.text.split("\\\n").map(kept).join("\\\n");
}

/** Spaces at the ends of a line would be lost. */
function kept(line: string): string {
  const entity = (space: string) => `&#${space.codePointAt(0)};`;
  return line.replace(/^[\s\ufeff]/u, entity).replace(/[\s\ufeff]$/u, entity);
}

// --- nesting ---

type Leaf = { readonly text: string | null };
type Marked = { readonly mark: Mark; readonly value: string; readonly inside: readonly Tree[] };
type Tree = Leaf | Marked;

function treeOf(segments: readonly Segment[], order: readonly Mark[] = ORDER): Tree[] {
  const trees: Tree[] = [];
  for (let at = 0; at < segments.length; ) {
    const first = segments[at] as Segment;
    const mark = order.find((name) => first.marks.has(name));
    if (!mark) {
      trees.push({ text: first.text });
      at += 1;
      continue;
    }
    const value = first.marks.get(mark) ?? "";
    const rest = segments.slice(at);
    const end = rest.findIndex(({ marks }) => marks.get(mark) !== value);
    const run = end < 0 ? rest : rest.slice(0, end);
    const inner = order.filter((name) => name !== mark);
    trees.push({ mark, value, inside: treeOf(run, inner) });
    at += run.length;
  }
  return trees;
}

// --- writing ---

class Out {
  text = "";
  readonly #oneLine: boolean;

  constructor(oneLine: boolean) {
    this.#oneLine = oneLine;
  }

  /** The last character; nothing at the start of a line. */
  get last(): string {
    return this.text.endsWith("\n") ? "" : (this.text.match(/.$/su)?.[0] ?? "");
  }

  /** A line cannot begin or end with a break of Markdown's own. */
  breakLine(isLast: boolean): void {
    this.text += this.#oneLine || isLast || this.last === "" ? "<br>" : "\\\n";
  }
}

function write(trees: readonly Tree[], out: Out, after: string): void {
  for (const [at, tree] of trees.entries()) {
    const next = trees[at + 1];
    const following = next ? firstOf(next) : after;
    if ("mark" in tree) writeMarked(tree, out, following);
    else if (tree.text === null) out.breakLine(!next || !("mark" in next || next.text !== null));
    else out.text += escaped(tree.text);
  }
}

function writeMarked(tree: Marked, out: Out, after: string): void {
  if (tree.mark === "code") {
    out.text += codeOf(
      tree.inside.map((leaf) => ("mark" in leaf ? "" : (leaf.text ?? " "))).join(""),
    );
    return;
  }
  if (tree.mark === "link") {
    writeLink(tree, out);
    return;
  }
  const [open, close] = signsOf(tree, out.last, after);
  out.text += open;
  write(tree.inside, out, close);
  out.text += close;
}

function writeLink({ value, inside }: Marked, out: Out): void {
  const [only] = inside;
  const isBare = inside.length === 1 && only && !("mark" in only) && only.text === value;
  if (isBare && /^https?:\/\/[\w./?=%#:~+-]+$/i.test(value)) {
    out.text += `<${value}>`;
    return;
  }
  out.text += "[";
  write(inside, out, "]");
  out.text += `](${addressIn(value)})`;
}

/** Return an address as it stands between round brackets. */
export function addressIn(url: string): string {
  return url
    .replace(/[()<>\\]/g, (sign) => `%${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}`)
    .replace(/&(?=#?\w+;)/g, "\\&");
}

/** Return text as a span of code. */
export function codeOf(text: string): string {
  const fence = "`".repeat(longestRun(text) + 1);
  const isPadded = /^`|`$|^ .*[^ ].* $/s.test(text);
  return isPadded ? `${fence} ${text} ${fence}` : `${fence}${text}${fence}`;
}

/** Return how many «`» stand together at most. */
export function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

const SIGNS: Readonly<Partial<Record<Mark, string>>> = { bold: "**", italic: "_", strike: "~~" };
const TAGS: Readonly<Partial<Record<Mark, string>>> = {
  bold: "strong",
  italic: "em",
  strike: "s",
  underline: "u",
  highlight: "mark",
};

/** Return what opens and closes a mark: Markdown's signs where they are read as such, else tags. */
function signsOf({ mark, inside }: Marked, before: string, after: string): [string, string] {
  const sign = SIGNS[mark];
  const first = inside[0] ? firstOf(inside[0]) : "";
  const last = inside.at(-1);
  const reads = mark === "italic" ? readsUnderscore : readsSign;
  if (sign && last && reads(before, first) && reads(after, lastOf(last))) return [sign, sign];
  const tag = TAGS[mark] ?? "span";
  return [`<${tag}>`, `</${tag}>`];
}

/** Whether a sign between these two, seen from its outside, is one of its mark. */
function readsSign(outside: string, inside: string): boolean {
  if (kindOf(inside) === "space") return false;
  return kindOf(inside) === "word" || ["space", "sign"].includes(kindOf(outside));
}

function readsUnderscore(outside: string, inside: string): boolean {
  const isBorder = ["space", "sign"].includes(kindOf(outside));
  return isBorder && kindOf(inside) !== "space";
}

type Kind = "space" | "word" | "sign" | "other";

/** Parsers do not agree on every character: what is not plainly one kind is «other». */
function kindOf(character: string): Kind {
  if (character === "" || /\s/u.test(character)) return "space";
  if (/[\p{L}\p{N}]/u.test(character)) return "word";
  return /[!-/:-@[-`{-~]/.test(character) ? "sign" : "other";
}

/** Return the first character that will be written for `tree`. */
function firstOf(tree: Tree): string {
  if ("mark" in tree) return "*";
  return tree.text === null ? "<" : (tree.text.match(/^./su)?.[0] ?? "");
}

function lastOf(tree: Tree): string {
  if ("mark" in tree) return "*";
  return tree.text === null ? ">" : (tree.text.match(/.$/su)?.[0] ?? "");
}

// --- escaping ---

/** Return text so that Markdown takes no sign in it for more than itself. */
export function escaped(text: string): string {
  return text
    .replace(/[\\`*[\]~]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/<(?=[A-Za-z/!?]|$)/g, "\\<")
    .replace(/&(?=#?\w+;)/g, "\\&")
    .replace(/!$/, "\\!");
}

/** Return the lines of a paragraph so that none of them is taken for another kind of block. */
export function plainLines(paragraph: string): string {
  return paragraph.split("\\\n").map(plainLine).join("\\\n");
}

function plainLine(line: string): string {
  return line
    .replace(/^(?=#{1,6}(?:\s|$)|[-+](?:\s|$)|>|=+\s*$|[-:|][-:|\s]*$)/, "\\")
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2");
}
