/** Attributes that can be relied on. The server has the same list (`collab/library/nodes.py`). */

import { isSafeUrl } from "../urls.ts";
import type { DocMark, DocNode } from "./nodes.ts";

const LANGUAGE = /^[A-Za-z0-9_+#.-]{1,40}$/;
const WIDEST = 1_000;
const LAST_START = 1_000_000;

type Level = 1 | 2 | 3 | 4 | 5 | 6;

export function levelOf({ attrs }: DocNode): Level {
  return (whole(attrs?.["level"], 1, 6) ?? 1) as Level;
}

export function languageOf({ attrs }: DocNode): string | undefined {
  const language = attrs?.["language"];
  return typeof language === "string" && LANGUAGE.test(language) ? language : undefined;
}

export function startOf({ attrs }: DocNode): number {
  return whole(attrs?.["start"], 0, LAST_START) ?? 1;
}

export function spanOf({ attrs }: DocNode, name: "colspan" | "rowspan"): number {
  return whole(attrs?.[name], 1, WIDEST) ?? 1;
}

/** Return where a link leads, if it may be followed. */
export function addressOf({ attrs }: DocMark): string | undefined {
  return isSafeUrl(attrs?.["href"]) ? attrs["href"] : undefined;
}

/** Return where a picture is, if it may be fetched. */
export function sourceOf({ attrs }: DocNode): string | undefined {
  return isSafeUrl(attrs?.["src"]) ? attrs["src"] : undefined;
}

/** Return what a picture shows, in words. */
export function alternativeOf({ attrs }: DocNode): string | undefined {
  const text = attrs?.["alt"];
  return typeof text === "string" && text.length <= 2_000 ? text : undefined;
}

function whole(value: unknown, least: number, most: number): number | undefined {
  const isIn = Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
  return isIn ? (value as number) : undefined;
}
