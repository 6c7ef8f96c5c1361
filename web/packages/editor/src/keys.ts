/** Keys as people know them on their machine. */

const IS_APPLE = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** Return keys as people know them on their machine. */
export function spelledKeys(keys: string): string {
  const names: Record<string, string> = IS_APPLE
    ? { Mod: "⌘", Shift: "⇧", Alt: "⌥" }
    : { Mod: "Ctrl", Shift: "Shift", Alt: "Alt" };
  const parts = keys.split("-").map((key) => names[key] ?? key.toUpperCase());
  return parts.join(IS_APPLE ? "" : "+");
}

/** Return keys in the form of `aria-keyshortcuts`. */
export function ariaKeys(keys: string): string {
  return keys.replace("Mod", IS_APPLE ? "Meta" : "Control").replaceAll("-", "+");
}
