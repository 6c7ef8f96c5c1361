import type { BlockChange, Diff, Segment, Stretch, Version } from "@collab/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { freeColor, People } from "../src/history/authors.ts";
import { daysOf, dayTitle, momentWords, namesOf, span } from "../src/history/days.ts";
import { MomentLoader } from "../src/history/loader.ts";
import { entriesOf, lanes, momentBefore, walked, writingAt } from "../src/history/moments.ts";
import { newestStretches, newestVersions } from "../src/history/store.ts";
import { backwards, changesOf, isNothing, sumsOf, willChange } from "../src/history/summary.ts";

const ann = { id: "ann", name: "Ann" };
const ben = { id: "ben", name: "Ben" };

function version(id: number, sequence: number, at: string, name: string | null = null): Version {
  const kind = name ? "named" : "session";
  const common = { createdBy: ann, authors: [{ ...ann, updates: 3 }], createdAt: at };
  return { id: `v${id}`, sequence, kind, name, ...common };
}

function stretch(
  author: typeof ann,
  first: number,
  last: number,
  at = "2026-03-02T10:00:00",
): Stretch {
  const times = { startedAt: at, endedAt: at };
  return { author, first, last, ...times, updates: last - first + 1, bytes: 10 };
}

describe("the list of moments", () => {
  const versions = [
    version(2, 20, "2026-03-02T12:00:00", "Draft"),
    version(1, 10, "2026-03-01T09:00:00"),
  ];

  it("begins with the present as long as no version is of it", () => {
    const entries = entriesOf(versions, [], 25);
    expect(entries.map(({ sequence, isNow }) => [sequence, isNow])).toEqual([
      [25, true],
      [20, false],
      [10, false],
    ]);
    expect(entriesOf(versions, [], 20)[0]).toMatchObject({ isNow: true, version: { id: "v2" } });
  });

  it("puts below every moment the editing that led to it, cut where a moment cuts it", () => {
    const long = { ...stretch(ann, 8, 12), endedAt: "2026-03-02T10:04:00" };
    const entries = entriesOf(versions, [stretch(ben, 21, 25), long, stretch(ben, 1, 10)], 25);
    const shown = entries.map((entry) => entry.stretches.map(({ first, last }) => [first, last]));
    expect(shown).toEqual([
      [[21, 25]],
      [[11, 12]],
      [
        [8, 10],
        [1, 10],
      ],
    ]);
    expect(entries[0]?.authors).toEqual([{ ...ben, updates: 5 }]);
    // The version says that Ann's edits before it were three.
    expect(entries[2]?.stretches.map(({ updates }) => updates)).toEqual([3, 10]);
    const [cut] = entries[1]?.stretches ?? [];
    expect(cut?.startedAt).toBe(new Date("2026-03-02T10:03:00").toISOString());
  });

  it("shows a document nobody wrote in as its present", () => {
    expect(entriesOf([], [], 0)).toMatchObject([{ sequence: 0, isNow: true, at: "" }]);
  });

  it("goes by days, with their names", () => {
    const now = new Date("2026-03-02T18:00:00");
    const days = daysOf(entriesOf(versions, [stretch(ann, 21, 25)], 25), now);
    expect(days.map(({ title, entries }) => [title, entries.length])).toEqual([
      ["Today", 2],
      ["Yesterday", 1],
    ]);
    expect(dayTitle(new Date("2026-02-03T01:00:00"), now)).toBe("Tuesday 3 February");
    expect(dayTitle(new Date("2025-02-03T01:00:00"), now)).toContain("2025");
    expect(momentWords("2026-03-02T09:05:00", now)).toBe("today, 09:05");
  });

  it("says times and names as people do", () => {
    expect(span("2026-03-02T09:05:00", "2026-03-02T09:05:40")).toBe("09:05");
    expect(span("2026-03-02T09:05:00", "2026-03-02T09:20:00")).toBe("09:05–09:20");
    expect(namesOf(["Ann", "Ben"])).toBe("Ann and Ben");
    expect(namesOf(["A", "B", "C", "D", "E"])).toBe("A, B and 3 others");
  });
});

