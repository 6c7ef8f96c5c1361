/** What can be done to the document from its history, each asked first and with a way back. */

import type { Diff, HistoryClient, MomentRef, RevertRequest } from "@collab/client";
import { h } from "../dom.ts";
import { toast } from "../toast.ts";
import type { People } from "./authors.ts";
import { confirm } from "./confirm.ts";
import { placed } from "./places.ts";
import { renderBlocks } from "./render.ts";
import { backwards, isNothing, sumsOf, willChange } from "./summary.ts";

export interface ActionContext {
  readonly client: HistoryClient;
  readonly people: People;
  /** Where the question is asked. */
  readonly host: HTMLElement;
  /** Where it is said what was done; stays when the history is closed. */
  readonly overlay: HTMLElement;
}

/**
 * Ask, then make the document say again what it said; `then` is that, if it is known. Resolves to
 * whether it was done.
 */
export function restore(
  context: ActionContext,
  moment: MomentRef,
  then: unknown,
  what: string,
): Promise<boolean> {
  const { client } = context;
  return confirm(context.host, {
    title: `Restore ${what}?`,
    action: "Restore",
    look: async () => {
      const diff = backwards(await client.diff(moment, "now", true));
      const summary = willChange(diff, { type: "restore", what }, names(context, diff));
      return told(context, diff, then, summary);
    },
    act: async () => {
      const before = await client.restore(moment);
      offerUndo(context, `Restored ${what}.`, before.restoredSequence, before.id);
    },
  });
}

/** Ask with a preview, then take somebody's edits back. Resolves to whether it was done. */
export function takeBack(
  context: ActionContext,
  request: RevertRequest,
  whose: string,
): Promise<boolean> {
  const { client } = context;
  return confirm(context.host, {
    title: `Take back ${whose}?`,
    action: "Take back",
    look: async () => {
      const { diff } = await client.revert({ ...request, preview: true });
      return told(context, diff, null, willChange(diff, { type: "revert", whose }, []));
    },
    act: async () => {
      const { before, sequence } = await client.revert({ ...request, preview: false });
      if (before && sequence) offerUndo(context, `Took back ${whose}.`, sequence, before.id);
      else toast("Nothing had to be taken back.", undefined, context.overlay);
    },
  });
}

function names({ people }: ActionContext, diff: Diff): string[] {
  people.learn(diff.authors);
  return sumsOf(diff).authors.map((id) => people.calledName(id));
}

function told({ people }: ActionContext, diff: Diff, content: unknown, summary: string) {
  people.learn(diff.authors);
  if (isNothing(sumsOf(diff))) return { summary, nothing: true };
  const all = placed(diff.blocks, content);
  const changed = all.filter(({ block }) => block.change !== "same");
  const detail = h("div", { class: "ProseMirror ce-history-doc" });
  detail.append(renderBlocks(changed, people));
  return { summary, detail };
}

/** Offer the way back from an edit of ours: `sequence` is that edit, `before` the version it kept. */
function offerUndo(
  { client, overlay }: ActionContext,
  message: string,
  sequence: number,
  before: string,
): void {
  const run = async () => {
    await undo(client, sequence, before);
    toast("Undone: what was taken away is back.", undefined, overlay);
  };
  toast(message, { label: "Undo", run }, overlay);
}

/**
 * If nobody wrote since, the version before is the way back: it keeps everybody's authorship. Otherwise
 * only that one edit is taken back, so that what others typed since stays.
 */
async function undo(client: HistoryClient, sequence: number, before: string): Promise<void> {
  const { sequence: now } = await client.timeline({ limit: 1 });
  if (now === sequence) await client.restore(before);
  else await client.revert({ from: sequence, to: sequence, preview: false });
}
