/**
 * Random people writing with real Yjs, and the judge of what a server made of it.
 *
 * Reads one JSON request per line, answers one JSON line:
 *   {"do": "session", "seed": n, "steps": n}  plays a session; returns its updates and a checkpoint
 *   {"do": "judge", "seed": n, "states": [[base64, …], …]}  each list of updates, loaded in Yjs, must
 *       equal the people's documents of that session; returns a list of null or what differs
 *   {"do": "apply", "cases": [[base64, …], …]}  loads each list; returns what each document holds
 *   {"do": "compare", "cases": [[[base64, …], [base64, …]], …]}  returns null or what differs, each
 */

import * as Y from "yjs";
import { answerLines, generator } from "./judging.mjs";

const WORDS = [
  "lorem",
  "ipsum",
  "é",
  "naïve",
  "😀",
  "👩‍👩‍👧",
  "漢字",
  " ",
  "\n",
  "a",
  "b",
  "x y z",
];
const MARKS = [
  { bold: true },
  { bold: null },
  { italic: true },
  { link: { href: "https://e.x/" } },
];
const NODES = ["paragraph", "heading", "blockquote", "listItem"];

/** Dice of one session: all its randomness. */
class Dice {
  constructor(seed) {
    this.random = generator(seed);
  }
  below(limit) {
    return Math.floor(this.random() * limit);
  }
  chance(share) {
    return this.random() < share;
  }
  of(list) {
    return list[this.below(list.length)];
  }
}

/** Return a position in a text that does not fall between the halves of a character. */
function boundary(text, dice) {
  const plain = text
    .toDelta()
    .map((part) => (typeof part.insert === "string" ? part.insert : "\0"))
    .join("");
  let position = dice.below(plain.length + 1);
  if (position > 0 && position < plain.length && /[\udc00-\udfff]/.test(plain[position]))
    position -= 1;
  return position;
}

function editText(text, dice) {
  const length = text.length;
  const one = boundary(text, dice);
  const other = boundary(text, dice);
  const [from, to] = one < other ? [one, other] : [other, one];
  const roll = dice.random();
  if (roll < 0.6 || length === 0) {
    const marks = dice.chance(0.2) ? dice.of(MARKS) : undefined;
    text.insert(from, dice.of(WORDS), marks);
  } else if (roll < 0.8 && to > from) {
    text.delete(from, to - from);
  } else if (roll < 0.93 && to > from) {
    text.format(from, to - from, dice.of(MARKS));
  } else if (roll < 0.97) {
    text.insertEmbed(from, { image: "a.png", width: dice.below(100) });
  }
}

function value(dice, depth) {
  const roll = dice.below(depth > 2 ? 8 : 11);
  const plain = [
    null,
    true,
    dice.below(1000) - 500,
    dice.random(),
    dice.of(WORDS),
    { a: [1, { b: null }], c: "d" },
    new Uint8Array([1, 2, dice.below(256)]),
    2 ** 40 + dice.below(9),
  ];
  if (roll < 8) return plain[roll];
  if (roll === 8) return new Y.Text(dice.of(WORDS));
  if (roll === 9) return Y.Array.from([dice.below(9), value(dice, 9)]);
  return new Y.Map([
    ["k", dice.below(9)],
    ["v", value(dice, 9)],
  ]);
}

function editShared(type, dice, depth) {
  if (type instanceof Y.Text) editText(type, dice);
  else if (type instanceof Y.Map) editMap(type, dice, depth);
  else if (type instanceof Y.Array) editArray(type, dice, depth);
}

function editMap(map, dice, depth) {
  const nested = [...map.values()].filter((entry) => entry instanceof Y.AbstractType);
  if (nested.length > 0 && dice.chance(0.5)) return editShared(dice.of(nested), dice, depth + 1);
  const key = dice.of(["a", "b", "c", "ключ"]);
  if (dice.chance(0.2)) map.delete(key);
  else map.set(key, value(dice, depth));
}

function editArray(array, dice, depth) {
  const nested = array.toArray().filter((entry) => entry instanceof Y.AbstractType);
  if (nested.length > 0 && dice.chance(0.4)) return editShared(dice.of(nested), dice, depth + 1);
  const at = dice.below(array.length + 1);
  if (array.length > at && dice.chance(0.35)) array.delete(at, 1 + dice.below(array.length - at));
  else
    array.insert(
      at,
      Array.from({ length: 1 + dice.below(3) }, () => value(dice, depth)),
    );
}

