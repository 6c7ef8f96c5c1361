/** Rich text: Tiptap and ProseMirror. */

export { HistoryClient } from "@collab/client";
export { mountRich } from "@collab/editor/rich";
export { richSeed } from "@collab/editor/seed";
