/** The text in a frame, whichever editor shows it. */

import type { CollabProvider } from "@collab/client";

/** What screen readers say of a text besides what stands in it. */
export interface Spoken {
  /** What it is called; “Document text”, if left out. */
  readonly label?: string | undefined;
  /** Whether something has to be written there. */
  readonly required?: boolean | undefined;
}

export interface SurfaceOptions {
  readonly provider: CollabProvider;
  /** Whether the host lets people write, if left out yes; their role counts besides. */
  readonly editable?: boolean | undefined;
  /** Shown while there is no text. */
  readonly placeholder?: string | undefined;
  /** Whether there are tools above the text; yes, if left out. */
  readonly toolbar?: boolean | undefined;
  /** The language of the text, for spelling and speech (BCP 47); in code, the programming language. */
  readonly language?: string | undefined;
  /** What screen readers say of the text. */
  readonly spoken?: Spoken | undefined;
  /** Put the cursor into the text once it is there. */
  readonly autofocus?: boolean | undefined;
  /** The text is there; it may be again, after it was taken away. */
  opened?(): void;
  /** The text cannot be shown here: why, in words for the person. */
  failed?(message: string): void;
}

export interface Surface {
  /** Whether the text is there. */
  readonly isOpen: boolean;
  /** Put the cursor where it last was in the text, without scrolling. */
  focus(): void;
  /** Let people write, or not. Their role counts besides. */
  setEditable(wanted: boolean): void;
  /** Null: the editor's own. */
  setPlaceholder(text: string | null): void;
  setToolbar(shown: boolean): void;
  setLanguage(tag: string | null): void;
  setSpoken(spoken: Spoken): void;
  /** Take the text away; the provider and the frame stay. */
  destroy(): void;
}

/** Return what the text's element says of itself. */
export function spokenAttributes({ label, required }: Spoken): Record<string, string> {
  return { "aria-label": label ?? "Document text", ...(required && { "aria-required": "true" }) };
}
