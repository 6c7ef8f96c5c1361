/**
 * What a session does next. Pure: takes the state and what happened, returns the new state and what
 * is to be done about it. No timers, no sockets, no documents; the shell (`provider.ts`) has those.
 */

import { ownerOf } from "./owners.ts";
import { DELETED, NO_ROLE, REPLACED, refusalFor, SOMEBODY_ELSE, tokenOpens } from "./refusals.ts";
import {
  type Flight,
  mayEdit,
  type Refusal,
  type State,
  savedThrough,
  unsavedChanges,
} from "./state.ts";
import type { Effect, Input, Step } from "./steps.ts";
import type { ErrorCode, Role, User, WireError } from "./wire.ts";

const FLUSH_MS = 12;
const BUSY_FLUSH_MS = 80;
/** With this many updates unacknowledged (the database is away), gather longer. */
const BUSY_FLIGHTS = 8;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 20_000;

/** The server will never take this update; sending it again would only repeat the answer. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  "forbidden",
  "invalid_request",
  "invalid_update",
  "unsupported_content",
  "update_too_large",
  "document_too_large",
]);

/** Nothing can be done in this document any more. */
const FATAL: ReadonlySet<ErrorCode> = new Set([
  "unauthenticated",
  "token_expired",
  "forbidden",
  "not_found",
  "invalid_document_id",
  "invalid_request",
]);

/** Return what `input` makes of `state`, and what is to be done. */
export function step(state: State, input: Input): Step {
  const next = decide(state, input);
  const settled = savedThrough(next.state);
  return settled > savedThrough(state)
    ? { state: next.state, effects: [...next.effects, { type: "settled", through: settled }] }
    : next;
}

function decide(state: State, input: Input): Step {
  switch (input.type) {
    case "link":
      return onLink(state, input.link);
    case "linkRefused":
      return refuse(state, refusalFor(input.error));
    case "identified":
      return onIdentified(state);
    case "edited":
      return onEdited({ ...state, edited: state.edited + 1 });
    case "moved":
      return scheduleFlush({ ...state, presenceChanged: true });
    case "joined":
      return isCurrent(state, input.ticket) ? onJoined(state, input) : stay(state);
    case "synced":
      return isCurrent(state, input.ticket) ? onSynced(state, input) : stay(state);
    case "acknowledged":
      return stay({ ...state, flights: without(state.flights, input.ticket) });
    case "failed":
      return isCurrent(state, input.ticket) ? onFailed(state, input) : stay(state);
    case "update":
      return onUpdate(state, input.update);
    case "presence":
      return isInside(state)
        ? { state, effects: [{ type: "applyPresence", update: input.update }] }
        : stay(state);
    case "syncRequired":
      return onSyncRequired(state, input.stateVector);
    case "flush":
      return flush({ ...state, flushing: false });
    case "waited":
      return state.phase === "waiting" && state.link === "up"
        ? ask(state, state.after)
        : stay(state);
    case "quiet":
      return onQuiet(state);
    case "retry":
      return onRetry(state);
    default:
      return onNews(state, input);
  }
}

type News = Extract<
  Input,
  { type: "userJoined" | "userLeft" | "role" | "revoked" | "storage" | "deleted" | "replaced" }
>;

function onNews(state: State, news: News): Step {
  switch (news.type) {
    case "userJoined":
      return stay({ ...state, users: [...withoutUser(state.users, news.user), news.user] });
    case "userLeft":
      return stay({ ...state, users: withoutUser(state.users, news.user) });
    case "role":
      return news.role ? onRole(state, news.role) : refuse(state, NO_ROLE);
    case "revoked":
      return refuse(state, { kind: "refused", ...news.error });
    case "storage":
      return stay({ ...state, storageAvailable: news.available });
    case "deleted":
      return refuse(state, DELETED);
    case "replaced":
      return refuse(state, REPLACED);
  }
}

// --- the connection ---

function onLink(state: State, link: State["link"]): Step {
  const alone: State = {
    ...state,
    link,
    phase: "idle",
    staleThrough: state.ticket,
    sent: savedThrough(state),
    flights: [],
    early: [],
    users: [],
    synced: false,
    storageAvailable: true,
    probe: null,
    // Whoever is let in again has a token again.
    refusal: link === "up" && state.refusal?.kind === "signed-out" ? null : state.refusal,
  };
  if (link === "up" && !alone.refusal) return ask(alone, "join");
  return { state: alone, effects: [{ type: "forgetOthers" }] };
}

