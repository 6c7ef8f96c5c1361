/** Who wrote which part of the text, read off the shared document itself. Pure. */

import type { ClientOwner } from "@collab/client";
import * as Y from "yjs";

/** A stretch of the ProseMirror document that one person wrote. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly author: string;
}

export interface Runs {
  readonly runs: readonly Run[];
  /** Size of the ProseMirror document's content, as the shared document says. */
  readonly size: number;
  /** Yjs clients that nobody is known for. */
  readonly unknown: ReadonlySet<number>;
}

/** Says who wrote as which Yjs client. */
export class Owners {
  readonly #of = new Map<number, ClientOwner[]>();

  constructor(clients: readonly ClientOwner[]) {
    for (const one of clients) {
      const claims = this.#of.get(one.client) ?? [];
      claims.push(one);
      this.#of.set(one.client, claims);
    }
    for (const claims of this.#of.values()) claims.sort((a, b) => a.first - b.first);
  }

  /** Return the authors of `length` clocks from `clock` on, in order; null for nobody known. */
  parts(
    client: number,
    clock: number,
    length: number,
  ): { author: string | null; length: number }[] {
    const parts: { author: string | null; length: number }[] = [];
    const end = clock + length;
    let at = clock;
    let author: string | null = null;
    for (const claim of this.#of.get(client) ?? []) {
      if (claim.first >= end) break;
      if (claim.first > at) {
        parts.push({ author, length: claim.first - at });
        at = claim.first;
      }
      author = claim.author;
    }
    parts.push({ author, length: end - at });
    return parts;
  }
}

/** Return who wrote what in `fragment`; `isLeaf` knows the nodes that hold nothing. */
export function runsOf(
  fragment: Y.XmlFragment,
  owners: Owners,
  isLeaf: (name: string) => boolean,
): Runs {
  const walk = new Walk(owners, isLeaf);
  walk.children(fragment);
  return { runs: walk.runs, size: walk.at, unknown: walk.unknown };
}

class Walk {
  readonly runs: { from: number; to: number; author: string }[] = [];
  readonly unknown = new Set<number>();
  at = 0;
  readonly #owners: Owners;
  readonly #isLeaf: (name: string) => boolean;

  constructor(owners: Owners, isLeaf: (name: string) => boolean) {
    this.#owners = owners;
    this.#isLeaf = isLeaf;
  }

  children(parent: Y.XmlFragment): void {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) this.#text(child);
      else if (child instanceof Y.XmlElement) this.#element(child);
    }
  }

  #element(element: Y.XmlElement): void {
    this.at += 1;
    if (this.#isLeaf(element.nodeName)) return;
    this.children(element);
    this.at += 1;
  }

  #text(text: Y.XmlText): void {
    for (let item = text._start; item !== null; item = item.right) {
      if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
      const { client, clock } = item.id;
      for (const { author, length } of this.#owners.parts(client, clock, item.length)) {
        if (author === null) this.unknown.add(client);
        else this.#add(author, length);
        this.at += length;
      }
    }
  }

  #add(author: string, length: number): void {
    const last = this.runs.at(-1);
    if (last?.author === author && last.to === this.at) last.to += length;
    else this.runs.push({ from: this.at, to: this.at + length, author });
  }
}
