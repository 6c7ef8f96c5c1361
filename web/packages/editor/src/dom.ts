/** Making elements. */

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** Return a new element; `true` sets an empty attribute, `false` and `undefined` set none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Return a 20-pixel line drawing; it takes the colour of the text around it. */
export function icon(paths: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  setAttributes(svg, { viewBox: "0 0 20 20", class: "ce-icon", "aria-hidden": "true" });
  const path = document.createElementNS(space, "path");
  setAttributes(path, { d: paths });
  svg.append(path);
  return svg;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") element.setAttribute(name, value);
    else if (value) element.setAttribute(name, "");
  }
}
