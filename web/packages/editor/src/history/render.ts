/** Blocks as elements. Text of others only ever becomes text, never markup. */

import type { BlockChange, Marks, Segment } from "@collab/client";
import { h } from "../dom.ts";
import { isSafeUrl } from "../urls.ts";
import type { People } from "./authors.ts";
import { isGone, type Placed } from "./places.ts";

/** Return the blocks as the editor would show them; changes carry their author's name and colour. */
export function renderBlocks(blocks: readonly Placed[], people: People): DocumentFragment {
  const root = document.createDocumentFragment();
  const open: { key: string; place: ParentNode & Node }[] = [];
  for (const { trail, block } of blocks) {
    const differs = trail.findIndex((holder, depth) => open[depth]?.key !== holder.key);
    open.length = Math.min(open.length, differs < 0 ? trail.length : differs);
    for (const holder of trail.slice(open.length)) {
      const { element, place } = holderOf(holder.type, holder.attributes);
      (open.at(-1)?.place ?? root).appendChild(element);
      open.push({ key: holder.key, place });
    }
    (open.at(-1)?.place ?? root).appendChild(blockOf(block, people));
  }
  return root;
}

interface Opened {
  readonly element: HTMLElement;
  /** Where its blocks go. */
  readonly place: HTMLElement;
}

function holderOf(type: string, attributes: Marks): Opened {
  const plain = (element: HTMLElement) => ({ element, place: element });
  switch (type) {
    case "bulletList":
      return plain(h("ul"));
    case "orderedList":
      return plain(h("ol", { start: numberOf(attributes["start"]) }));
    case "listItem":
      return plain(h("li"));
    case "taskList":
      return plain(h("ul", { "data-type": "taskList" }));
    case "taskItem":
      return taskOf(attributes["checked"] === true);
    case "blockquote":
      return plain(h("blockquote"));
    case "table": {
      const place = h("tbody");
      return { element: h("div", { class: "tableWrapper" }, h("table", {}, place)), place };
    }
    case "tableRow":
      return plain(h("tr"));
    case "tableCell":
    case "tableHeader":
      return plain(cellOf(type, attributes));
    default:
      return plain(h("div"));
  }
}

function taskOf(checked: boolean): Opened {
  const place = h("div");
  const box = h("input", { type: "checkbox", checked, disabled: true, "aria-label": "Done" });
  const element = h("li", { "data-checked": String(checked) }, h("label", {}, box), place);
  return { element, place };
}

function cellOf(type: string, attributes: Marks): HTMLElement {
  const spans = {
    colspan: numberOf(attributes["colspan"]),
    rowspan: numberOf(attributes["rowspan"]),
  };
  return type === "tableHeader" ? h("th", spans) : h("td", spans);
}

function numberOf(value: unknown): string | undefined {
  return typeof value === "number" && value > 1 && value <= 1_000_000 ? String(value) : undefined;
}

// --- blocks ---

const DONE: Readonly<Record<BlockChange["change"], string>> = {
  same: "",
  added: "Added",
  removed: "Removed",
  changed: "Changed",
  movedHere: "Moved here",
  movedAway: "Moved away",
};

function blockOf(block: BlockChange, people: People): HTMLElement {
  const { element, place } = emptyBlock(block);
  place.append(...block.segments.map((segment) => segmentOf(segment, people)));
  if (block.segments.length === 0 && place.childElementCount === 0) place.append(h("br"));
  if (block.change === "same") return element;
  element.classList.add("ce-change");
  element.dataset["change"] = block.change;
  const author = block.author ?? block.segments.find((one) => one.author)?.author;
  sign(element, author, people, DONE[block.change]);
  const note = noteOf(block);
  if (note) place.prepend(h("span", { class: "ce-change-note" }, note));
  return element;
}

function emptyBlock({ kind, attributes }: BlockChange): Opened {
  if (kind === "heading") {
    const element = h(`h${levelOf(attributes)}`);
    return { element, place: element };
  }
  if (kind === "codeBlock") {
    const place = h("code");
    return { element: h("pre", {}, place), place };
  }
  if (kind === "horizontalRule") {
    const element = h("div", { class: "ce-change-rule" }, h("hr"));
    return { element, place: element };
  }
  if (kind === "image") {
    const element = h("p", {}, `[picture: ${String(attributes["alt"] ?? "no description")}]`);
    return { element, place: element };
  }
  const element = h("p");
  return { element, place: element };
}

function levelOf(attributes: Marks | null | undefined): 1 | 2 | 3 | 4 | 5 | 6 {
  const level = Number(attributes?.["level"]);
  return level >= 1 && level <= 6 ? (Math.floor(level) as 1 | 2 | 3 | 4 | 5 | 6) : 1;
}

/** Words for what colour alone cannot say. */
function noteOf(block: BlockChange): string {
  if (block.change === "movedHere" || block.change === "movedAway") return DONE[block.change];
  const checked = block.attributes[CHECKED] === true;
  const before = block.attributesBefore;
  if (before && (before[CHECKED] === true) !== checked) return checked ? "Ticked" : "Unticked";
  return turnedInto(block);
}

const CHECKED = "taskItem.checked";

function turnedInto(block: BlockChange): string {
  const was = block.kindBefore ?? (block.attributesBefore ? block.kind : null);
  if (!was || isGone(block)) return "";
  const before = kindWords(was, block.attributesBefore ?? block.attributes);
  return before === kindWords(block.kind, block.attributes) ? "Changed" : `Was ${before}`;
}

function kindWords(kind: string, attributes: Marks): string {
  if (kind === "heading") return `heading ${levelOf(attributes)}`;
  const names: Record<string, string> = { paragraph: "plain text", codeBlock: "code" };
  return names[kind] ?? kind;
}

// --- segments ---

function segmentOf(segment: Segment, people: People): Node {
  const inner = marked(segment);
  if (segment.change === "same") return inner;
  const { change, author } = segment;
  const element =
    change === "added"
      ? h("ins", {}, inner)
      : change === "removed"
        ? h("del", {}, inner)
        : h("span", {}, inner);
  element.classList.add("ce-changed-text");
  element.dataset["change"] = change;
  const what = { added: "Added", removed: "Removed", formatted: "Formatted" }[change];
  sign(element, author, people, what);
  return element;
}

/** Say on an element who did what. */
function sign(
  element: HTMLElement,
  author: string | null | undefined,
  people: People,
  what: string,
) {
  if (author) {
    element.dataset["author"] = author;
    element.style.setProperty("--person", people.colorOf(author));
  }
  if (!element.title) element.title = author ? `${what} by ${people.nameOf(author)}` : what;
}

const MARKS: Readonly<Record<string, "strong" | "em" | "u" | "s" | "code" | "mark">> = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  code: "code",
  highlight: "mark",
};

function marked({ text, marks }: Segment): Node {
  let node: Node = document.createTextNode(text);
  for (const [name, tag] of Object.entries(MARKS)) {
    if (isOn(marks[name])) node = h(tag, {}, node);
  }
  const link = marks["link"] as { href?: unknown } | null | undefined;
  if (!link) return node;
  const href = isSafeUrl(link.href) ? link.href : undefined;
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, node);
}

function isOn(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}
