import { expect, test } from "vitest";
import { markdownToHtml } from "../../src/source/markdown.ts";

test("tables, crossed-out text and to-do lists are known", () => {
  expect(markdownToHtml("~~old~~")).toBe("<p><s>old</s></p>\n");
  expect(markdownToHtml("|a|\n|-|\n|b|")).toContain("<td>b</td>");
  const tasks = markdownToHtml("- [x] done\n- [ ] *open*\n- [y] none\n\n[ ] none");
  expect(tasks).toContain('<li><input type="checkbox" disabled="" checked=""> done</li>');
  expect(tasks).toContain('<li><input type="checkbox" disabled=""> <em>open</em></li>');
  expect(tasks).toContain("<li>[y] none</li>");
  expect(tasks).toContain("<p>[ ] none</p>");
});

test("HTML is shown as text", () => {
  expect(markdownToHtml("<img src=x onerror=alert(1)>")).toBe(
    "<p>&lt;img src=x onerror=alert(1)&gt;</p>\n",
  );
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "//example.org",
])("%s is no link and no image", (address) => {
  const html = markdownToHtml(`[a](${address}) ![a](${address}) <${address}>`);
  expect(html).not.toMatch(/href|src/);
});

test("safe addresses are links", () => {
  expect(markdownToHtml("[a](https://example.org/?a=b)")).toContain(
    '<a href="https://example.org/?a=b">a</a>',
  );
});
