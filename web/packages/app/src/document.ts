/** The page of one document: `/d/<document>`. */

import "@collab/editor/styles.css";
import "@collab/editor/history.css";
import "./pages.css";
import { CollabProvider, HistoryClient, SocketConnection } from "@collab/client";
import { mountEditor } from "@collab/editor";
import { h, icon } from "@collab/editor/dom";
import { authOf, headersOf, whoAmI } from "./me.ts";
import { meButton } from "./me-button.ts";
import { titleField } from "./title.ts";

const BACK = "M12.5 4.5 7 10l5.5 5.5";

function open(root: HTMLElement, id: string): void {
  const me = whoAmI();
  const connection = new SocketConnection(location.origin, { auth: authOf(me) });
  const provider = new CollabProvider({ document: id, connection });
  const show = ({ id: user, name, color }: ReturnType<typeof whoAmI>) =>
    provider.awareness.setLocalStateField("user", { id: user, name, color });
  show(me);
  const title = titleField(id);
  provider.on("synced", (synced) => {
    if (synced) void title.load();
  });
  const back = h("a", { class: "page-icon", href: "/", "aria-label": "All documents" }, icon(BACK));
  const myself = meButton(me, (changed) => {
    connection.identify(authOf(changed));
    show(changed);
  });
  mountEditor(root, {
    provider,
    history: new HistoryClient({ document: id, headers: () => headersOf(whoAmI()) }),
    start: [back, title.element],
    end: [myself],
    autofocus: true,
  });
}

function start(): void {
  const root = document.getElementById("page");
  const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  if (root) open(root, id);
}

start();
