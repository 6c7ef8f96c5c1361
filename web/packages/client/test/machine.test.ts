import { describe, expect, it } from "vitest";
import { step } from "../src/machine.ts";
import {
  INITIAL,
  isEditable,
  type State,
  saveStateOf,
  statusOf,
  unsavedChanges,
} from "../src/state.ts";
import type { Effect, Input } from "../src/steps.ts";
import type { ErrorCode, JoinAnswer } from "../src/wire.ts";

const NOTHING = new Uint8Array([0, 0]);
const ANSWER: JoinAnswer = {
  role: "editor",
  user: { id: "u1", name: "Ann", color: "#112233", role: "editor" },
  update: NOTHING,
  stateVector: new Uint8Array([0]),
  awareness: new Uint8Array([0]),
  users: [],
  sequence: 0,
  epoch: 1,
};
const EDIT: Input = { type: "edited", update: NOTHING };

/** Run inputs through the machine; returns the last state and all effects. */
function run(state: State, ...inputs: Input[]): { state: State; effects: Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const input of inputs) {
    const next = step(now, input);
    now = next.state;
    effects.push(...next.effects);
  }
  return { state: now, effects };
}

function joined(answer: Partial<JoinAnswer> = {}): State {
  const asked = run(INITIAL, { type: "link", link: "up" }).state;
  const input = { kept: 0, lacks: false, answer: { ...ANSWER, ...answer } };
  return run(asked, { type: "joined", ticket: asked.asked, ...input }).state;
}

const types = (effects: readonly Effect[]) => effects.map((effect) => effect.type);
const fail = (ticket: number, code: ErrorCode): Input => ({
  type: "failed",
  ticket,
  error: { code, message: `${code}.` },
});

describe("coming in", () => {
  it("joins as soon as the connection is up, and is connected once the answer came", () => {
    const up = run(INITIAL, { type: "link", link: "up" });
    expect(types(up.effects)).toEqual(["join"]);
    expect(statusOf(up.state)).toBe("connecting");
    expect(statusOf(joined())).toBe("connected");
  });

  it("applies updates that overtook the answer, after it", () => {
    const asked = run(INITIAL, { type: "link", link: "up" }).state;
    const early = new Uint8Array([7]);
    const held = run(asked, { type: "update", update: early });
    expect(held.effects).toEqual([]);
    const { effects } = run(held.state, {
      type: "joined",
      ticket: asked.asked,
      answer: ANSWER,
      kept: 0,
      lacks: false,
    });
    const applied = effects.filter((effect) => effect.type === "apply");
    expect(applied.map((effect) => effect.update)).toEqual([NOTHING, early]);
  });

  it("sends edits kept by an earlier visit even if the server seems to have everything", () => {
    const asked = run(INITIAL, { type: "link", link: "up" }).state;
    const input = { ticket: asked.asked, answer: ANSWER, kept: 2, lacks: false };
    const { state, effects } = run(asked, { type: "joined", ...input });
    expect(types(effects)).toContain("sendMissing");
    expect(unsavedChanges(state)).toBe(2);
  });

  it("sends what the server lacks although nobody edited, and counts it as unsaved", () => {
    const asked = run(INITIAL, { type: "link", link: "up" }).state;
    const input = { ticket: asked.asked, answer: ANSWER, kept: 0, lacks: true };
    const { state, effects } = run(asked, { type: "joined", ...input });
    expect(types(effects)).toContain("sendMissing");
    expect(unsavedChanges(state)).toBe(1);
  });

  it("merges nothing and sends nothing when the document was replaced meanwhile", () => {
    const again = run(joined(), EDIT, { type: "link", link: "down" }, { type: "link", link: "up" });
    const { state, effects } = run(again.state, {
      type: "joined",
      ticket: again.state.asked,
      answer: { ...ANSWER, epoch: 2 },
      kept: 0,
      lacks: true,
    });
    expect(types(effects)).toEqual(["forgetOthers"]);
    expect(saveStateOf(state)).toMatchObject({ kind: "refused", unsaved: 1 });
  });

  it.each(["forbidden", "not_found", "invalid_document_id"] as const)(
    "gives up on %s and says so",
    (code) => {
      const asked = run(INITIAL, { type: "link", link: "up" }).state;
      const { state, effects } = run(asked, fail(asked.asked, code));
      expect(statusOf(state)).toBe("refused");
      expect(types(effects)).not.toContain("wait");
    },
  );

  it.each(["overloaded", "unavailable", "rate_limited", "internal"] as const)(
    "waits longer each time the server answers %s",
    (code) => {
      let state = run(INITIAL, { type: "link", link: "up" }).state;
      const waits: number[] = [];
      for (let i = 0; i < 4; i += 1) {
        const failed = run(state, fail(state.asked, code));
        waits.push(...failed.effects.flatMap((e) => (e.type === "wait" ? [e.forMs] : [])));
        state = run(failed.state, { type: "waited" }).state;
      }
      expect(waits).toEqual([400, 800, 1600, 3200]);
    },
  );
});

