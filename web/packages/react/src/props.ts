/** What `<CollabEditor>` takes, and what of it the element's tag says. */

import type {
  CollabEditorElement,
  CollabEditorEventMap,
  Extensions,
  Format,
  InitialContent,
  Mode,
  Theme,
} from "@collab/widget";
import type { HTMLAttributes, ReactNode } from "react";

export type TokenProvider = NonNullable<CollabEditorElement["tokenProvider"]>;

type Event<E extends keyof CollabEditorEventMap> = (event: CollabEditorEventMap[E]) => void;

/** All of it may change at any time. Only another server, document, link or mode opens anew. */
export interface CollabEditorProps extends Omit<HTMLAttributes<HTMLElement>, Ours> {
  /** The server's address; by default the one the widget's script came from. */
  readonly server?: string | undefined;
  /** The id of the document. */
  readonly document: string;
  /** A token signed by the host application. */
  readonly token?: string | undefined;
  /** Asked for a token when there is none or it has ended. */
  readonly tokenProvider?: TokenProvider | undefined;
  /** The secret of a share link. */
  readonly link?: string | undefined;
  /** What the person is called, where nobody has to prove who they are. */
  readonly name?: string | undefined;
  /** The person's colour, `#rrggbb`. */
  readonly color?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly editable?: boolean | undefined;
  readonly theme?: Theme | undefined;
  readonly placeholder?: string | undefined;
  readonly toolbar?: boolean | undefined;
  readonly history?: boolean | undefined;
  readonly language?: string | undefined;
  /** What the text is called in its form's data. */
  readonly field?: string | undefined;
  readonly format?: Format | undefined;
  readonly required?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** Tiptap extensions, taken when the document is opened. */
  readonly extensions?: Extensions | undefined;
  /** What a document that nobody has written in is to begin with. */
  readonly initialContent?: InitialContent | string | undefined;
  readonly onReady?: Event<"ready"> | undefined;
  readonly onStatus?: Event<"status"> | undefined;
  readonly onSaved?: Event<"saved"> | undefined;
  readonly onPresence?: Event<"presence"> | undefined;
  readonly onChange?: Event<"change"> | undefined;
  readonly onError?: Event<"error"> | undefined;
  /** For the element's slots: `<span slot="start">…</span>`. */
  readonly children?: ReactNode;
}

type Ours = "color" | "onChange" | "onError" | "children";

/** Called with the element's events of these names. */
export const HANDLERS = {
  ready: "onReady",
  status: "onStatus",
  saved: "onSaved",
  presence: "onPresence",
  change: "onChange",
  error: "onError",
} as const satisfies Record<keyof CollabEditorEventMap, keyof CollabEditorProps>;

/** What only a script can give, and what need not stand in a page that a server has rendered. */
export interface Given {
  readonly token: string | undefined;
  readonly link: string | undefined;
  readonly tokenProvider: TokenProvider | undefined;
  readonly extensions: Extensions | undefined;
  readonly initialContent: InitialContent | string | undefined;
}

/**
 * Return the tag's attributes, the same for every React: 18 writes everything into the tag, 19 sets
 * the element's properties where there are any.
 */
export function attributesOf(props: CollabEditorProps): Record<string, unknown> {
  const { className, editable, toolbar, history, required, disabled, ...others } = props;
  const rest: Record<string, unknown> = { ...others };
  for (const name of [...Object.values(HANDLERS), ...GIVEN]) delete rest[name];
  return {
    ...rest,
    class: className,
    editable: flag(editable),
    toolbar: flag(toolbar),
    history: flag(history),
    required: required ? "true" : undefined,
    disabled: disabled ? "true" : undefined,
  };
}

const GIVEN: readonly (keyof Given)[] = [
  "token",
  "link",
  "tokenProvider",
  "extensions",
  "initialContent",
];

function flag(wanted: boolean | undefined): string | undefined {
  return wanted === undefined ? undefined : String(wanted);
}

/** Give the element what has changed since `before`; before it is defined it keeps it for later. */
export function give(element: CollabEditorElement, before: Given | null, now: Given): void {
  for (const name of GIVEN) {
    const [was, is] = [before?.[name], now[name]];
    if (was !== is) Object.assign(element, { [name]: is ?? null });
  }
}
