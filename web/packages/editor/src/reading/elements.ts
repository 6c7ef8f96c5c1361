/** Nodes as elements, as the editor draws them. Text of others only ever becomes text, never markup. */

import { h } from "../dom.ts";
import { addressOf, languageOf, levelOf, spanOf, startOf } from "./attributes.ts";
import type { DocMark, DocNode } from "./nodes.ts";

/** What lies deeper is no document that people wrote. */
const DEEPEST = 60;

/** Return the element of a node. */
export function elementOf(node: DocNode, depth = 0): Node {
  if (node.type === "text") return (node.marks ?? []).reduceRight(marked, textOf(node));
  if (node.type === "hardBreak") return h("br");
  if (node.type === "horizontalRule") return h("hr");
  const { element, place } = frameOf(node);
  if (depth < DEEPEST) {
    place.append(...(node.content ?? []).map((child) => elementOf(child, depth + 1)));
  }
  const isLine = node.type === "paragraph" || node.type === "heading" || node.type === "codeBlock";
  // So the editor gives a line without text its height.
  if (isLine && !node.content?.length) place.append(h("br"));
  return element;
}

interface FrameOfNode {
  readonly element: HTMLElement;
  /** Where its content goes. */
  readonly place: HTMLElement;
}

function frameOf(node: DocNode): FrameOfNode {
  switch (node.type) {
    case "codeBlock": {
      const language = languageOf(node);
      const place = h("code", { class: language && `language-${language}` });
      return { element: h("pre", {}, place), place };
    }
    case "taskItem":
      return taskOf(node);
    case "table": {
      const place = h("tbody");
      return { element: h("div", { class: "tableWrapper" }, h("table", {}, place)), place };
    }
  }
  const element = plainOf(node);
  return { element, place: element };
}

function plainOf(node: DocNode): HTMLElement {
  switch (node.type) {
    case "paragraph":
      return h("p");
    case "heading":
      return h(`h${levelOf(node)}`);
    case "bulletList":
      return h("ul");
    case "orderedList":
      return h("ol", { start: String(startOf(node)) });
    case "listItem":
      return h("li");
    case "taskList":
      return h("ul", { "data-type": "taskList" });
    case "blockquote":
      return h("blockquote");
    case "tableRow":
      return h("tr");
    case "tableHeader":
      return h("th", spansOf(node));
    case "tableCell":
      return h("td", spansOf(node));
    default:
      // The host's extensions, or another program, know what it is.
      return h("div", { class: "ce-strange" }, node.content?.length ? "" : `[${node.type}]`);
  }
}

function taskOf({ attrs }: DocNode): FrameOfNode {
  const checked = attrs?.["checked"] === true;
  const place = h("div");
  const box = h("input", { type: "checkbox", checked, disabled: true, "aria-label": "Done" });
  const label = h("label", {}, box, h("span"));
  return { element: h("li", { "data-checked": String(checked) }, label, place), place };
}

function spansOf(node: DocNode) {
  const colspan = String(spanOf(node, "colspan"));
  return { colspan, rowspan: String(spanOf(node, "rowspan")) };
}

const MARKS: Readonly<Record<string, "strong" | "em" | "u" | "s" | "code" | "mark">> = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  code: "code",
  highlight: "mark",
};

function marked(inside: Node, mark: DocMark): Node {
  if (mark.type === "link") {
    const rel = "noopener noreferrer nofollow";
    return h("a", { href: addressOf(mark), target: "_blank", rel }, inside);
  }
  const tag = MARKS[mark.type];
  return tag ? h(tag, {}, inside) : inside;
}

function textOf({ text = "" }: DocNode): Node {
  return document.createTextNode(text);
}
