/** Times as people say them. */

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
  [4.35, "week"],
  [12, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];

/** Return how long before `now` (ms) the RFC 3339 time `then` was: «5 minutes ago». */
export function ago(then: string, now: number): string {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  let amount = Math.max(0, (now - Date.parse(then)) / 1000);
  if (Number.isNaN(amount)) return "";
  if (amount < 45) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.round(amount) < size) return words.format(-Math.round(amount), unit);
    amount /= size;
  }
  return "";
}
