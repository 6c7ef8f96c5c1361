/** Tables whose pasted cells cannot be wider than a page could ever show. */

import { TableCell, TableHeader, TableKit } from "@tiptap/extension-table";

const WIDEST = 100;

const spans = {
  colspan: { default: 1, parseHTML: (cell: HTMLElement) => spanOf(cell.getAttribute("colspan")) },
  rowspan: { default: 1, parseHTML: (cell: HTMLElement) => spanOf(cell.getAttribute("rowspan")) },
};

/** Return how many columns or rows `text` says, within reason; 1 for nonsense. */
export function spanOf(text: string | null): number {
  const span = Number.parseInt(text ?? "", 10);
  return span >= 1 ? Math.min(span, WIDEST) : 1;
}

/** The table, its rows and cells. */
export const tables = [
  TableKit.configure({ table: { resizable: false }, tableCell: false, tableHeader: false }),
  TableCell.extend({ addAttributes: inherited }),
  TableHeader.extend({ addAttributes: inherited }),
];

function inherited(this: { parent: (() => object) | undefined }) {
  return { ...this.parent?.(), ...spans };
}