function ask(state: State, what: State["after"]): Step {
  const ticket = state.ticket + 1;
  const phase = what === "join" ? "joining" : "syncing";
  return { state: { ...state, ticket, asked: ticket, phase }, effects: [{ type: what, ticket }] };
}

function putOff(state: State, after: State["after"]): Step {
  const forMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** state.attempt);
  const waiting: State = { ...state, phase: "waiting", after, attempt: state.attempt + 1 };
  return { state: waiting, effects: [{ type: "wait", forMs }] };
}

function onQuiet(state: State): Step {
  if (state.link !== "up") return stay(state);
  if (state.probe !== null) {
    return { state: { ...state, probe: null }, effects: [{ type: "reconnect" }] };
  }
  if (!isInside(state) || state.flights.length === 0) return stay(state);
  const ticket = state.ticket + 1;
  return { state: { ...state, ticket, probe: ticket }, effects: [{ type: "sync", ticket }] };
}

/** A newer token may open what an older one did not. */
function onIdentified(state: State): Step {
  const mayHelp = state.refusal && tokenOpens(state.refusal);
  return mayHelp && state.link === "up" ? ask({ ...state, refusal: null }, "join") : stay(state);
}

function onRetry(state: State): Step {
  const hopeful: State = { ...state, refusal: null, rejected: null, attempt: 0 };
  if (state.refusal?.kind === "replaced") return stay(state);
  if (state.link !== "up") return { state: hopeful, effects: [{ type: "reconnect" }] };
  if (state.refusal) return ask(hopeful, "join");
  return state.rejected ? ask(hopeful, "sync") : stay(state);
}

// --- coming in ---

function onJoined(state: State, input: Extract<Input, { type: "joined" }>): Step {
  const { answer, kept, lacks } = input;
  if (state.phase !== "joining") return stay(state);
  if (state.epoch !== null && state.epoch !== answer.epoch) return refuse(state, REPLACED);
  if (unsavedChanges(state) > 0 && isSomebodyElse(state, answer.user)) {
    const out = refuse(state, SOMEBODY_ELSE);
    return { state: out.state, effects: [...out.effects, { type: "leave" }] };
  }
  const inside: State = {
    ...state,
    phase: "joined",
    attempt: 0,
    early: [],
    edited: state.edited + kept,
    epoch: answer.epoch,
    role: answer.role,
    user: answer.user,
    users: answer.users,
    synced: true,
    rejected: state.rejected?.code === "forbidden" ? null : state.rejected,
  };
  const entering: Effect[] = [
    { type: "adopt", epoch: answer.epoch, person: answer.user.id, first: state.edited + 1 },
    { type: "apply", update: answer.update },
    ...state.early.map((update): Effect => ({ type: "apply", update })),
    { type: "applyPresence", update: answer.awareness },
  ];
  const answered = answerVector(inside, answer.stateVector, lacks);
  return { state: answered.state, effects: [...entering, ...answered.effects] };
}

function onSynced(state: State, input: Extract<Input, { type: "synced" }>): Step {
  const apply: Effect = { type: "apply", update: input.answer.update };
  if (input.ticket === state.probe) {
    return { state: { ...state, probe: null }, effects: [apply] };
  }
  if (state.phase !== "syncing") return stay(state);
  const inside: State = { ...state, phase: "joined" };
  const answered = answerVector(inside, input.answer.stateVector, false);
  return { state: answered.state, effects: [apply, ...answered.effects] };
}

/** Send what the server lacks, if it lacks anything. */
function answerVector(state: State, stateVector: Uint8Array, lacks: boolean): Step {
  if (!mayEdit(state) || state.rejected) return stay(state);
  if (unsavedChanges(state) === 0 && !lacks) return stay(state);
  // What is lacking beyond the known edits is one more edit, so that it counts as unsaved.
  const edited = Math.max(state.edited, savedThrough(state) + 1);
  const ticket = state.ticket + 1;
  const flight: Flight = { ticket, from: savedThrough(state) + 1, through: edited, complete: true };
  return {
    state: { ...state, ticket, edited, sent: edited, flights: [...state.flights, flight] },
    effects: [{ type: "sendMissing", ticket, stateVector }],
  };
}

function onSyncRequired(state: State, stateVector: Uint8Array): Step {
  const underWay = state.flights.some((flight) => flight.complete);
  if (state.phase !== "joined" || underWay) return stay(state);
  return answerVector(state, stateVector, true);
}

