import { expect, test } from "vitest";
import * as Y from "yjs";
import { holdsThings, watchForThings } from "../../src/source/guard.ts";

/** Two documents that hear of each other's changes. */
function pair(): [Y.Text, Y.Text] {
  const [one, other] = [new Y.Doc(), new Y.Doc()];
  one.on("update", (update, origin) => origin !== other && Y.applyUpdate(other, update, one));
  other.on("update", (update, origin) => origin !== one && Y.applyUpdate(one, update, other));
  return [one.getText("text"), other.getText("text")];
}

test("text and its formats are text; what is embedded is not", () => {
  const text = new Y.Doc().getText("text");
  text.insert(0, "bold", { bold: true });
  text.format(0, 2, { link: "https://example.org" });
  expect(holdsThings(text)).toBe(false);
  text.insertEmbed(1, { image: "a.png" });
  expect(holdsThings(text)).toBe(true);
  text.delete(1, 1);
  expect(holdsThings(text)).toBe(false);
});

test("what another embeds is noticed once, before anybody who observes the text is told", () => {
  const [ours, theirs] = pair();
  const told: string[] = [];
  const observer = () => told.push("observer");
  ours.observe(observer);
  watchForThings(ours, () => {
    told.push("alarm");
    ours.unobserve(observer);
  });
  theirs.insert(0, "some text", { bold: true });
  theirs.format(0, 4, { bold: null });
  theirs.delete(0, 1);
  expect(told).toEqual(["observer", "observer", "observer"]);
  theirs.insertEmbed(2, new Y.Map());
  theirs.insertEmbed(2, { image: "a.png" });
  expect(told).toEqual(["observer", "observer", "observer", "alarm"]);
});

test("things elsewhere in the document are none of our business", () => {
  const [ours, theirs] = pair();
  const stop = watchForThings(ours, () => expect.unreachable());
  theirs.doc?.getText("other").insertEmbed(0, { image: "a.png" });
  theirs.doc?.getArray("list").push([1, {}]);
  stop();
  theirs.insertEmbed(0, { image: "a.png" });
  expect(ours.length).toBe(1);
});
