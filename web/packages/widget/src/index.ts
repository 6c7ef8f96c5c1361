/** @collab/widget: `<collab-editor>`, defined as soon as this is imported in a browser. */

import { define } from "./define.ts";
import { findTextareas } from "./finder.ts";

export type { Format, Mode, Theme } from "./attributes.ts";
export { define, TAG } from "./define.ts";
export { CollabEditorElement } from "./element.ts";
export type {
  ChangeDetail,
  CollabEditorEventMap,
  ErrorDetail,
  PresenceDetail,
  ReadyDetail,
  StatusDetail,
} from "./events.ts";
export { upgradeTextarea } from "./finder.ts";
export type { InitialContent } from "./seed.ts";
export type { Extensions } from "./settings.ts";

if (define()) findTextareas(document);
