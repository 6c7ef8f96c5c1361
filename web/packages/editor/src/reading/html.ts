/** HTML that runs nothing. The server says the same (`collab/library/markup.py`). */

import {
  addressOf,
  alternativeOf,
  languageOf,
  levelOf,
  sourceOf,
  spanOf,
  startOf,
} from "./attributes.ts";
import type { DocMark, DocNode } from "./nodes.ts";

const TAGS: Readonly<Record<string, string>> = {
  paragraph: "p",
  bulletList: "ul",
  orderedList: "ol",
  listItem: "li",
  blockquote: "blockquote",
  tableRow: "tr",
  tableCell: "td",
  tableHeader: "th",
};
const MARK_TAGS: Readonly<Record<string, string>> = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  code: "code",
  highlight: "mark",
};
const DEEPEST = 60;

/** Return a document as HTML: known nodes, marks, attributes and links only. */
export function htmlOf(node: DocNode): string {
  return inner(node, 0);
}

function inner({ content }: DocNode, depth: number): string {
  return (content ?? []).map((child) => render(child, depth)).join("");
}

function render(node: DocNode, depth: number): string {
  if (node.type === "text") return renderText(node);
  if (node.type === "hardBreak") return "<br>";
  if (node.type === "horizontalRule") return "<hr>";
  if (depth > DEEPEST) return "";
  if (node.type === "image") {
    return `<img${attribute("src", sourceOf(node))}${attribute("alt", alternativeOf(node))}>`;
  }
  return renderBlock(node, inner(node, depth + 1));
}

function renderBlock(node: DocNode, content: string): string {
  switch (node.type) {
    case "heading":
      return `<h${levelOf(node)}>${content}</h${levelOf(node)}>`;
    case "codeBlock": {
      const language = languageOf(node);
      return `<pre><code${attribute("class", language && `language-${language}`)}>${content}</code></pre>`;
    }
    case "taskList":
      return `<ul data-type="taskList">${content}</ul>`;
    case "taskItem":
      return `<li data-checked="${node.attrs?.["checked"] === true}">${content}</li>`;
    case "table":
      return `<table>${content && `<tbody>${content}</tbody>`}</table>`;
  }
  const tag = TAGS[node.type];
  // A node the editor never makes: its text stays, its name does not.
  return tag ? `<${tag}${numbers(node)}>${content}</${tag}>` : content;
}

function numbers(node: DocNode): string {
  if (node.type === "orderedList") return unlessOne("start", startOf(node));
  if (node.type !== "tableCell" && node.type !== "tableHeader") return "";
  const spans = ["colspan", "rowspan"] as const;
  return spans.map((name) => unlessOne(name, spanOf(node, name))).join("");
}

function unlessOne(name: string, value: number): string {
  return value === 1 ? "" : ` ${name}="${value}"`;
}

function renderText({ text = "", marks = [] }: DocNode): string {
  // In the order of their names, from the inside out.
  const inOrder = [...marks].sort((a, b) => (a.type < b.type ? -1 : 1));
  return inOrder.reduce(marked, escaped(text));
}

function marked(html: string, mark: DocMark): string {
  if (mark.type === "link") {
    const href = addressOf(mark);
    const rel = ' rel="noopener noreferrer nofollow"';
    return href ? `<a${attribute("href", href)}${rel}>${html}</a>` : html;
  }
  const tag = MARK_TAGS[mark.type];
  return tag ? `<${tag}>${html}</${tag}>` : html;
}

function attribute(name: string, value: string | undefined): string {
  if (value === undefined) return "";
  return ` ${name}="${escaped(value).replaceAll('"', "&quot;")}"`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\u00a0", "&nbsp;");
}
