/** What the document says, in every format, at once and without any editor. */

import { FIELD, SOURCE_FIELD } from "@collab/editor/field";
import { type DocNode, htmlOf, jsonOf, markdownOf, textOf } from "@collab/editor/reading";
import type * as Y from "yjs";
import type { Format, Mode } from "./attributes.ts";
import { isEmpty } from "./emptiness.ts";

/** Turns Markdown into HTML; it comes with the source modes. */
export type MarkdownToHtml = (source: string) => string;

/** Reads one document in one mode. */
export class Reader {
  readonly #doc: Y.Doc;
  readonly #mode: Mode;
  readonly #language: string | null;
  readonly #toHtml: MarkdownToHtml | null;

  constructor(doc: Y.Doc, mode: Mode, language: string | null, toHtml: MarkdownToHtml | null) {
    this.#doc = doc;
    this.#mode = mode;
    this.#language = language;
    this.#toHtml = toHtml;
  }

  /** Return the text in `format`. */
  read(format: Format): string {
    switch (format) {
      case "html":
        return this.html();
      case "markdown":
        return this.markdown();
      case "json":
        return JSON.stringify(this.json());
      case "text":
        return this.text();
    }
  }

  /** The plain text; of source, the source. */
  text(): string {
    return this.#mode === "rich" ? textOf(this.json()) : this.#source();
  }

  /** HTML that runs nothing; code in a `<pre>`, plain text a paragraph a line. */
  html(): string {
    const toHtml = this.#mode === "markdown" ? this.#toHtml : null;
    return toHtml ? toHtml(this.#source()) : htmlOf(this.json());
  }

  /** Markdown; plain text and code are left as they are. */
  markdown(): string {
    return this.#mode === "rich" ? markdownOf(this.json()) : this.#source();
  }

  /** ProseMirror's JSON; source is one code block, plain text a paragraph a line. */
  json(): DocNode {
    if (this.#mode === "rich") return jsonOf(this.#doc.getXmlFragment(FIELD));
    const source = this.#source();
    if (this.#mode === "plain") return { type: "doc", content: source.split("\n").map(paragraph) };
    const language = this.#mode === "markdown" ? "markdown" : this.#language;
    const block = { type: "codeBlock", attrs: { language }, content: textNodes(source) };
    return { type: "doc", content: [block] };
  }

  /** Whether a reader sees nothing; cheap, however long the text is. */
  isEmpty(): boolean {
    return isEmpty(this.#doc, this.#mode);
  }

  #source(): string {
    return this.#doc.getText(SOURCE_FIELD).toString();
  }
}

function paragraph(line: string): DocNode {
  return { type: "paragraph", content: textNodes(line) };
}

/** ProseMirror knows no empty texts. */
function textNodes(text: string): DocNode[] {
  return text ? [{ type: "text", text }] : [];
}
