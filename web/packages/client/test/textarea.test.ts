import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { spliceBetween } from "../src/splice.ts";
import { bindTextarea, type TextareaOptions } from "../src/textarea.ts";

/** As much of the browser's field as the binding uses, by the rules of the HTML standard. */
class Field extends EventTarget {
  #value = "";
  selectionStart = 0;
  selectionEnd = 0;
  scrollTop = 0;
  scrollLeft = 0;
  readOnly = false;

  get value(): string {
    return this.#value;
  }

  set value(text: string) {
    this.#value = text.replace(/\r\n?/g, "\n");
    this.setSelectionRange(this.#value.length, this.#value.length);
  }

  setSelectionRange(start: number, end: number): void {
    this.selectionStart = start;
    this.selectionEnd = end;
  }

  setRangeText(words: string, start: number, end: number): void {
    const [from, to] = [this.selectionStart, this.selectionEnd];
    const length = words.replace(/\r\n?/g, "\n").length;
    const next = this.#value.slice(0, start) + words + this.#value.slice(end);
    const shift = length - (end - start);
    const keep = (at: number, inside: number) => (at > end ? at + shift : at > start ? inside : at);
    this.value = next;
    this.setSelectionRange(keep(from, start), keep(to, start + length));
  }

  /** What a person does: replace the selection. */
  type(words: string): void {
    const { selectionStart: at, selectionEnd: end } = this;
    this.#value = this.#value.slice(0, at) + words + this.#value.slice(end);
    this.setSelectionRange(at + words.length, at + words.length);
    this.dispatchEvent(new Event("input"));
  }

  press(key: string, more: object = {}): boolean {
    const event = new Event("keydown", { cancelable: true });
    return this.dispatchEvent(Object.assign(event, { key, ctrlKey: true, ...more }));
  }
}

const leave: (() => void)[] = [];
afterEach(() => {
  for (const end of leave.splice(0)) end();
});

function bound(words: string, options: TextareaOptions = {}) {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  text.insert(0, words);
  const field = new Field();
  leave.push(bindTextarea(field as unknown as HTMLTextAreaElement, text, options));
  /** Somebody else's copy, brought in with `arrive`. */
  const other = new Y.Doc();
  Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
  const theirs = other.getText("text");
  const arrive = () => Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), "network");
  return { text, field, theirs, arrive };
}

describe("spliceBetween", () => {
  it.each([
    ["letter typed among its like", "llll", "lllll", 2, { index: 1, removed: 0, inserted: "l" }],
    ["letter taken from its like", "llll", "lll", 1, { index: 1, removed: 1, inserted: "" }],
    ["word replaced", "one two", "one 2", 5, { index: 4, removed: 3, inserted: "2" }],
    ["caret elsewhere", "abc", "aXbc", 0, { index: 1, removed: 0, inserted: "X" }],
    ["caret at the end", "abc", "aXbc", 4, { index: 1, removed: 0, inserted: "X" }],
    ["half a pair alike", "😀", "😁", 2, { index: 0, removed: 2, inserted: "😁" }],
    [
      "other half alike",
      "\u{1f600}",
      "\u{1f200}",
      2,
      { index: 0, removed: 2, inserted: "\u{1f200}" },
    ],
    ["everything gone", "abc", "", 0, { index: 0, removed: 3, inserted: "" }],
  ])("%s", (_, before, after, caret, splice) => {
    expect(spliceBetween(before, after, caret)).toEqual(splice);
  });

  it("is null when nothing happened", () => {
    expect(spliceBetween("a", "a", 1)).toBeNull();
  });
});

