/** Markdown as HTML, for whoever wants to show it. */

import MarkdownIt from "markdown-it";
import { isSafeUrl } from "../urls.ts";

const parser = new MarkdownIt({ html: false });
parser.validateLink = isSafeUrl;

const TASK = /^\[([ xX])\][ \t]+/;

// Tables and crossed-out text are built in; to-do lists are not.
parser.core.ruler.after("inline", "tasks", ({ tokens, Token }) => {
  tokens.forEach((token, at) => {
    const isFirst =
      tokens[at - 1]?.type === "paragraph_open" && tokens[at - 2]?.type === "list_item_open";
    const text = token.children?.[0];
    const found = isFirst && text?.type === "text" ? TASK.exec(text.content) : null;
    if (!text || !found) return;
    text.content = text.content.slice(found[0].length);
    const box = new Token("task", "input", 0);
    box.attrs = [
      ["type", "checkbox"],
      ["disabled", ""],
    ];
    if (found[1] !== " ") box.attrPush(["checked", ""]);
    token.children?.unshift(box);
  });
});
parser.renderer.rules["task"] = (tokens, at, options, _env, self) =>
  `${self.renderToken(tokens, at, options)} `;

/**
 * Return the HTML of a Markdown text: CommonMark with the tables, crossed-out text and to-do lists of
 * GitHub. HTML inside of it is shown as text, and unsafe addresses are no links.
 */
export function markdownToHtml(text: string): string {
  return parser.render(text);
}
