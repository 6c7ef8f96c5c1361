import { describe, expect, test } from "vitest";
import type { Parts } from "../src/chunks.ts";
import { type Fetch, type InitialContent, seedUpdate } from "../src/seed.ts";

/** Parts as they come: the editor itself is told what was made of the content. */
const fetch = (async (part: string) =>
  part === "markdown"
    ? { markdownToHtml: (source: string) => `<h1>${source.slice(2)}</h1>` }
    : {
        richSeed: (html: string, client: number) => new TextEncoder().encode(`${html} ${client}`),
      }) as unknown as Fetch;

async function made(content: unknown, mode: "rich" | "plain" = "rich"): Promise<Uint8Array> {
  const none: Parameters<Parts["rich"]["richSeed"]>[2] = [];
  return await seedUpdate(mode, content as InitialContent, none, fetch);
}

describe("the first content", () => {
  test("Markdown is made HTML of by the part that is fetched for it", async () => {
    const said = new TextDecoder().decode(await made({ value: "# Hi", format: "markdown" }));
    expect(said).toMatch(/^<h1>Hi<\/h1> \d+$/);
  });

  test.each([5, {}, ["a"], true])("%j is none, in any mode", async (value) => {
    for (const mode of ["rich", "plain"] as const) {
      await expect(made({ value }, mode)).rejects.toThrow("its value is no string");
    }
  });
});
