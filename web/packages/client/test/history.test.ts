import { describe, expect, it, vi } from "vitest";
import { HistoryClient } from "../src/history.ts";

function answering(body: unknown, init: ResponseInit = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response(text, init));
  const client = new HistoryClient({ document: "a b", server: "http://x", fetch });
  return { client, fetch };
}

describe("HistoryClient", () => {
  it("asks below the document's address", async () => {
    const { client, fetch } = answering({ versions: [], nextCursor: null });
    await client.versions({ limit: 5, cursor: undefined });
    await client.name("Draft", 7);
    await client.rename("v3", null);
    const asked = fetch.mock.calls.map(([url, init]) => [init?.method, url, init?.body]);
    const base = "http://x/api/v1/documents/a%20b/versions";
    expect(asked).toEqual([
      ["GET", `${base}?limit=5`, undefined],
      ["POST", base, '{"name":"Draft","sequence":7}'],
      ["PATCH", `${base}/v3`, '{"name":null}'],
    ]);
  });

  it("says which moment it really got", async () => {
    const { client } = answering({ type: "doc" }, { headers: { "Collab-Sequence": "40" } });
    expect(await client.content(44)).toEqual({ sequence: 40, value: { type: "doc" } });
  });

  it("throws the server's own sentence", async () => {
    const problem = { code: "forbidden", detail: "You may only read.", title: "Forbidden" };
    const { client } = answering(problem, { status: 403 });
    await expect(client.restore("v1")).rejects.toMatchObject({
      code: "forbidden",
      message: "You may only read.",
    });
  });

  it("has a sentence when what answers is no server of ours, or nothing does", async () => {
    const { client, fetch } = answering("<h1>Bad gateway</h1>", { status: 502 });
    await expect(client.authors()).rejects.toMatchObject({ code: "internal" });
    fetch.mockRejectedValue(new TypeError("Failed to fetch"));
    await expect(client.authors()).rejects.toMatchObject({
      code: "offline",
      message: "The server cannot be reached. Check the connection.",
    });
  });
});
