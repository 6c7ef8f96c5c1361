import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Credentials } from "../src/credentials.ts";
import { TokenRefresh } from "../src/refresh.ts";
import { ask } from "../src/rest.ts";
import type { Answer } from "../src/wire.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const SIGN_IN = { code: "token_expired", message: "Sign in again." } as const;

/** A token that says when it ends; nobody here looks at its signature. */
function endingIn(seconds: number, name = "t"): string {
  const claims = { sub: name, exp: Math.floor(Date.now() / 1000) + seconds };
  return `x.${btoa(JSON.stringify(claims))}.${name}`;
}

describe("Credentials", () => {
  it("asks the provider only for want of a good token", async () => {
    const tokenProvider = vi.fn(async () => endingIn(600, "new"));
    const good = new Credentials({ token: endingIn(600, "old"), tokenProvider });
    expect(await good.fresh()).toMatch(/old$/);
    expect(tokenProvider).not.toHaveBeenCalled();
    const over = new Credentials({ token: endingIn(-1, "old"), tokenProvider });
    expect(await over.fresh()).toMatch(/new$/);
    expect(await over.fresh()).toMatch(/new$/);
    expect(tokenProvider).toHaveBeenCalledOnce();
  });

  it("sends an ended token when there is nobody to ask: the server may see it otherwise", async () => {
    const token = endingIn(-1);
    expect(await new Credentials({ token }).fresh()).toBe(token);
  });

  it("asks once for all who wait", async () => {
    const tokenProvider = vi.fn(async () => "t");
    const credentials = new Credentials({ tokenProvider });
    await Promise.all([credentials.fresh(), credentials.fresh(), credentials.renew()]);
    expect(tokenProvider).toHaveBeenCalledOnce();
  });

  it.each([
    ["throws", () => Promise.reject(new Error("No."))],
    [
      "throws at once",
      () => {
        throw new Error("No.");
      },
    ],
    ["hangs", () => new Promise<string>(() => {})],
  ])("fails in time when the provider %s, and asks again the next time", async (_, failing) => {
    const tokenProvider = vi
      .fn<() => Promise<string>>(async () => "t")
      .mockImplementationOnce(failing);
    const credentials = new Credentials({ tokenProvider });
    const first = expect(credentials.fresh()).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(10_000);
    await first;
    expect(await credentials.fresh()).toBe("t");
  });
});

describe("a token that the server would not have", () => {
  it("is not sent again while there is another to ask for", async () => {
    const tokenProvider = vi.fn(() => "good");
    const credentials = new Credentials({ token: "bad", tokenProvider });
    credentials.refuse();
    expect(await credentials.fresh()).toBe("good");
    expect(await credentials.fresh()).toBe("good");
    expect(tokenProvider).toHaveBeenCalledOnce();
    credentials.refuse();
    credentials.set("newer");
    expect(await credentials.fresh()).toBe("newer");
  });
});

describe("another provider", () => {
  it("is asked at once, and from then on", async () => {
    const credentials = new Credentials({ token: endingIn(600, "ann") });
    const heard = vi.fn();
    credentials.listen(heard);
    const next = vi.fn(() => endingIn(700, "ann"));
    expect(await credentials.turnTo(next)).toBe(true);
    expect(heard).toHaveBeenCalledWith(endingIn(700, "ann"));
    expect(credentials.canRenew).toBe(true);
    await credentials.renew();
    expect(next).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["of another person", () => endingIn(700, "bob")],
    ["of nobody", () => null],
  ])("%s changes nothing", async (_, next) => {
    const before = () => endingIn(600, "ann");
    const credentials = new Credentials({ tokenProvider: before });
    await credentials.renew();
    const heard = vi.fn();
    credentials.listen(heard);
    expect(await credentials.turnTo(next)).toBe(false);
    expect(await credentials.renew()).toBe(before());
    expect(heard).not.toHaveBeenCalled();
  });

  it("that fails is asked when a token is needed", async () => {
    let isUp = false;
    const next = () => {
      if (!isUp) throw new Error("Restarting.");
      return "second";
    };
    const credentials = new Credentials({ token: "first", tokenProvider: () => "first" });
    expect(await credentials.turnTo(next)).toBe(true);
    expect([credentials.token, String(credentials.failure)]).toEqual([
      "first",
      "Error: Restarting.",
    ]);
    isUp = true;
    expect(await credentials.renew()).toBe("second");
    expect(credentials.failure).toBeUndefined();
  });

  it("is overtaken by the one after it, and overtakes what is still being asked", async () => {
    const answers: ((token: string) => void)[] = [];
    const waiting = () => new Promise<string>((resolve) => answers.push(resolve));
    const credentials = new Credentials({ tokenProvider: waiting });
    const old = credentials.renew();
    const overtaken = credentials.turnTo(() => waiting());
    await credentials.turnTo(() => "last");
    for (const answer of answers) answer("old");
    await overtaken;
    expect(await old).toBe("last");
    expect(credentials.token).toBe("last");
    expect(await credentials.renew()).toBe("last");
  });
});

