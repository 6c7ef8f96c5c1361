/** What has the focus. */

/** Return what has the focus in the tree of `element`: in a shadow root, not its host. */
export function focusedBeside(element: Node): Element | null {
  const root = element.getRootNode();
  return root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
}