describe("walking through time", () => {
  const walk = { least: 0, most: 100, stops: [100, 60, 20] };

  it.each([
    ["ArrowRight", 50, 51],
    ["ArrowLeft", 0, 0],
    ["ArrowUp", 100, 100],
    ["PageDown", 60, 20],
    ["PageDown", 20, 0],
    ["PageUp", 20, 60],
    ["PageUp", 21, 60],
    ["PageUp", 100, 100],
    ["Home", 50, 0],
    ["End", 50, 100],
    ["Enter", 50, null],
  ])("%s at %i leads to %s", (key, at, to) => {
    expect(walked(key, at, walk)).toBe(to);
  });

  it("compares with the entry before", () => {
    const entries = entriesOf([version(2, 20, ""), version(1, 10, "")], [], 25);
    expect([25, 20, 15, 10, 0].map((at) => momentBefore(at, entries))).toEqual([20, 10, 10, 0, 0]);
  });

  it("knows who wrote and when", () => {
    const long = { ...stretch(ann, 1, 11), endedAt: "2026-03-02T10:10:00" };
    const at = writingAt(6, [long, stretch(ben, 20, 30)]);
    expect(at).toEqual({ author: ann, at: Date.parse("2026-03-02T10:05:00") });
    expect(writingAt(15, [long])).toBeNull();
    expect(writingAt(5, [long, stretch(ben, 5, 6)])?.author).toBe(ben);
  });

  it("lays what overlaps into lanes of its own", () => {
    const laid = lanes([stretch(ann, 1, 10), stretch(ben, 5, 7), stretch(ann, 11, 12)], 3);
    expect(laid.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  });
});

const text = (change: Segment["change"], said: string, author?: string): Segment => ({
  change,
  text: said,
  marks: {},
  author: author ?? null,
});

function block(change: BlockChange["change"], ...segments: Segment[]): BlockChange {
  return { change, kind: "paragraph", path: [], attributes: {}, segments };
}

function diff(...blocks: BlockChange[]): Diff {
  return { fromSequence: 3, toSequence: 9, authors: [ann, ben], blocks, values: [] };
}

describe("what a difference comes to", () => {
  const some = diff(
    block("same", text("same", "as it was")),
    block("added", text("added", "two words", "ann")),
    block("changed", text("same", "kept "), text("removed", "don’t go", "ben")),
    block("movedHere", text("same", "far")),
    block("movedAway", text("removed", "far")),
  );

  it("counts blocks and words, and whose they are", () => {
    expect(sumsOf(some)).toEqual({
      blocksAdded: 1,
      blocksRemoved: 0,
      blocksChanged: 1,
      blocksMoved: 1,
      wordsAdded: 2,
      wordsRemoved: 2,
      values: 0,
      authors: ["ann", "ben"],
    });
    expect(changesOf(sumsOf(some))).toBe(
      "1 block added · 1 block changed · 1 block moved · 2 words added · 2 words removed",
    );
  });

  it("says in a sentence what a restore does", () => {
    const said = willChange(backwards(some), { type: "restore", what: "“Draft”" }, ["Ann", "Ben"]);
    expect(said).toBe(
      "Restoring “Draft” brings back 2 words, removes 1 block with 2 words, changes 1 block and moves 1 block; edits by Ann and Ben are affected.",
    );
  });

  it("says when nothing will change", () => {
    const same = diff(block("same", text("same", "x")));
    expect(isNothing(sumsOf(same))).toBe(true);
    expect(changesOf(sumsOf(same))).toBe("No changes");
    const said = willChange(same, { type: "revert", whose: "Ann’s edits" }, []);
    expect(said).toBe("Taking back Ann’s edits changes nothing: the document already says this.");
  });

  it("turns around and back to what it was", () => {
    expect(sumsOf(backwards(backwards(some)))).toEqual(sumsOf(some));
    const heading: BlockChange = {
      ...block("changed"),
      kind: "heading",
      kindBefore: "paragraph",
      attributes: { level: 1 },
      attributesBefore: {},
    };
    expect(backwards(diff(heading)).blocks[0]).toMatchObject({
      kind: "paragraph",
      kindBefore: "heading",
      attributes: {},
    });
  });
});

describe("people", () => {
  it("keep their colour, their own if they are here", () => {
    const people = new People();
    const color = people.colorOf("ben");
    expect(people.colorOf("ben")).toBe(color);
    expect(people.colorOf("ann")).not.toBe(color);
    people.meet([{ ...ben, name: "Benjamin", color: "#123456", role: "editor" }], "ben");
    people.learn([ben]);
    expect([people.colorOf("ben"), people.calledName("ben")]).toEqual([
      "#123456",
      "Benjamin (you)",
    ]);
    expect(people.nameOf("nobody")).toBe("Somebody");
  });

  it("who chose the same colour are told apart", () => {
    const people = new People();
    const two = [ann, ben].map((one) => ({ ...one, color: "#b4432f", role: "editor" as const }));
    people.meet(two, "ann");
    expect(people.colorOf("ann")).toBe("#b4432f");
    expect(people.colorOf("ben")).not.toBe("#b4432f");
  });

  it("share a colour only when all are taken", () => {
    const taken = new Set<string>();
    for (let i = 0; i < 10; i += 1) taken.add(freeColor(`person ${i}`, taken));
    expect(taken.size).toBe(10);
    expect(taken).toContain(freeColor("one more", taken));
  });
});

describe("pages", () => {
  it("are replaced as far as the new first page reaches", () => {
    const known = [version(3, 30, ""), version(2, 20, ""), version(1, 10, "")];
    const renamed = { ...version(3, 30, "", "Named") };
    const page = { versions: [version(4, 40, ""), renamed], nextCursor: "x" };
    expect(newestVersions(known, page).map(({ id, name }) => [id, name])).toEqual([
      ["v4", null],
      ["v3", "Named"],
      ["v2", null],
      ["v1", null],
    ]);
    expect(newestVersions(known, { ...page, nextCursor: null })).toHaveLength(2);
    const line = { stretches: [stretch(ann, 21, 30)], sequence: 30, nextTo: 20 };
    const stretches = newestStretches([stretch(ann, 21, 25), stretch(ben, 1, 20)], line);
    expect(stretches.map(({ last }) => last)).toEqual([30, 20]);
  });
});

describe("MomentLoader", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function loaderThat(compares: () => Promise<Diff>) {
    const asked: number[] = [];
    const content = async (sequence: number) => {
      asked.push(sequence);
      return { sequence, value: { type: "doc" } };
    };
    return { asked, loader: new MomentLoader({ content, diff: compares }) };
  }

  it("gives only the newest wish, and knows what it fetched", async () => {
    const { asked, loader } = loaderThat(async () => diff());
    void loader.load(0, 1);
    const second = loader.load(0, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await second)?.content.sequence).toBe(2);
    expect((await loader.load(0, 2))?.content.sequence).toBe(2);
    expect(asked).toEqual([2]);
  });

  it("shows the text early when comparing takes long, unless something else is wished for", async () => {
    const slow = () => new Promise<Diff>((resolve) => setTimeout(() => resolve(diff()), 900));
    const { loader } = loaderThat(slow);
    const early = vi.fn();
    const view = loader.load(0, 1, early);
    await vi.advanceTimersByTimeAsync(300);
    expect(early).toHaveBeenCalledExactlyOnceWith({ sequence: 1, value: { type: "doc" } });
    await vi.advanceTimersByTimeAsync(900);
    expect(await view).not.toBeNull();
    const dropped = vi.fn();
    const old = loader.load(0, 2, dropped);
    await vi.advanceTimersByTimeAsync(75);
    loader.cancel();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await old).toBeNull();
    expect(dropped).not.toHaveBeenCalled();
  });

  it("does not ask a slow server for more than is wanted", async () => {
    const slow = () => new Promise<Diff>((resolve) => setTimeout(() => resolve(diff()), 900));
    const { asked, loader } = loaderThat(slow);
    void loader.load(0, 1);
    await vi.advanceTimersByTimeAsync(2_000);
    await loader.prefetch(0, 2);
    expect(asked).toEqual([1]);
  });
});
