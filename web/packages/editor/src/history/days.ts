/** The list by days, and times as people say them. Pure: the present is an argument. */

import type { Entry } from "./moments.ts";

export interface Day {
  /** Local date, as `YYYY-MM-DD`. */
  readonly key: string;
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** Group a list that is newest first. */
export function daysOf(entries: readonly Entry[], now: Date): Day[] {
  const days: { key: string; title: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const at = entry.at ? new Date(entry.at) : now;
    const key = dayKey(at);
    const last = days.at(-1);
    if (last?.key === key) last.entries.push(entry);
    else days.push({ key, title: dayTitle(at, now), entries: [entry] });
  }
  return days;
}

/** Return «Today», «Yesterday», or the date; with its year if that is another one. */
export function dayTitle(at: Date, now: Date): string {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (dayKey(at) === dayKey(now)) return "Today";
  if (dayKey(at) === dayKey(yesterday)) return "Yesterday";
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return at.toLocaleDateString("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...year,
  });
}

/** Return the time of day: «14:05». */
export function clock(at: string | number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** Return a moment in words: «today, 14:05», «Monday 3 March, 14:05». */
export function momentWords(at: string | number, now: Date): string {
  const title = dayTitle(new Date(at), now);
  return `${/day$/.test(title) ? title.toLowerCase() : title}, ${clock(at)}`;
}

/** Return «14:05» or «14:05–14:20». */
export function span(from: string, to: string): string {
  const [start, end] = [clock(from), clock(to)];
  return start === end ? start : `${start}–${end}`;
}

/** Return «1 edit», «1,204 edits». */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString("en")} ${amount === 1 ? one : many}`;
}

/** Return «Ann», «Ann and Ben», «Ann, Ben and Cy», «Ann, Ben and 3 others». */
export function namesOf(names: readonly string[]): string {
  if (names.length > 4) return `${names.slice(0, 2).join(", ")} and ${names.length - 2} others`;
  return listed(names);
}

/** Return «a», «a and b», «a, b and c». */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts[0] ?? "";
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function dayKey(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