function paragraph(dice, depth) {
  const element = new Y.XmlElement(dice.of(NODES));
  if (dice.chance(0.5)) element.setAttribute("level", String(dice.below(6)));
  const text = new Y.XmlText();
  text.insert(0, dice.of(WORDS));
  element.insert(0, [text]);
  if (depth < 2 && dice.chance(0.3)) element.insert(1, [paragraph(dice, depth + 1)]);
  return element;
}

function editXml(parent, dice, depth) {
  const at = dice.below(parent.length + 1);
  const child = at < parent.length ? parent.get(at) : null;
  if (child === null || dice.chance(0.15)) {
    parent.insert(at, [dice.chance(0.9) ? paragraph(dice, depth) : new Y.XmlText(dice.of(WORDS))]);
  } else if (dice.chance(0.2)) {
    parent.delete(at, 1 + dice.below(Math.min(3, parent.length - at)));
  } else if (child instanceof Y.XmlText) {
    editText(child, dice);
  } else if (dice.chance(0.1)) {
    child.setAttribute(dice.of(["level", "id"]), dice.of(WORDS));
  } else if (dice.chance(0.05)) {
    child.removeAttribute("level");
  } else {
    editXml(child, dice, depth + 1);
  }
}

function edit(doc, dice) {
  const roll = dice.random();
  if (roll < 0.3) editText(doc.getText("text"), dice);
  else if (roll < 0.45) editMap(doc.getMap("map"), dice, 0);
  else if (roll < 0.6) editArray(doc.getArray("array"), dice, 0);
  else editXml(doc.getXmlFragment("prosemirror"), dice, 0);
}

/** Play a session: 2–5 people who write, go offline, undo and hear of each other late. */
function play(seed, steps) {
  const dice = new Dice(seed);
  const updates = [];
  const people = Array.from({ length: 2 + dice.below(4) }, (_, index) => {
    const doc = new Y.Doc();
    doc.clientID = dice.chance(0.5) ? index + 1 : Math.floor(dice.random() * 2 ** 32);
    const person = { index, doc, made: [], heard: [], offline: 0 };
    const roots = [doc.getText("text"), doc.getMap("map"), doc.getXmlFragment("prosemirror")];
    doc.getArray("array");
    person.undo = new Y.UndoManager(roots, { captureTimeout: 0 });
    doc.on("update", (update, _origin, _doc, transaction) => {
      if (!transaction.local) return;
      person.made.push(update);
      updates.push([index, Buffer.from(update).toString("base64")]);
    });
    return person;
  });
  for (const person of people) person.heard = people.map(() => 0);
  let checkpoint = null;
  for (let step = 0; step < steps; step += 1) {
    const person = dice.of(people);
    write(person, people, dice);
    if (dice.chance(0.04)) {
      // Whole states travel too: when somebody reconnects, or tabs talk to each other.
      const known = dice.chance(0.5) ? undefined : Y.encodeStateVector(dice.of(people).doc);
      const state = Y.encodeStateAsUpdate(person.doc, known);
      updates.push([person.index, Buffer.from(state).toString("base64")]);
    }
    if (step === Math.floor(steps / 2)) {
      checkpoint = {
        state: Buffer.from(Y.encodeStateAsUpdate(person.doc)).toString("base64"),
        vector: Buffer.from(Y.encodeStateVector(person.doc)).toString("base64"),
      };
    }
  }
  // Again and again, because hearing of others makes Yjs tidy formatting up, which is news as well.
  for (let known = -1; known < updates.length; ) {
    known = updates.length;
    for (const person of people) hear(person, people, () => true);
  }
  return { people: people.length, updates, checkpoint, result: agreed(seed, people) };
}

/** One person's turn: hear some of the others unless offline, then write, undo or redo. */
function write(person, people, dice) {
  if (person.offline > 0) person.offline -= 1;
  else hear(person, people, () => dice.chance(0.8));
  if (dice.chance(0.05)) person.offline = 5;
  person.doc.transact(() => {
    for (let count = dice.chance(0.3) ? 3 : 1; count > 0; count -= 1) edit(person.doc, dice);
  });
  if (dice.chance(0.06)) person.undo.undo();
  if (dice.chance(0.02)) person.undo.redo();
}

/** Apply what the others made and `person` has not heard of, each as long as `goesOn` says so. */
function hear(person, people, goesOn) {
  for (const other of people) {
    if (other === person) continue;
    while (person.heard[other.index] < other.made.length && goesOn()) {
      Y.applyUpdate(person.doc, other.made[person.heard[other.index]]);
      person.heard[other.index] += 1;
    }
  }
}

