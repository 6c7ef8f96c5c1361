/**
 * What is no text in a shared text: images and other things that some programs embed. The binding
 * counts characters, so an embedded thing would shift everything behind it.
 */

import * as Y from "yjs";

/** Return whether `text` holds anything but characters and their formats. */
export function holdsThings(text: Y.Text): boolean {
  for (let item = text._start; item !== null; item = item.right) {
    if (isThing(item)) return true;
  }
  return false;
}

/**
 * Call `alarm` once, before anybody sees the change, when something other than characters comes into
 * `text`. Returns the way out.
 */
export function watchForThings(text: Y.Text, alarm: () => void): () => void {
  const { doc } = text;
  if (!doc) return () => undefined;
  // Observers of the text itself would come too late: Yjs calls all of them, also those just removed.
  const changed = (transaction: Y.Transaction) => {
    if (!transaction.changed.has(text as unknown as Y.AbstractType<Y.YEvent<Y.Text>>)) return;
    if (!newItems(transaction).some((item) => item.parent === text && isThing(item))) return;
    stop();
    alarm();
  };
  const stop = () => doc.off("beforeObserverCalls", changed);
  doc.on("beforeObserverCalls", changed);
  return stop;
}

function newItems({ doc, beforeState, afterState }: Y.Transaction): Y.Item[] {
  const items: Y.Item[] = [];
  for (const [client, end] of afterState) {
    const start = beforeState.get(client) ?? 0;
    const structs = doc.store.clients.get(client);
    if (!structs || end === start) continue;
    for (const struct of structs.slice(Y.findIndexSS(structs, start))) {
      if (struct instanceof Y.Item) items.push(struct);
    }
  }
  return items;
}

function isThing({ deleted, parentSub, content }: Y.Item): boolean {
  const isText = content instanceof Y.ContentString || content instanceof Y.ContentFormat;
  return !deleted && parentSub === null && !isText;
}