describe("bindTextarea", () => {
  it("puts what is typed where it was typed", () => {
    const { text, field } = bound("hello world");
    expect(field.value).toBe("hello world");
    field.setSelectionRange(6, 11);
    field.type("you");
    expect(text.toString()).toBe("hello you");
  });

  it("puts a repeated letter between the letters, for everybody", () => {
    const { text, field, theirs, arrive } = bound("aa");
    theirs.insert(1, "-");
    field.setSelectionRange(1, 1);
    field.type("a");
    arrive();
    expect([text.toString(), field.value]).toEqual(["a-aa", "a-aa"].map(() => text.toString()));
    expect(text.toString()).toMatch(/^a(-a|a-)a$/);
  });

  it("keeps caret, selection and scroll when others write", () => {
    const { field, theirs, arrive } = bound("one two three");
    field.setSelectionRange(4, 7);
    field.scrollTop = 40;
    theirs.insert(0, "zero ");
    theirs.insert(theirs.length, " four");
    arrive();
    expect(field.value).toBe("zero one two three four");
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe("two");
    expect(field.scrollTop).toBe(40);
  });

  it("leaves a word that is being composed alone, and takes others' words afterwards", () => {
    const { text, field, theirs, arrive } = bound("hello world");
    field.setSelectionRange(6, 6);
    field.dispatchEvent(new Event("compositionstart"));
    field.type("に");
    theirs.insert(0, "oh, ");
    theirs.insert(theirs.length, "!");
    arrive();
    expect(field.value).toBe("hello にworld");
    expect(text.toString()).toBe("oh, hello world!");
    field.setSelectionRange(6, 7);
    field.type("日本");
    field.dispatchEvent(new Event("compositionend"));
    expect(text.toString()).toBe("oh, hello 日本world!");
    expect(field.value).toBe(text.toString());
    expect(field.selectionEnd).toBe("oh, hello 日本".length);
  });

  it("does not take away what others put into words that were being replaced", () => {
    const { text, field, theirs, arrive } = bound("a word b");
    field.setSelectionRange(2, 6);
    field.dispatchEvent(new Event("compositionstart"));
    field.type("語");
    theirs.insert(4, "+");
    arrive();
    field.dispatchEvent(new Event("compositionend"));
    expect(text.toString()).toContain("+");
    expect(text.toString()).toContain("語");
    expect(text.toString()).not.toMatch(/wo|rd/);
    expect(field.value).toBe(text.toString());
  });

  it("keeps line ends of another kind, and counts them as one", () => {
    const { text, field, theirs, arrive } = bound("one\r\ntwo\r\nthree");
    expect(field.value).toBe("one\ntwo\nthree");
    field.setSelectionRange(8, 8);
    field.type("a\n");
    expect(text.toString()).toBe("one\r\ntwo\r\na\nthree");
    theirs.insert(0, "zero\r\n");
    arrive();
    expect(field.value).toBe("zero\none\ntwo\na\nthree");
    field.setSelectionRange(4, 5);
    field.type("");
    expect(text.toString()).toBe("zeroone\r\ntwo\r\na\nthree");
  });

  it("takes what a script wrote into the field at the next chance", () => {
    const { text, field, theirs, arrive } = bound("abc");
    field.value = "abcd";
    theirs.insert(0, "x");
    arrive();
    expect(text.toString()).toBe("xabcd");
    expect(field.value).toBe("xabcd");
  });

  it("undoes and redoes this field's edits only", () => {
    const { text, field, theirs, arrive } = bound("", { undo: true });
    field.type("mine");
    theirs.insert(0, "theirs ");
    arrive();
    expect(field.press("z")).toBe(false);
    expect(field.value).toBe("theirs ");
    field.press("z", { shiftKey: true });
    expect(text.toString()).toMatch(/mine/);
    expect(field.value).toBe(text.toString());
    expect(field.selectionEnd).toBe(field.value.indexOf("mine") + 4);
  });

  it("works with a manager that was given, and gives it back", () => {
    const manager = new Y.UndoManager(new Y.Doc().getText("text"));
    const before = manager.trackedOrigins.size;
    const { field } = bound("", { undo: manager });
    expect(manager.trackedOrigins.size).toBe(before + 1);
    for (const end of leave.splice(0)) end();
    expect(manager.trackedOrigins.size).toBe(before);
    expect(field.press("z")).toBe(true);
  });

  it("lets go of both", () => {
    const { text, field, theirs, arrive } = bound("a");
    for (const end of leave.splice(0)) end();
    theirs.insert(0, "b");
    arrive();
    expect(field.value).toBe("a");
    field.type("c");
    expect(text.toString()).toBe("ba");
  });

  it("ends up alike whatever two people do", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 200; round += 1) {
      const pair = bound("a\r\nbb\rccc😀ddd");
      for (let move = 0; move < 12; move += 1) makeMove(pair, random);
      pair.field.dispatchEvent(new Event("compositionend"));
      expect(pair.field.value).toBe(pair.text.toString().replace(/\r\n?/g, "\n"));
    }
  });
});

function makeMove(
  { field, theirs, arrive }: ReturnType<typeof bound>,
  random: (below: number) => number,
): void {
  const at = random(field.value.length + 1);
  field.setSelectionRange(at, Math.min(field.value.length, at + random(4)));
  if (random(4) === 0) field.dispatchEvent(new Event("compositionstart"));
  field.type(["a", "bb", "", "\n"][random(4)] as string);
  const place = random(theirs.length + 1);
  if (random(2) === 0) theirs.insert(place, ["b", "c\r\n", "d"][random(3)] as string);
  else theirs.delete(place, Math.min(2, theirs.length - place));
  arrive();
  if (random(2) === 0) field.dispatchEvent(new Event("compositionend"));
}
