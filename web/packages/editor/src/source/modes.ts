/** What the modes of source text have of their own, and the languages, fetched when they are used. */

import { defaultKeymap, indentWithTab, insertNewline, standardKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { highlighting } from "./highlight.ts";

export type Mode = "markdown" | "code" | "plain";

/** Return what `mode` has besides what all have. */
export function modeExtensions(mode: Mode): Extension {
  return MODES[mode];
}

const PROSE = EditorView.contentAttributes.of({
  spellcheck: "true",
  autocorrect: "on",
  autocapitalize: "sentences",
  writingsuggestions: "true",
});

const MODES: Readonly<Record<Mode, Extension>> = {
  // As in a text area: no key does anything clever.
  plain: [
    EditorView.lineWrapping,
    PROSE,
    keymap.of([{ key: "Enter", run: insertNewline, shift: insertNewline }, ...standardKeymap]),
  ],
  markdown: [EditorView.lineWrapping, PROSE, highlighting(), keymap.of(defaultKeymap)],
  code: [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    highlighting(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("  "),
    EditorState.allowMultipleSelections.of(true),
    EditorView.contentAttributes.of({
      "aria-description": "Tab indents. Press Escape and then Tab to leave the text.",
    }),
    keymap.of([indentWithTab, ...defaultKeymap]),
  ],
};

/** Return the language of a text in `mode`; in code, that with this name or file ending. */
export async function languageOf(mode: Mode, name: string | null): Promise<Extension> {
  if (mode === "plain" || (mode === "code" && !name)) return [];
  const languages = await import("./languages.ts");
  if (mode === "code") return languages.codeLanguage(name ?? "");
  return (await import("./markdown-language.ts")).markdownLanguage();
}
