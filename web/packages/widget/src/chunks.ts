/** The parts of the editor that are big: asked for when an element is there, again when that fails. */

import type { MarkdownToHtml } from "./formats.ts";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** What is loaded lazily. Every element of a page gets the same. */
export const PARTS = {
  formats: () => import("./parts/formats.ts"),
  rich: () => import("./parts/rich.ts"),
  source: () => import("./parts/source.ts"),
  /** What makes HTML of Markdown. */
  markdown: (): Promise<{ readonly markdownToHtml: MarkdownToHtml }> =>
    import("./parts/source.ts").then(({ loadMarkdown }) => loadMarkdown()),
  history: () => import("./parts/history.ts"),
} as const;

export type Parts = { readonly [P in keyof typeof PARTS]: Awaited<ReturnType<(typeof PARTS)[P]>> };

/**
 * Load with `load`, as often as it takes: after a while, and as soon as the network is back. `failed`
 * hears of every failure. Never settles once `signal` is aborted.
 */
export function persistently<T>(
  load: () => Promise<T>,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<T> {
  return new Promise((resolve) => {
    let wait = FIRST_WAIT_MS;
    const attempt = () => {
      if (signal.aborted) return;
      load().then(
        (part) => {
          if (!signal.aborted) resolve(part);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          failed(error);
          later(attempt, wait, signal);
          wait = Math.min(LONGEST_WAIT_MS, wait * 2);
        },
      );
    };
    attempt();
  });
}

/** Call `attempt` once: after `waitMs`, or as soon as the network is back. */
function later(attempt: () => void, waitMs: number, signal: AbortSignal): void {
  const stop = () => {
    clearTimeout(timer);
    globalThis.removeEventListener?.("online", go);
    signal.removeEventListener("abort", stop);
  };
  const go = () => {
    stop();
    attempt();
  };
  const timer = setTimeout(go, waitMs);
  globalThis.addEventListener?.("online", go);
  signal.addEventListener("abort", stop);
}
