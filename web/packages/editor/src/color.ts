/** Colours of people. */

/** Colours that carry white text and stand out on light and dark paper. */
export const PALETTE = [
  "#b4432f",
  "#b45309",
  "#7a6a00",
  "#3f7d20",
  "#0f766e",
  "#0369a1",
  "#4054c8",
  "#7c3aed",
  "#a21caf",
  "#be185d",
] as const;

const HEX = /^#[0-9a-f]{6}$/i;

/** Return `value` if it is a `#rrggbb` colour, otherwise a quiet grey. */
export function safeColor(value: unknown): string {
  return typeof value === "string" && HEX.test(value) ? value : "#6b7280";
}

/** Return black or white, whichever reads better on `color` (`#rrggbb`). */
export function inkOn(color: string): "#000000" | "#ffffff" {
  const channel = (at: number) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return light > 0.18 ? "#000000" : "#ffffff";
}

/** Return up to two letters that stand for a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("") || "?";
}
