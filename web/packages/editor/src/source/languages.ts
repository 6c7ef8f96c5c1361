/** The programming languages that can be shown; each is a file of its own. */

import { LanguageDescription, type LanguageSupport } from "@codemirror/language";
import { languages } from "@codemirror/language-data";

/** Return the language with this name («TypeScript»), file name («main.py») or ending («py»). */
export function describe(name: string): LanguageDescription | null {
  const wanted = name.trim();
  return (
    LanguageDescription.matchLanguageName(languages, wanted, false) ??
    LanguageDescription.matchFilename(languages, wanted) ??
    LanguageDescription.matchFilename(languages, `text.${wanted.replace(/^\./, "")}`)
  );
}

/** Return what the editor needs for it; nothing for a language nobody knows. */
export async function codeLanguage(name: string): Promise<LanguageSupport | []> {
  return (await describe(name)?.load()) ?? [];
}