// --- edits ---

function onEdited(state: State): Step {
  if (state.phase !== "joined" || !mayEdit(state) || state.rejected) return stay(state);
  return state.flights.length === 0 && !state.flushing ? sendEdits(state) : scheduleFlush(state);
}

function scheduleFlush(state: State): Step {
  if (state.flushing || state.phase !== "joined") return stay(state);
  const afterMs = state.flights.length < BUSY_FLIGHTS ? FLUSH_MS : BUSY_FLUSH_MS;
  return { state: { ...state, flushing: true }, effects: [{ type: "flush", afterMs }] };
}

function flush(state: State): Step {
  if (state.phase !== "joined") return stay(state);
  const edits = mayEdit(state) && !state.rejected ? sendEdits(state) : stay(state);
  if (!edits.state.presenceChanged) return edits;
  return {
    state: { ...edits.state, presenceChanged: false },
    effects: [...edits.effects, { type: "sendPresence" }],
  };
}

function sendEdits(state: State): Step {
  if (state.sent >= state.edited) return stay(state);
  const ticket = state.ticket + 1;
  const flight: Flight = {
    ticket,
    from: state.sent + 1,
    through: state.edited,
    complete: false,
  };
  return {
    state: { ...state, ticket, sent: state.edited, flights: [...state.flights, flight] },
    effects: [{ type: "send", ticket, from: flight.from, through: flight.through }],
  };
}

function onUpdate(state: State, update: Uint8Array): Step {
  if (state.phase === "joining") return stay({ ...state, early: [...state.early, update] });
  return isInside(state) ? { state, effects: [{ type: "apply", update }] } : stay(state);
}

function onRole(state: State, role: Role): Step {
  const changed: State = { ...state, role };
  const gained = mayEdit(changed) && !mayEdit(state);
  if (!gained) return stay(changed);
  // What was refused for want of a role may be sent now.
  const rejected = state.rejected?.code === "forbidden" ? null : state.rejected;
  const free: State = { ...changed, rejected };
  return state.phase === "joined" ? ask(free, "sync") : stay(free);
}

// --- trouble ---

function onFailed(state: State, input: Extract<Input, { type: "failed" }>): Step {
  const { ticket, error } = input;
  const flight = state.flights.find((one) => one.ticket === ticket);
  if (flight) return onFlightFailed(state, flight, error);
  if (ticket === state.probe) {
    const heard: State = { ...state, probe: null };
    return error.code === "not_joined" ? putOff(heard, "join") : stay(heard);
  }
  return ticket === state.asked ? tryAgain(state, error) : stay(state);
}

function onFlightFailed(state: State, flight: Flight, error: WireError): Step {
  const back: State = {
    ...state,
    flights: state.flights.filter((one) => one !== flight),
    sent: Math.min(state.sent, flight.from - 1),
  };
  return HOPELESS.has(error.code) ? stay({ ...back, rejected: error }) : tryAgain(back, error);
}

function tryAgain(state: State, error: WireError): Step {
  if (FATAL.has(error.code)) return refuse(state, refusalFor(error));
  if (state.phase === "waiting" || state.phase === "idle") return stay(state);
  const out = error.code === "not_joined" || state.phase === "joining";
  return putOff(state, out ? "join" : "sync");
}

function refuse(state: State, refusal: Refusal): Step {
  const out: State = {
    ...state,
    phase: "idle",
    refusal,
    staleThrough: state.ticket,
    sent: savedThrough(state),
    flights: [],
    users: [],
    synced: false,
    probe: null,
  };
  return { state: out, effects: [{ type: "forgetOthers" }] };
}

// --- small words ---

function stay(state: State): Step {
  return { state, effects: [] };
}

function isInside(state: State): boolean {
  return state.link === "up" && state.synced && !state.refusal;
}

function isSomebodyElse({ user }: State, next: User): boolean {
  return user !== null && ownerOf(user.id) !== ownerOf(next.id);
}

function isCurrent(state: State, ticket: number): boolean {
  return ticket > state.staleThrough;
}

function without(flights: readonly Flight[], ticket: number): readonly Flight[] {
  const landed = flights.find((flight) => flight.ticket === ticket);
  if (!landed) return flights;
  return flights.filter(
    (flight) => flight !== landed && !(landed.complete && flight.through <= landed.through),
  );
}

function withoutUser(users: readonly User[], user: User): readonly User[] {
  return users.filter((one) => one.id !== user.id);
}
