/** Addresses that may be opened. The server has the same list (`collab/library/nodes.py`). */

// biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip these inside of a scheme.
const SAFE = /^(?:https?:\/\/|mailto:|tel:|\/(?!\/)|#)[^\u0000-\u0020\u007f]*$/i;
const LONGEST = 2_048;

/** Return whether `value` is a link that runs nothing: http(s), mail, telephone, or a path. */
export function isSafeUrl(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST && SAFE.test(value);
}

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Return whether `value` may stand in a link of the text. What people type without a scheme
 * («example.org») may, if the editor's own check `isPlain` says so.
 */
export function mayLink(value: unknown, isPlain: (value: string) => boolean): boolean {
  if (value === null || value === undefined || isSafeUrl(value)) return true;
  return (
    typeof value === "string" && !SCHEME.test(value) && !/^[/\\]{2}/.test(value) && isPlain(value)
  );
}
