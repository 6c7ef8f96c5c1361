/** Cursors as they travel in awareness: where they are, and whether what others sent is one at all. */

import * as Y from "yjs";
import { safeColor } from "../color.ts";
import { SOURCE_FIELD } from "../field.ts";

/** Somebody's cursor, told to all in the awareness field `cursor`. */
export interface Cursor {
  readonly anchor: Y.RelativePosition;
  readonly head: Y.RelativePosition;
}

/** Whose cursor it is, made safe to show. */
export interface Owner {
  readonly name: string;
  /** `#rrggbb` */
  readonly color: string;
}

/** A cursor in the text as it is now. */
export interface Place {
  readonly anchor: number;
  readonly head: number;
}

/** Anyone may send any state: return the cursor and its owner only of a well-formed one. */
export function readCursor(state: unknown): { cursor: Cursor; owner: Owner } | null {
  const { cursor, user } = isRecord(state) ? state : {};
  if (!isRecord(cursor)) return null;
  const { anchor, head } = cursor;
  if (!isPlace(anchor) || !isPlace(head)) return null;
  return {
    cursor: {
      anchor: Y.createRelativePositionFromJSON(anchor),
      head: Y.createRelativePositionFromJSON(head),
    },
    owner: ownerOf(user),
  };
}

/** Return where `cursor` is in `text`; null if it is elsewhere, or stands on text not here yet. */
export function placeOf(cursor: Cursor, text: Y.Text): Place | null {
  const anchor = indexOf(cursor.anchor, text);
  const head = indexOf(cursor.head, text);
  return anchor === null || head === null ? null : { anchor, head };
}

/** Return the cursor that says `place` in `text`. */
export function cursorAt(place: Place, text: Y.Text): Cursor {
  return {
    anchor: Y.createRelativePositionFromTypeIndex(text, place.anchor),
    head: Y.createRelativePositionFromTypeIndex(text, place.head),
  };
}

/** Return whether both stand at the same characters. */
export function isSame(one: Cursor, other: Cursor): boolean {
  return (
    Y.compareRelativePositions(one.anchor, other.anchor) &&
    Y.compareRelativePositions(one.head, other.head)
  );
}

/**
 * Return whether `value` is a Yjs relative position in our text. Yjs throws on others, and makes a new
 * shared type for every name it does not know.
 */
export function isPlace(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { type, tname, item, assoc } = value;
  const isWhole = [type, item].every((id) => isAbsent(id) || isId(id));
  const isOurs = isAbsent(tname) || tname === SOURCE_FIELD;
  const leads = [type, tname, item].some((part) => !isAbsent(part));
  return isWhole && isOurs && leads && (isAbsent(assoc) || typeof assoc === "number");
}

function indexOf(position: Y.RelativePosition, text: Y.Text): number | null {
  const { doc } = text;
  const found = doc && Y.createAbsolutePositionFromRelativePosition(position, doc);
  return found && found.type === text ? found.index : null;
}

function ownerOf(user: unknown): Owner {
  const { name, color } = isRecord(user) ? user : {};
  return { name: typeof name === "string" && name ? name : "Guest", color: safeColor(color) };
}

function isId(value: unknown): boolean {
  return isRecord(value) && isCount(value["client"]) && isCount(value["clock"]);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
