/** A document, live and read-only, as long as its editor has not come. */

import type * as Y from "yjs";
import { h } from "../dom.ts";
import { FIELD, SOURCE_FIELD } from "../field.ts";
import { elementOf } from "./elements.ts";
import { nodesOfChild } from "./nodes.ts";

export type ReadingMode = "rich" | "markdown" | "code" | "plain";

export interface ReadingView {
  readonly element: HTMLElement;
  destroy(): void;
}

/** Return the text of `doc`, read-only and live, as its editor will show it. */
export function readingView(doc: Y.Doc, mode: ReadingMode): ReadingView {
  return mode === "rich" ? richView(doc.getXmlFragment(FIELD)) : sourceView(doc, mode);
}

const ATTRIBUTES = {
  part: "text",
  role: "document",
  "aria-label": "Document text",
  "data-testid": "reading",
};

function richView(fragment: Y.XmlFragment): ReadingView {
  const element = h("div", { ...ATTRIBUTES, class: "ProseMirror ce-reading" });
  const drawn = new Map<unknown, Node[]>();
  const show = () => {
    const children = fragment.toArray();
    const fresh = children.map((child) => {
      const nodes = drawn.get(child) ?? nodesOfChild(child).map((node) => elementOf(node));
      drawn.set(child, nodes);
      return nodes;
    });
    element.replaceChildren(...fresh.flat());
  };
  const frames = inFrames(show);
  const changed = (_: unknown, { changedParentTypes }: Y.Transaction) => {
    for (const type of changedParentTypes.keys()) drawn.delete(type);
    frames.ask();
  };
  show();
  fragment.observeDeep(changed);
  return {
    element,
    destroy: () => {
      frames.stop();
      fragment.unobserveDeep(changed);
    },
  };
}

function sourceView(doc: Y.Doc, mode: ReadingMode): ReadingView {
  const text = doc.getText(SOURCE_FIELD);
  const element = h("div", {
    ...ATTRIBUTES,
    class: `ce-source ce-source-${mode} ce-reading`,
  });
  const show = () => {
    element.textContent = text.toString();
  };
  const frames = inFrames(show);
  show();
  text.observe(frames.ask);
  return {
    element,
    destroy: () => {
      frames.stop();
      text.unobserve(frames.ask);
    },
  };
}

/** Do `show` when it is asked for, at most once a frame. */
function inFrames(show: () => void): { ask(): void; stop(): void } {
  let frame: number | null = null;
  return {
    ask: () => {
      frame ??= requestAnimationFrame(() => {
        frame = null;
        show();
      });
    },
    stop: () => {
      if (frame !== null) cancelAnimationFrame(frame);
    },
  };
}
