/** Others' cursors in their colours: y-monaco only gives them class names, one a person. */

import type { Awareness } from "y-protocols/awareness";
import "./carets.css";

const COLOR = /^#[0-9a-f]{6}$/i;

/** Keep a style sheet in step with who is here. */
export function colorCarets(awareness: Awareness): void {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  const draw = () => {
    const rules = [...awareness.getStates()].map(([client, { user }]) => {
      // Awareness is what others' programs say: nothing of it goes into a style sheet unchecked.
      const color = COLOR.test(user?.color) ? user.color : "#888888";
      const name = CSS.escape(String(user?.name ?? "Guest"));
      return `
        .yRemoteSelection-${client} { background: ${color}40 }
        .yRemoteSelectionHead-${client} { border-color: ${color} }
        .yRemoteSelectionHead-${client}::after { content: "${name}"; background: ${color} }`;
    });
    sheet.replaceSync(rules.join(""));
  };
  awareness.on("change", draw);
  draw();
}
