import { describe, expect, it, vi } from "vitest";
import { LastingProvider } from "../src/tokens.ts";

/** A component: what it renders with last, and how often its element was given another function. */
function component(first: () => string) {
  const changed = vi.fn();
  const lasting = new LastingProvider(changed);
  lasting.want(first);
  return { lasting, changed, ask: () => lasting.provider?.() };
}

/** Everything that waits for the end of the moment is done. */
const moment = () => new Promise((resolve) => setTimeout(resolve));

describe("LastingProvider", () => {
  it("stays one function that asks whatever the component renders with", async () => {
    const one = component(() => "first");
    const { provider } = one.lasting;
    one.lasting.want(() => "second");
    await moment();
    expect(one.lasting.provider).toBe(provider);
    expect(one.ask()).toBe("second");
    one.lasting.want(undefined);
    expect(one.lasting.provider).toBeUndefined();
  });

  it("is one for all components with the same function, in every render", async () => {
    const first = () => "first";
    const [one, two] = [component(first), component(first)];
    expect(component(() => "first").lasting.provider).not.toBe(one.lasting.provider);
    const second = () => "second";
    for (const { lasting } of [one, two]) lasting.want(second);
    await moment();
    expect(two.lasting.provider).toBe(one.lasting.provider);
    expect(component(second).lasting.provider).toBe(one.lasting.provider);
    expect([one.ask(), one.changed.mock.calls, two.changed.mock.calls]).toEqual(["second", [], []]);
  });

  it("leaves the others theirs when one component goes its own way", async () => {
    const first = () => "first";
    const [one, two] = [component(first), component(first)];
    two.lasting.want(() => "second");
    await moment();
    expect([one.ask(), two.ask()]).toEqual(["first", "second"]);
    expect([one.changed.mock.calls.length, two.changed.mock.calls.length]).toEqual([0, 1]);
    one.lasting.want(() => "third");
    await moment();
    expect([one.ask(), two.ask()]).toEqual(["third", "second"]);
    expect(component(first).ask()).toBe("first");
  });

  it("goes on for those who are left", async () => {
    const first = () => "first";
    const [one, two] = [component(first), component(first)];
    two.lasting.want(undefined);
    one.lasting.want(() => "second");
    await moment();
    expect([one.ask(), one.changed.mock.calls]).toEqual(["second", []]);
  });

  it("becomes another function when nothing came of the one before", () => {
    const [one, two] = [component(() => "bad"), component(() => "bad")];
    const before = one.lasting.provider;
    const good = () => "good";
    one.lasting.want(good, true);
    two.lasting.want(good, true);
    expect(one.lasting.provider).not.toBe(before);
    expect(two.lasting.provider).toBe(one.lasting.provider);
    expect(one.ask()).toBe("good");
  });
});
