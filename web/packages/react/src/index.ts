/** @collab/react: `<CollabEditor>`, the widget as a React component. */

import type { CollabEditorElement, CollabEditorEventMap } from "@collab/widget";
import {
  createElement,
  type ForwardRefExoticComponent,
  forwardRef,
  type RefAttributes,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from "react";
import { attributesOf, type CollabEditorProps, type Given, give, HANDLERS } from "./props.ts";
import { LastingProvider } from "./tokens.ts";

export type {
  ChangeDetail,
  CollabEditorElement,
  CollabEditorEventMap,
  ErrorDetail,
  Format,
  InitialContent,
  Mode,
  PresenceDetail,
  ReadyDetail,
  StatusDetail,
  Theme,
} from "@collab/widget";
export type { CollabEditorProps, TokenProvider } from "./props.ts";

const TAG = "collab-editor";
/** On a server there is no layout, and older Reacts complain. */
const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** A shared document. The `ref` is the element, with its methods. */
export const CollabEditor: ForwardRefExoticComponent<
  CollabEditorProps & RefAttributes<CollabEditorElement>
> = forwardRef<CollabEditorElement, CollabEditorProps>(function CollabEditor(props, ref) {
  const { children, ...attributes } = attributesOf(props);
  const element = useRef<CollabEditorElement>(null);
  useGiven(element, props);
  useHandlers(element, props);
  useWidget(element);
  useImperativeHandle(ref, () => element.current as CollabEditorElement, []);
  return createElement(TAG, { ...attributes, ref: element }, props.children);
});

type ElementRef = { readonly current: CollabEditorElement | null };

/** Give the element what cannot stand in its tag, before it opens anything. */
function useGiven(element: ElementRef, props: CollabEditorProps): void {
  const { server, document, mode, token, link, tokenProvider, initialContent } = props;
  const given = useRef<Given | null>(null);
  const lasting = useRef<LastingProvider | null>(null);
  const opened = useRef({ key: "", extensions: props.extensions });
  useBeforePaint(() => {
    lasting.current ??= new LastingProvider(() => {
      if (!(element.current && given.current)) return;
      const now = { ...given.current, tokenProvider: lasting.current?.provider };
      give(element.current, given.current, now);
      given.current = now;
    });
    lasting.current.want(tokenProvider, element.current?.status === "signed-out");
    // A list made anew by every render must not open the document anew.
    const key = JSON.stringify([server, document, link, mode]);
    if (key !== opened.current.key) opened.current = { key, extensions: props.extensions };
    const { extensions } = opened.current;
    const now = {
      token,
      link,
      tokenProvider: lasting.current.provider,
      extensions,
      initialContent,
    };
    if (element.current) give(element.current, given.current, now);
    given.current = now;
  });
  useBeforePaint(
    () => () => {
      // Nobody goes on with the provider of a component that is gone.
      lasting.current?.want(undefined);
    },
    [],
  );
}

/** Call the latest handlers; the element is listened to once. */
function useHandlers(element: ElementRef, props: CollabEditorProps): void {
  const latest = useRef(props);
  useBeforePaint(() => {
    latest.current = props;
  });
  useBeforePaint(() => {
    const target = element.current;
    if (!target) return;
    const heard = (event: Event) => {
      // What stands in the slots has events of these names, too.
      if (event.target !== target) return;
      const handler = latest.current[HANDLERS[event.type as keyof CollabEditorEventMap]];
      (handler as ((event: Event) => void) | undefined)?.(event);
    };
    for (const name of Object.keys(HANDLERS)) target.addEventListener(name, heard);
    return () => {
      for (const name of Object.keys(HANDLERS)) target.removeEventListener(name, heard);
    };
  }, [element]);
}

const NOT_LOADED = {
  code: "unavailable",
  message: "The editor could not be loaded. Check the connection and reload the page.",
};

/** Load the widget, in browsers only; it is one for all components. */
function useWidget(element: ElementRef): void {
  useEffect(() => {
    import("@collab/widget").catch(() => {
      element.current?.dispatchEvent(new CustomEvent("error", { detail: NOT_LOADED }));
    });
  }, [element]);
}