describe("edits", () => {
  it("sends the first edit at once and gathers those that follow", () => {
    const { state, effects } = run(joined(), EDIT, EDIT, EDIT);
    expect(types(effects)).toEqual(["send", "flush"]);
    const flushed = run(state, { type: "flush" });
    expect(flushed.effects).toMatchObject([{ type: "send", from: 2, through: 3 }]);
  });

  it("counts an edit as unsaved until its acknowledgement", () => {
    const { state } = run(joined(), EDIT, EDIT, { type: "flush" });
    expect(saveStateOf(state)).toEqual({ kind: "saving", unsaved: 2 });
    const [first, second] = state.flights.map((flight) => flight.ticket);
    const half = run(state, { type: "acknowledged", ticket: first ?? 0 });
    expect(saveStateOf(half.state)).toEqual({ kind: "saving", unsaved: 1 });
    const whole = run(half.state, { type: "acknowledged", ticket: second ?? 0 });
    expect(saveStateOf(whole.state)).toEqual({ kind: "saved", unsaved: 0 });
    expect(whole.effects).toEqual([{ type: "settled", through: 2 }]);
  });

  it("does not believe an acknowledgement that came over a lost connection", () => {
    const { state } = run(joined(), EDIT);
    const ticket = state.flights[0]?.ticket ?? 0;
    const { state: after } = run(
      state,
      { type: "link", link: "down" },
      { type: "acknowledged", ticket },
    );
    expect(unsavedChanges(after)).toBe(1);
  });

  it("says the database is away while acknowledgements wait", () => {
    const { state } = run(joined(), { type: "storage", available: false }, EDIT);
    expect(saveStateOf(state)).toEqual({ kind: "storage-away", unsaved: 1 });
  });

  it.each(["overloaded", "unavailable", "conflict", "rate_limited"] as const)(
    "asks what the server has after %s, then sends the difference",
    (code) => {
      const sent = run(joined(), EDIT).state;
      const failed = run(sent, fail(sent.flights[0]?.ticket ?? 0, code));
      expect(types(failed.effects)).toEqual(["wait"]);
      expect(unsavedChanges(failed.state)).toBe(1);
      const asked = run(failed.state, { type: "waited" });
      expect(types(asked.effects)).toEqual(["sync"]);
      const answer = { update: NOTHING, stateVector: new Uint8Array([0]) };
      const synced = run(asked.state, { type: "synced", ticket: asked.state.asked, answer });
      expect(types(synced.effects)).toEqual(["apply", "sendMissing"]);
      const ticket = synced.state.flights[0]?.ticket ?? 0;
      expect(unsavedChanges(run(synced.state, { type: "acknowledged", ticket }).state)).toBe(0);
    },
  );

  it.each(["invalid_update", "update_too_large", "document_too_large"] as const)(
    "says honestly that %s is not saved, and does not send it again by itself",
    (code) => {
      const sent = run(joined(), EDIT).state;
      const { state, effects } = run(
        sent,
        fail(sent.flights[0]?.ticket ?? 0, code),
        EDIT,
        { type: "flush" },
        { type: "link", link: "down" },
        { type: "link", link: "up" },
      );
      expect(types(effects)).not.toContain("send");
      const again = run(state, {
        type: "joined",
        ticket: state.asked,
        answer: ANSWER,
        kept: 0,
        lacks: true,
      });
      expect(types(again.effects)).not.toContain("sendMissing");
      expect(saveStateOf(again.state)).toMatchObject({ kind: "rejected", unsaved: 2 });
      expect(types(run(again.state, { type: "retry" }).effects)).toEqual(["sync"]);
    },
  );

  it("keeps the edits of somebody who may only read", () => {
    const { state, effects } = run(joined({ role: "viewer" }), EDIT, { type: "flush" });
    expect(types(effects)).toEqual([]);
    expect(saveStateOf(state)).toMatchObject({ kind: "rejected", unsaved: 1 });
    expect(types(run(state, { type: "role", role: "editor" }).effects)).toEqual(["sync"]);
  });
});

