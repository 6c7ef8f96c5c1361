/**
 * A real editing history between several doors: each person of the trace types at one door and then
 * at the next, always only what that door's replica had been shown.
 */

import * as Y from "yjs";
import { readTrace, typed } from "../trace.mjs";

const AHEAD = 500;

/** Return the pair of doors for part `index` of `total`: one for each person, never the same. */
function pairFor(pairs, index, total) {
  return pairs[Math.min(pairs.length - 1, Math.floor((index * pairs.length) / total))];
}

/** Replay `trace`; `pairs` are visitors' names, a pair per stretch; all of `everyone` must follow. */
export async function replay({ who, trace: path, root, pairs, everyone, seconds = 60 }) {
  const trace = readTrace(path);
  const replicas = everyone.map(who);
  /** For each agent: [[client, clock]] of what they typed so far, at whatever door. */
  const made = [];
  /** Where each visitor's cursor was set last. */
  const places = {};
  let index = 0;
  for (const { agent, update, saw } of typed(trace, { root })) {
    const writer = who(pairFor(pairs, index, trace.txns.length)[agent]);
    const needs = [...saw, ...(made[agent] ?? [])];
    await writer.until(() => writer.holds(needs), seconds, `what edit ${index} stands on`);
    writer.wires.run(() => Y.applyUpdate(writer.doc, update, "typed"));
    for (const reached of Y.parseUpdateMeta(update).to) made[agent] = [reached];
    index += 1;
    if (index % AHEAD === 0) {
      writer.client.awareness.setLocalStateField("at", index);
      places[writer.name] = index;
      await follow(replicas, made.flat(), seconds);
    }
  }
  const end = ({ doc }) => doc.getText(root).toString() === trace.endContent;
  for (const replica of replicas) await replica.until(() => end(replica), seconds, "the end");
  return { transactions: index, equal: replicas.map(end), places };
}

async function follow(replicas, clocks, seconds) {
  for (const replica of replicas) {
    await replica.until(() => replica.holds(clocks), seconds, JSON.stringify(clocks));
  }
}
