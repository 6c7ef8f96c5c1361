/** Fetching moments: what is asked again is there at once, and the newest wish wins. */

import type { Content, Diff, HistoryClient } from "@collab/client";

/** A moment and what changed since another. */
export interface View {
  readonly content: Content;
  readonly diff: Diff;
}

const KEPT = 60;
/** A slider passes many moments on its way: asked is only where it rests this long. */
const REST_MS = 70;
/** Comparing may take this long before the text is shown without its changes. */
const PATIENCE_MS = 80;
/** A server that takes longer than this is not asked for more than is wanted. */
const QUICK_MS = 300;

export class MomentLoader {
  readonly #client: Pick<HistoryClient, "content" | "diff">;
  readonly #kept = new Map<string, View>();
  #wish = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | null = null;
  #lastMs = 0;

  constructor(client: Pick<HistoryClient, "content" | "diff">) {
    this.#client = client;
  }

  /** Return the view if it is here already. */
  known(from: number, to: number): View | undefined {
    const key = `${from}:${to}`;
    const view = this.#kept.get(key);
    if (view) {
      this.#kept.delete(key);
      this.#kept.set(key, view);
    }
    return view;
  }

  /**
   * Fetch a view; resolves to null if another was wished for meanwhile. `early` gets the text alone if
   * comparing takes longer. Throws `ApiError`.
   */
  async load(
    from: number,
    to: number,
    early: (content: Content) => void = () => {},
  ): Promise<View | null> {
    this.cancel();
    const wish = this.#wish;
    const known = this.known(from, to);
    if (known) return known;
    await new Promise((resolve) => {
      this.#timer = setTimeout(resolve, REST_MS);
    });
    if (wish !== this.#wish) return null;
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const view = await this.#fetch(from, to, asking.signal, (content) => {
        if (wish === this.#wish) early(content);
      });
      return wish === this.#wish ? view : null;
    } catch (error) {
      if (wish !== this.#wish) return null;
      throw error;
    }
  }

  /** Fetch what will probably be wished for next, quietly. */
  async prefetch(from: number, to: number): Promise<void> {
    if (this.#kept.has(`${from}:${to}`) || this.#lastMs > QUICK_MS) return;
    const asking = this.#asking ?? new AbortController();
    await this.#fetch(from, to, asking.signal).catch(() => undefined);
  }

  /** Nothing that is on its way is wanted any more. */
  cancel(): void {
    this.#wish += 1;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }

  /** Forget everything: the history was changed. */
  forget(): void {
    this.#kept.clear();
  }

  async #fetch(
    from: number,
    to: number,
    signal: AbortSignal,
    early: (content: Content) => void = () => {},
  ): Promise<View> {
    const started = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const reading = this.#client.content(to, signal).then((content) => {
      timer = setTimeout(() => early(content), PATIENCE_MS);
      return content;
    });
    try {
      const [content, diff] = await Promise.all([
        reading,
        this.#client.diff(from, to, true, signal),
      ]);
      this.#keep(`${from}:${to}`, { content, diff });
      return { content, diff };
    } finally {
      clearTimeout(timer);
      this.#lastMs = performance.now() - started;
    }
  }

  #keep(key: string, view: View): void {
    this.#kept.set(key, view);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
