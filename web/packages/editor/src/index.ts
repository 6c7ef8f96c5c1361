/** @collab/editor: the rich text editor, shared through Yjs. */

export { initials, inkOn, PALETTE, safeColor } from "./color.ts";
export { h, icon } from "./dom.ts";
export { type EditorOptions, type MountedEditor, mountEditor } from "./editor.ts";
export { FIELD, SOURCE_FIELD } from "./field.ts";
export { avatar } from "./people.ts";
