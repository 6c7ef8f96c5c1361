/** What the page calls the text. */

/** Return the text of whatever labels `element`; null if nothing does. */
export function labelOf(element: Element, labels: Iterable<Node>): string | null {
  const said = element.getAttribute("aria-label")?.trim();
  if (said) return said;
  const ids = element.getAttribute("aria-labelledby")?.split(/\s+/).filter(Boolean) ?? [];
  const root = element.getRootNode() as Document | ShadowRoot;
  const named = ids.map((id) => root.getElementById?.(id)).filter((one) => one != null);
  const texts = (named.length > 0 ? named : [...labels]).map((one) => wordsOf(one, element));
  return texts.filter(Boolean).join(" ") || null;
}

/** A label may hold the very element, and other controls. */
function wordsOf(label: Node, element: Element): string {
  const words: string[] = [];
  const walk = (node: Node) => {
    if (node === element) return;
    if (node.nodeType === Node.TEXT_NODE) words.push(node.nodeValue ?? "");
    node.childNodes.forEach(walk);
  };
  walk(label);
  return words.join("").replaceAll(/\s+/g, " ").trim();
}
