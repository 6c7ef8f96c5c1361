import MarkdownIt from "markdown-it";
import { describe, expect, it } from "vitest";
import { type DocNode, markdownOf } from "../src/reading/index.ts";
import { diceOf, documentOf } from "./documents.ts";

const parser = new MarkdownIt({ html: true });
type Token = ReturnType<typeof parser.parse>[number];

/** A character and what is said of it, space or not. */
interface Letter {
  readonly letter: string;
  readonly marks: string;
}

const MARK_OF: Readonly<Record<string, string>> = {
  strong: "bold",
  em: "italic",
  s: "strike",
  u: "underline",
  mark: "highlight",
  a: "link",
};

/** Return every line of a parsed text that holds something, letter by letter. */
function linesOfMarkdown(markdown: string): Letter[][] {
  return parser.parse(markdown, {}).flatMap((token) => {
    if (token.type === "fence") return token.content.slice(0, -1).split("\n").map(plain);
    return token.type === "inline" ? linesOfInline(token.children ?? []) : [];
  });
}

function linesOfInline(tokens: readonly Token[]): Letter[][] {
  const lines: Letter[][] = [[]];
  const open = new Set<string>();
  const add = (text: string, more: readonly string[] = []) => {
    const marks = [...open, ...more].sort().join(" ");
    for (const letter of text) lines.at(-1)?.push({ letter, marks: letter.trim() ? marks : "" });
  };
  for (const token of tokens) {
    const { name, closes } = tagOf(token);
    const mark = MARK_OF[name];
    if (name === "br") lines.push([]);
    else if (name === "code") add(token.content, ["code"]);
    else if (!mark) add(token.content);
    else if (closes) open.delete(mark);
    else open.add(mark);
  }
  return lines;
}

/** Return the tag that a token is, or is written as; none for text. */
function tagOf({ type, tag, nesting, content }: Token): { name: string; closes: boolean } {
  const written = type === "html_inline" ? /^<(\/?)(\w+)>$/.exec(content) : null;
  if (written) return { name: written[2] ?? "", closes: written[1] === "/" };
  return { name: type === "softbreak" ? "br" : tag, closes: nesting < 0 };
}

function plain(text: string): Letter[] {
  return [...text].map((letter) => ({ letter, marks: "" }));
}

/** Return every line of a document that holds something, letter by letter. */
function linesOfDocument(node: DocNode, inTable = false): Letter[][] {
  const content = node.content ?? [];
  if (node.type === "codeBlock") {
    // A cell cannot hold a block of code, only words that are marked so.
    const words = content.map((one) => ({ ...one, marks: inTable ? [{ type: "code" }] : [] }));
    return linesOfWords(words);
  }
  if (node.type === "paragraph" || node.type === "heading") return linesOfWords(content);
  const isTable = inTable || node.type === "table";
  const lines = content.flatMap((child) => linesOfDocument(child, isTable));
  return node.type === "taskItem" ? withBox(node, lines) : lines;
}

function linesOfWords(words: readonly DocNode[]): Letter[][] {
  const lines: Letter[][] = [[]];
  for (const { text = "\n", marks = [] } of words) {
    const names = marks.map(({ type }) => type).sort();
    for (const letter of text) {
      if (letter === "\n") lines.push([]);
      else lines.at(-1)?.push({ letter, marks: letter.trim() ? names.join(" ") : "" });
    }
  }
  return lines;
}

function withBox({ attrs, content }: DocNode, lines: Letter[][]): Letter[][] {
  const box = plain(attrs?.["checked"] ? "[x]" : "[ ]");
  const [first = [], ...rest] = lines;
  const hasWords = content?.[0]?.content?.some(({ text = "" }) => /[^\n]/.test(text));
  return hasWords ? [[...box, ...plain(" "), ...first], ...rest] : [box, ...lines];
}

const said = (lines: Letter[][]) => lines.filter((line) => line.length > 0);

/** Return a line with the marks before every letter where they change. */
function spelled(line: Letter[]): string {
  return line
    .map(({ letter, marks }, at) =>
      marks === (line[at - 1]?.marks ?? "") ? letter : `{${marks}}${letter}`,
    )
    .join("");
}

describe("Markdown", () => {
  it("of any document has its text, and every letter its marks", () => {
    for (let seed = 0; seed < 300; seed++) {
      const node = documentOf(diceOf(seed));
      const markdown = markdownOf(node);
      const read = said(linesOfMarkdown(markdown)).map(spelled);
      const meant = said(linesOfDocument(node)).map(spelled);
      expect(read, `seed ${seed}:\n${markdown}`).toEqual(meant);
    }
  });

  it("reads as people write it", () => {
    const text = (words: string, ...marks: string[]): DocNode => ({
      type: "text",
      text: words,
      ...(marks.length > 0 && { marks: marks.map((type) => ({ type })) }),
    });
    const block = (type: string, ...content: DocNode[]): DocNode => ({ type, content });
    const link = { type: "link", attrs: { href: "https://example.org/a_b" } };
    const bad = { type: "link", attrs: { href: "javascript:alert(1)" } };
    const node = block(
      "doc",
      { type: "heading", attrs: { level: 2 }, content: [text("Plan #1")] },
      block("paragraph", text("A "), text("bold ", "bold"), text("word, 2 * 3 < 7 & so_on.")),
      block("paragraph", text("un"), text("believ", "bold"), text("able"), text("!", "bold")),
      block(
        "bulletList",
        block("listItem", block("paragraph", text("one"))),
        block("listItem", block("paragraph", text("two")), {
          type: "orderedList",
          attrs: { start: 1 },
          content: [block("listItem", block("paragraph", text("1. not a list")))],
        }),
      ),
      block("taskList", {
        type: "taskItem",
        attrs: { checked: true },
        content: [block("paragraph", text("done", "underline"))],
      }),
      block("blockquote", block("paragraph", text("a"), { type: "hardBreak" }, text("b"))),
      { type: "codeBlock", attrs: { language: "md" }, content: [text("```js\n```")] },
      block("paragraph", { ...text("https://example.org/a_b"), marks: [link] }, text(" and "), {
        ...text("a link"),
        marks: [link, { type: "bold" }],
      }),
      block("paragraph", { ...text("no link"), marks: [bad] }),
      { type: "horizontalRule" },
      block(
        "table",
        block(
          "tableRow",
          block("tableHeader", block("paragraph", text("a|b"))),
          block("tableHeader", block("paragraph", text("x|y", "code"))),
        ),
        block("tableRow", { ...block("tableCell", block("paragraph")), attrs: { colspan: 2 } }),
      ),
    );
    expect(markdownOf(node)).toBe(`${EXPECTED.trim()}\n`);
  });

  it("of an empty document is empty", () => {
    expect(markdownOf({ type: "doc", content: [{ type: "paragraph" }] })).toBe("");
  });
});

const EXPECTED = `
## Plan #1

A **bold** word, 2 \\* 3 < 7 & so_on.

un**believ**able<strong>\\!</strong>

- one
- two
  1. 1\\. not a list

* [x] <u>done</u>

> a\\
> b

\`\`\`\`md
\`\`\`js
\`\`\`
\`\`\`\`

<https://example.org/a_b> and [**a link**](https://example.org/a_b)

no link

---

| a\\|b | \`x\\|y\` |
| --- | --- |
|  |  |
`;
