/** Which classes the parts of a source text have; what they look like is in `source.css`. */

import { syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tagHighlighter, tags } from "@lezer/highlight";

const { special, definition, function: named } = tags;

const highlighter = tagHighlighter([
  { tag: tags.heading1, class: "ce-tok-heading ce-tok-heading-1" },
  { tag: tags.heading2, class: "ce-tok-heading ce-tok-heading-2" },
  { tag: tags.heading3, class: "ce-tok-heading ce-tok-heading-3" },
  { tag: tags.heading, class: "ce-tok-heading" },
  { tag: tags.emphasis, class: "ce-tok-emphasis" },
  { tag: tags.strong, class: "ce-tok-strong" },
  { tag: tags.strikethrough, class: "ce-tok-strike" },
  { tag: tags.monospace, class: "ce-tok-mono" },
  { tag: tags.quote, class: "ce-tok-quote" },
  { tag: [tags.link, tags.url], class: "ce-tok-link" },
  {
    tag: [tags.processingInstruction, tags.contentSeparator, tags.labelName],
    class: "ce-tok-mark",
  },
  { tag: [tags.meta, tags.comment, tags.punctuation], class: "ce-tok-comment" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], class: "ce-tok-keyword" },
  { tag: [tags.string, tags.inserted], class: "ce-tok-string" },
  { tag: [tags.regexp, tags.escape, special(tags.string)], class: "ce-tok-literal" },
  { tag: tags.atom, class: "ce-tok-atom" },
  { tag: [tags.bool, tags.number, tags.literal], class: "ce-tok-literal" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], class: "ce-tok-type" },
  { tag: [tags.propertyName, tags.attributeName], class: "ce-tok-property" },
  { tag: [definition(tags.variableName), named(tags.variableName)], class: "ce-tok-name" },
  { tag: [tags.invalid, tags.deleted], class: "ce-tok-invalid" },
]);

/** Mark the parts of the text, in whichever language it is. */
export function highlighting(): Extension {
  return syntaxHighlighting(highlighter);
}
