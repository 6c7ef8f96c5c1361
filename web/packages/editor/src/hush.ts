/** Taking back a short word: apart from saying it, which comes later where the text is to come soon. */

const closers = new WeakMap<HTMLElement, () => void>();

/** Remember how to take back what is said in `place`. */
export function onHush(place: HTMLElement, close: () => void): void {
  closers.set(place, close);
}

/** Take back what was said in `place`. */
export function hush(place: HTMLElement): void {
  closers.get(place)?.();
  closers.delete(place);
}
