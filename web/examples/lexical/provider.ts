/** `CollabProvider` as Lexical wants a provider: it connects when told to, once Lexical listens. */

import type { CollabProvider } from "@collab/client";
import type { Provider, ProviderAwareness } from "@lexical/yjs";
import { Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import { join } from "../connect.ts";

type Listener = (value: never) => void;

export class LexicalProvider implements Provider {
  readonly awareness: ProviderAwareness;
  readonly #id: string;
  readonly #doc: Doc;
  readonly #setEditable: (editable: boolean) => void;
  readonly #listeners = new Map<string, Set<Listener>>();
  #provider: CollabProvider | undefined;

  constructor(id: string, docs: Map<string, Doc>, setEditable: (editable: boolean) => void) {
    this.#id = id;
    this.#setEditable = setEditable;
    this.#doc = new Doc();
    docs.set(id, this.#doc);
    // Lexical keeps name, colour and selection in it, under names of its own.
    this.awareness = new Awareness(this.#doc) as unknown as ProviderAwareness;
  }

  connect(): void {
    const awareness = this.awareness as unknown as Awareness;
    const provider = join(this.#id, { doc: this.#doc, awareness });
    const allow = () => this.#setEditable(provider.synced && provider.editable);
    provider.on("synced", (synced) => {
      this.#tell("sync", synced);
      allow();
    });
    provider.on("editable", allow);
    provider.on("status", (status) => this.#tell("status", { status }));
    this.#provider = provider;
  }

  disconnect(): void {
    this.#provider?.destroy();
  }

  on(event: string, listener: Listener): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  off(event: string, listener: Listener): void {
    this.#listeners.get(event)?.delete(listener);
  }

  #tell(event: string, value: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(value as never);
  }
}
