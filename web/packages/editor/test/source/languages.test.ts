import { expect, test } from "vitest";
import { codeLanguage, describe } from "../../src/source/languages.ts";

test.each([
  ["TypeScript", "TypeScript"],
  ["typescript", "TypeScript"],
  [" js ", "JavaScript"],
  ["py", "Python"],
  [".py", "Python"],
  ["main.rs", "Rust"],
  ["C++", "C++"],
  ["Dockerfile", "Dockerfile"],
])("%j is %s", (name, language) => {
  expect(describe(name)?.name).toBe(language);
});

test("a language nobody knows is none, and no error", async () => {
  for (const name of ["", "no such language", "__proto__"]) {
    expect(describe(name)).toBeNull();
    expect(await codeLanguage(name)).toEqual([]);
  }
});