/** Return what everybody's document holds. */
function agreed(seed, people) {
  const [result, ...others] = people.map((person) => held(person.doc));
  if (others.some((other) => other !== result)) {
    throw new Error(`seed ${seed}: the people themselves do not agree`);
  }
  return result;
}

/** What an item says, without depending on which class its root was opened as. */
function said(content) {
  if (content instanceof Y.ContentType) return kept(content.type);
  if (content instanceof Y.ContentFormat) return { format: content.key, value: content.value };
  if (content instanceof Y.ContentString) return content.str;
  if (content instanceof Y.ContentDoc) return { guid: content.doc.guid, ...content.opts };
  if (content instanceof Y.ContentBinary) return { binary: [...content.content] };
  return content.getContent().map((entry) => legible(entry));
}

/** JSON-able form of a value that keeps what JSON would lose. */
function legible(entry) {
  if (entry === undefined) return { undefined: true };
  if (typeof entry === "bigint") return { bigint: String(entry) };
  if (typeof entry === "number" && (!Number.isFinite(entry) || Object.is(entry, -0))) {
    return { number: Number.isNaN(entry) ? "NaN" : String(entry) };
  }
  if (entry instanceof Uint8Array) return { binary: [...entry] };
  if (Array.isArray(entry)) return entry.map(legible);
  if (entry !== null && typeof entry === "object") {
    return Object.fromEntries(
      Object.keys(entry)
        .sort()
        .map((key) => [key, legible(entry[key])]),
    );
  }
  return entry;
}

/** Everything undeleted in a shared type, in order; adjacent text joined, as pieces may differ. */
function kept(type) {
  const list = [];
  for (let item = type._start; item !== null; item = item.right) {
    if (item.deleted) continue;
    const entry = said(item.content);
    if (typeof entry === "string" && typeof list.at(-1) === "string")
      list[list.length - 1] += entry;
    else if (Array.isArray(entry) && Array.isArray(list.at(-1))) list.at(-1).push(...entry);
    else list.push(entry);
  }
  const keys = [...type._map.keys()].filter((key) => !type._map.get(key).deleted).sort();
  const map = keys.map((key) => [key, said(type._map.get(key).content)]);
  return { name: type.nodeName ?? null, list, map };
}

/** Everything a document holds, as text: contents, clocks and deletions. */
function held(doc) {
  const roots = [...doc.share.keys()].sort().map((key) => [key, kept(doc.share.get(key))]);
  const shown = roots.filter(([, root]) => root.list.length > 0 || root.map.length > 0);
  const clocks = [...Y.decodeStateVector(Y.encodeStateVector(doc))].sort(
    (one, other) => one[0] - other[0],
  );
  const deleted = [...Y.createDeleteSetFromStructStore(doc.store).clients]
    .map(([client, ranges]) => [client, joined(ranges)])
    .sort((one, other) => one[0] - other[0]);
  const pending = doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
  return JSON.stringify({ shown, clocks, deleted, pending });
}

function joined(ranges) {
  const result = [];
  for (const { clock, len } of ranges) {
    if (result.length > 0 && result.at(-1)[1] === clock) result.at(-1)[1] += len;
    else result.push([clock, clock + len]);
  }
  return result;
}

function load(updates) {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, Buffer.from(update, "base64"));
  return doc;
}

/** Return null when two texts are equal, else the surroundings of their first difference. */
function difference(expected, got) {
  if (expected === got) return null;
  let at = 0;
  while (expected[at] === got[at]) at += 1;
  const from = Math.max(0, at - 150);
  return `expected …${expected.slice(from, at + 150)}… got …${got.slice(from, at + 150)}…`;
}

/** Return what `action` returns, or the error it throws as text. */
function attempt(action) {
  try {
    return action();
  } catch (error) {
    return `Yjs throws: ${error.stack}`;
  }
}

const results = new Map();

const actions = {
  session({ seed, steps }) {
    const { result, ...session } = play(seed, steps);
    results.set(seed, result);
    return session;
  },
  judge({ seed, states }) {
    const expected = results.get(seed);
    results.delete(seed);
    return states.map((updates) => attempt(() => difference(expected, held(load(updates)))));
  },
  apply({ cases }) {
    return cases.map((updates) => attempt(() => held(load(updates))));
  },
  compare({ cases }) {
    return cases.map(([one, other]) =>
      attempt(() => difference(held(load(one)), held(load(other)))),
    );
  },
};

await answerLines(actions);