describe("why there is no token", () => {
  it("is known while the provider is silent, and once it has failed", async () => {
    let fail: (reason: unknown) => void = () => {};
    const tokenProvider = () => new Promise<string>((_, reject) => (fail = reject));
    const credentials = new Credentials({ tokenProvider });
    const asking = credentials.renew();
    expect(String(credentials.failure)).toContain("has not answered yet");
    const failed = expect(asking).rejects.toThrow("No such person.");
    await vi.advanceTimersByTimeAsync(0);
    fail(new Error("No such person."));
    await failed;
    expect(String(credentials.failure)).toBe("Error: No such person.");
    credentials.set("t");
    expect(credentials.failure).toBeUndefined();
  });
});

describe("TokenRefresh", () => {
  function session(tokenProvider: () => Promise<string | null>, token = "first") {
    const credentials = new Credentials({ token, tokenProvider });
    const sent: string[] = [];
    const told = { believed: vi.fn(), refused: vi.fn() };
    let answer: Answer<object> = { ok: true };
    const refresh = new TokenRefresh({
      credentials,
      send: (fresh, answered) => {
        sent.push(fresh);
        answered(answer);
      },
      ...told,
    });
    const answerWith = (next: Answer<object>) => {
      answer = next;
    };
    return { refresh, sent, told, answerWith };
  }

  it("asks at once when the end is near", async () => {
    const { refresh, sent, told } = session(async () => "second");
    refresh.soon(60_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual(["second"]);
    expect(told.believed).toHaveBeenCalledOnce();
  });

  it("tries again while there is time, whatever goes wrong", async () => {
    let tries = 0;
    const { refresh, sent } = session(async () => {
      tries += 1;
      if (tries === 1) throw new Error("No.");
      return tries === 2 ? "first" : "second";
    });
    refresh.soon(60_000);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(sent).toEqual(["second"]);
  });

  it("does not ask in circles for tokens that live shorter than the warning", async () => {
    let asked = 0;
    const { refresh } = session(async () => {
      asked += 1;
      return `t${asked}`;
    });
    // The server warns of each new token as soon as it has it.
    for (let second = 0; second < 60; second += 1) {
      refresh.soon(30_000 - (second % 15) * 1_000);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked).toBeLessThan(10);
  });

  it("presents a token that somebody set anew if the server will not go on with it", async () => {
    const { refresh, told, answerWith } = session(async () => null);
    answerWith({ ok: false, error: { code: "invalid_request", message: "Somebody else's." } });
    refresh.send("other");
    expect(told.refused).toHaveBeenCalledOnce();
    answerWith({ ok: false, error: { code: "unavailable", message: "Later." } });
    refresh.send("other");
    answerWith({ ok: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told.refused).toHaveBeenCalledOnce();
    expect(told.believed).toHaveBeenCalledOnce();
  });

  it("asks for nothing any more once the connection is gone", async () => {
    const { refresh, sent } = session(async () => "second");
    refresh.soon(60_000);
    refresh.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([]);
  });
});

describe("plain HTTP", () => {
  function server(...statuses: number[]) {
    const seen: Record<string, string>[] = [];
    const answer = async (_: unknown, init?: RequestInit) => {
      seen.push(init?.headers as Record<string, string>);
      const status = statuses.shift() ?? 200;
      const body =
        status === 200 ? { fine: true } : { code: SIGN_IN.code, detail: SIGN_IN.message };
      return new Response(JSON.stringify(body), { status });
    };
    return { seen, fetch: answer as typeof fetch };
  }

  it("carries the token and the link of the socket", async () => {
    const { seen, fetch } = server();
    await ask({ fetch, credentials: new Credentials({ token: "t", link: "l" }) }, "/documents");
    expect(seen[0]).toMatchObject({ authorization: "Bearer t", "collab-link": "l" });
  });

  it("asks once more with a newer token when the old one has ended", async () => {
    const { seen, fetch } = server(401, 200);
    const credentials = new Credentials({ token: "old", tokenProvider: () => "new" });
    const { value } = await ask({ fetch, credentials }, "/documents");
    expect(value).toEqual({ fine: true });
    expect(seen.map((headers) => headers["authorization"])).toEqual(["Bearer old", "Bearer new"]);
  });

  it("says that the token has ended when there is no newer one", async () => {
    const { seen, fetch } = server(401, 401);
    const credentials = new Credentials({ token: "old", tokenProvider: () => null });
    await expect(ask({ fetch, credentials }, "/documents")).rejects.toMatchObject(SIGN_IN);
    expect(seen).toHaveLength(1);
  });
});