describe("roles", () => {
  const ALLOWED: Input = { type: "role", role: "editor" };
  const LOWERED: Input = { type: "role", role: "viewer" };

  it("is editable unless the role says otherwise", () => {
    expect(isEditable(INITIAL)).toBe(true);
    expect(isEditable(run(joined(), LOWERED).state)).toBe(false);
    expect(isEditable(run(joined(), { type: "role", role: "commenter" }).state)).toBe(false);
    expect(isEditable(run(joined(), LOWERED, ALLOWED).state)).toBe(true);
  });

  it("sends nothing more once the role is lowered, and all of it when it rises", () => {
    const sent = run(joined(), EDIT).state;
    const low = run(sent, LOWERED, EDIT, { type: "flush" });
    expect(types(low.effects)).not.toContain("send");
    const refused = run(low.state, fail(sent.flights[0]?.ticket ?? 0, "forbidden"));
    expect(saveStateOf(refused.state)).toMatchObject({ kind: "rejected", unsaved: 2 });
    const high = run(refused.state, ALLOWED);
    expect(types(high.effects)).toEqual(["sync"]);
    const answer = { update: NOTHING, stateVector: new Uint8Array([0]) };
    const synced = run(high.state, { type: "synced", ticket: high.state.asked, answer });
    expect(types(synced.effects)).toEqual(["apply", "sendMissing"]);
    expect(saveStateOf(synced.state)).toEqual({ kind: "saving", unsaved: 2 });
  });

  it("tries what was forbidden once more when the server lets it in as an editor again", () => {
    const sent = run(joined(), EDIT).state;
    const { state } = run(
      sent,
      fail(sent.flights[0]?.ticket ?? 0, "forbidden"),
      { type: "link", link: "down" },
      { type: "link", link: "up" },
    );
    const joining = { ticket: state.asked, kept: 0, lacks: true };
    const again = run(state, { type: "joined", ...joining, answer: ANSWER });
    expect(types(again.effects)).toContain("sendMissing");
    const reading = { ...ANSWER, role: "viewer" as const };
    const reader = run(state, { type: "joined", ...joining, answer: reading });
    expect(types(reader.effects)).not.toContain("sendMissing");
    expect(saveStateOf(reader.state)).toMatchObject({ kind: "rejected", unsaved: 1 });
  });

  it.each([
    { type: "revoked", error: { code: "forbidden", message: "Revoked." } },
    { type: "role", role: null },
  ] as const)("is out for good when the access is revoked ($type), its edits kept", (news) => {
    const { state } = run(joined(), EDIT, news);
    expect(isEditable(state)).toBe(false);
    expect(saveStateOf(state)).toMatchObject({ kind: "refused", unsaved: 1 });
    const back = run(state, { type: "link", link: "down" }, { type: "link", link: "up" });
    expect(types(back.effects)).not.toContain("join");
    expect(types(run(back.state, { type: "identified" }).effects)).toEqual(["join"]);
  });
});

describe("tokens", () => {
  it.each(["unauthenticated", "token_expired"] as const)(
    "is signed out on %s, goes on taking edits, and joins when it is let in again",
    (code) => {
      const error = { code, message: "Sign in." };
      const lost = run(joined(), EDIT, { type: "link", link: "down" });
      const { state } = run(lost.state, { type: "linkRefused", error }, EDIT);
      expect(statusOf(state)).toBe("signed-out");
      expect(isEditable(state)).toBe(true);
      expect(saveStateOf(state)).toMatchObject({ kind: "signed-out", unsaved: 2 });
      expect(types(run(state, { type: "link", link: "up" }).effects)).toEqual(["join"]);
    },
  );

  it("stays signed out when a join is refused for want of a token, until there is one", () => {
    const asked = run(INITIAL, { type: "link", link: "up" }).state;
    const { state, effects } = run(asked, fail(asked.asked, "token_expired"));
    expect(statusOf(state)).toBe("signed-out");
    expect(types(effects)).not.toContain("wait");
    expect(types(run(state, { type: "identified" }).effects)).toEqual(["join"]);
  });

  it("does not join twice for a newer token", () => {
    expect(run(joined(), { type: "identified" }).effects).toEqual([]);
    const deleted = run(joined(), { type: "deleted" }, { type: "identified" });
    expect(types(deleted.effects)).not.toContain("join");
  });
});

describe("trouble", () => {
  it("is offline as soon as the connection is lost, and knows how much is kept", () => {
    const { state, effects } = run(joined(), EDIT, { type: "link", link: "down" }, EDIT);
    expect(saveStateOf(state)).toEqual({ kind: "offline", unsaved: 2, loaded: true });
    expect(types(effects)).toContain("forgetOthers");
  });

  it("tests a silent connection once, then makes a new one", () => {
    const sent = run(joined(), EDIT).state;
    const probed = run(sent, { type: "quiet" });
    expect(types(probed.effects)).toEqual(["sync"]);
    expect(types(run(probed.state, { type: "quiet" }).effects)).toEqual(["reconnect"]);
    const answer = { update: NOTHING, stateVector: new Uint8Array([0]) };
    const heard = run(probed.state, { type: "synced", ticket: probed.state.probe ?? 0, answer });
    expect(types(run(heard.state, { type: "quiet" }).effects)).toEqual(["sync"]);
  });

  it("leaves an idle connection alone", () => {
    expect(run(joined(), { type: "quiet" }).effects).toEqual([]);
  });

  it("joins again when the server forgot it", () => {
    const sent = run(joined(), EDIT).state;
    const failed = run(sent, fail(sent.flights[0]?.ticket ?? 0, "not_joined"));
    expect(types(run(failed.state, { type: "waited" }).effects)).toEqual(["join"]);
  });

  it("stops at a deleted document, and comes back when asked", () => {
    const { state } = run(joined(), { type: "deleted" });
    expect(saveStateOf(state)).toMatchObject({ kind: "refused", error: { kind: "deleted" } });
    expect(run(state, EDIT, { type: "flush" }).effects).toEqual([]);
    expect(types(run(state, { type: "retry" }).effects)).toEqual(["join"]);
  });

  it("answers syncRequired once while the answer is under way", () => {
    const news: Input = { type: "syncRequired", stateVector: new Uint8Array([0]) };
    expect(types(run(joined(), news, news).effects)).toEqual(["sendMissing"]);
  });
});
