/** Source text: CodeMirror. */

import css from "@collab/editor/source.css?inline";

export { loadMarkdown, mountSource } from "@collab/editor/source";
/** How source text looks. */
export const styles: string = css;
