/** The parser of Markdown, and what keys do that need to know how the text is read. */

import { markdownLanguage as base, markdown } from "@codemirror/lang-markdown";

import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { blockLines } from "./blocks.ts";
import { describe } from "./languages.ts";
import { MARKDOWN_KEYS } from "./tools.ts";

/** Return Markdown as GitHub has it; code inside of it in its own language. */
export function markdownLanguage(): Extension {
  const language = markdown({
    base,
    codeLanguages: describe,
    completeHTMLTags: false,
    extensions: { remove: ["Subscript", "Superscript", "Emoji"] },
  });
  return [language, blockLines(), keymap.of(MARKDOWN_KEYS)];
}
