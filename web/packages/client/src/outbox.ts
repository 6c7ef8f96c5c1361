/** The edits of this replica that are not yet durable, in memory and, after a moment, on this device. */

import * as Y from "yjs";
import { type EditStore, type KeptEdits, pageStore } from "./keeper.ts";
import { belongsTo, outlived, ownerOf } from "./owners.ts";

/** Edits saved this soon never touch the device's store. */
const PATIENCE_MS = 250;
/** Writes of this page that are under way, by scope: who opens the document next waits for them. */
const UNDER_WAY = new Map<string, Promise<void>>();

interface Edit {
  readonly number: number;
  readonly update: Uint8Array;
  /** Given to the store. */
  written: boolean;
  /** The store has it. */
  kept: boolean;
}

/**
 * Holds numbered edits, hands them out to be sent, and forgets them once they are settled. What the
 * store does not take lasts as long as the page; without a store nothing outlives the outbox.
 */
export class Outbox {
  readonly #store: EditStore | null;
  readonly #scope: string;
  readonly #changed: () => void;
  #edits: Edit[] = [];
  #kept: readonly KeptEdits[] = [];
  /** Keys in the store, each with the latest edit it holds. */
  #written: { key: number; through: number }[] = [];
  #settled = 0;
  #epoch: number | null = null;
  #owner: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Whether the device's store works; then closing the page loses nothing. */
  lasting = true;

  /** `changed` is called when edits have been kept, or cannot be. */
  constructor(store: EditStore | null, scope: string, changed: () => void = () => {}) {
    this.#store = store;
    this.#scope = scope;
    this.#changed = changed;
    this.lasting = store !== null;
  }

  /** Whether every edit held here is on this device already. */
  get allKept(): boolean {
    return this.lasting && this.#edits.every((edit) => edit.kept);
  }

  /** Read what an earlier visit could not save. */
  async load(): Promise<void> {
    if (!this.#store) return;
    await UNDER_WAY.get(this.#scope);
    await this.#attempt(async (store) => {
      this.#kept = await store.load(this.#scope);
    });
    this.#kept = [...this.#kept, ...pageStore.load(this.#scope)];
  }

  /** Return how many of the person's kept edits belong to `epoch`. */
  countOf(epoch: number, person: string): number {
    return this.#of(person).filter((one) => one.epoch === epoch).length;
  }

  /** Return how many of the person's kept edits belong to other epochs; they are never merged. */
  strayCountOf(epoch: number, person: string): number {
    return this.#of(person).filter((one) => one.epoch !== epoch).length;
  }

  /**
   * Take over the person's kept edits of `epoch`, numbered from `first`; returns them to be applied.
   * What is kept for others stays where it is, within bounds. All that is added is the person's.
   */
  adopt(epoch: number, person: string, first: number): readonly Uint8Array[] {
    this.#epoch = epoch;
    this.#owner = ownerOf(person);
    const mine = this.#of(person).filter((one) => one.epoch === epoch);
    const over = outlived(this.#owner, this.#kept, Date.now());
    this.#kept = this.#kept.filter((one) => !mine.includes(one) && !over.includes(one));
    this.#forget(over.map((one) => one.key));
    mine.forEach(({ key, update }, i) => {
      const isStored = key > 0;
      this.#edits.push({ number: first + i, update, written: isStored, kept: isStored });
      if (isStored) this.#written.push({ key, through: first + i });
      else pageStore.forget([key]);
    });
    if (this.#edits.some((edit) => !edit.written)) this.#writeSoon();
    return mine.map((one) => one.update);
  }

  /** Add the local edit with this number. `hopeful`: its acknowledgement is near, so wait for that. */
  add(number: number, update: Uint8Array, hopeful: boolean): void {
    this.#edits.push({ number, update, written: false, kept: false });
    if (hopeful) this.#writeSoon();
    else void this.write();
  }

  /** Return edits `from` to `through` as one update. */
  merged(from: number, through: number): Uint8Array {
    const chosen = this.#edits.filter((edit) => edit.number >= from && edit.number <= through);
    const first = chosen[0];
    return chosen.length === 1 && first
      ? first.update
      : Y.mergeUpdates(chosen.map((e) => e.update));
  }

  /** Forget edits up to `through`: the server has them for good. */
  settle(through: number): void {
    this.#settled = Math.max(this.#settled, through);
    this.#edits = this.#edits.filter((edit) => edit.number > through);
    if (this.#edits.every((edit) => edit.written)) this.#stopTimer();
    this.#forgetSettled();
  }

  /** Write what is not yet written now: the page may be about to close. */
  write(): Promise<void> {
    this.#stopTimer();
    const [epoch, owner] = [this.#epoch, this.#owner];
    const fresh = this.#edits.filter((edit) => !edit.written);
    const last = fresh.at(-1);
    if (epoch === null || !last) return this.#writing;
    for (const edit of fresh) edit.written = true;
    const update = Y.mergeUpdates(fresh.map((edit) => edit.update));
    const edits = { epoch, owner, at: Date.now(), update };
    const kept = (key: number) => {
      this.#written.push({ key, through: last.number });
      this.#forgetSettled();
      this.#changed();
    };
    const keep = async (store: EditStore) => {
      const key = await store.keep(this.#scope, edits);
      for (const edit of fresh) edit.kept = true;
      kept(key);
    };
    const otherwise = () => kept(pageStore.keep(this.#scope, edits));
    this.#writing = this.#writing.then(() => this.#attempt(keep, otherwise));
    this.#announce(this.#writing);
    return this.#writing;
  }

  /** Write what is left, then let go of the store. */
  async close(): Promise<void> {
    await this.write();
    this.#store?.close?.();
  }

  #announce(writing: Promise<void>): void {
    UNDER_WAY.set(this.#scope, writing);
    void writing.then(() => {
      if (UNDER_WAY.get(this.#scope) === writing) UNDER_WAY.delete(this.#scope);
    });
  }

  #writeSoon(): void {
    this.#timer ??= setTimeout(() => void this.write(), PATIENCE_MS);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #forgetSettled(): void {
    const done = this.#written.filter((one) => one.through <= this.#settled);
    this.#written = this.#written.filter((one) => one.through > this.#settled);
    this.#forget(done.map((one) => one.key));
  }

  #forget(keys: readonly number[]): void {
    if (keys.length === 0) return;
    pageStore.forget(keys);
    void this.#attempt((store) => store.forget(keys));
  }

  #of(person: string): readonly KeptEdits[] {
    return this.#kept.filter((one) => belongsTo(ownerOf(person), one));
  }

  async #attempt(work: (store: EditStore) => Promise<void>, otherwise = () => {}): Promise<void> {
    if (!this.#store) return;
    try {
      await work(this.#store);
    } catch {
      // The browser refuses its store (a private window, a full disk): memory is what is left.
      this.lasting = false;
      otherwise();
      this.#changed();
    }
  }
}
