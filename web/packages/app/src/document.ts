/** The page of one document: `/d/<document>`. */

import "@collab/editor/styles.css";
import "@collab/editor/history.css";
import "./pages.css";
import { CollabProvider, HistoryClient, SharingClient, SocketConnection } from "@collab/client";
import { mountEditor } from "@collab/editor";
import { h, icon } from "@collab/editor/dom";
import { askAs } from "./api.ts";
import { authOf, type Me, whoAmI } from "./me.ts";
import { meButton } from "./me-button.ts";
import { session } from "./session.ts";
import { shareButton } from "./share.ts";
import { titleField } from "./title.ts";

const BACK = "M12.5 4.5 7 10l5.5 5.5";

function open(root: HTMLElement, id: string): void {
  const me = whoAmI();
  const identity = session(id);
  const { credentials } = identity;
  askAs(identity);
  const connection = new SocketConnection(location.origin, { auth: authOf(me), credentials });
  const provider = new CollabProvider({ document: id, connection });
  const show = ({ id: user, name, color }: Me) =>
    provider.awareness.setLocalStateField("user", { id: user, name, color });
  show(me);
  const title = titleField(id);
  const back = h("a", { class: "page-icon", href: "/", "aria-label": "All documents" }, icon(BACK));
  const myself = meButton(me, (changed) => {
    connection.identify(authOf(changed));
    show(changed);
  });
  const share = shareButton(id, new SharingClient({ document: id, ...identity }));
  const meet = () => {
    title.allow(provider.editable && provider.synced);
    // Who has a token is who the token says; only guests choose.
    const user = provider.user;
    const isKnown = user !== null && !user.id.startsWith("guest:");
    myself.hidden = isKnown;
    // Among guests everybody owns everything: there is nothing to share.
    share.hidden = !isKnown || provider.role !== "owner";
    root.classList.toggle("page-known", isKnown);
    if (isKnown) show(user);
  };
  meet();
  provider.on("editable", meet);
  provider.on("role", meet);
  provider.on("synced", (synced) => {
    meet();
    if (synced) void title.load();
  });
  mountEditor(root, {
    provider,
    history: new HistoryClient({ document: id, ...identity }),
    start: [back, title.element],
    end: [share, myself],
    autofocus: true,
  });
}

function start(): void {
  const root = document.getElementById("page");
  const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  if (root) open(root, id);
}

start();
