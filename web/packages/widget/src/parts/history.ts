/** The history: the button, and all that it opens. */

import css from "@collab/editor/history.css?inline";

export { HistoryClient } from "@collab/client";
export { mountHistory } from "@collab/editor/history";
/** How the history looks. */
export const styles: string = css;
