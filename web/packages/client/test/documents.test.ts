import { describe, expect, it, vi } from "vitest";
import { DocumentsClient } from "../src/documents.ts";

function answering(...answers: (() => Response)[]) {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return (next as () => Response)();
  });
  const documents = new DocumentsClient({ server: "http://x", fetch });
  const asked = () =>
    fetch.mock.calls.map(([url, init]) => `${init?.method} ${String(url).split("/api/v1")[1]}`);
  return { documents, fetch, asked };
}

const json = (body: unknown) => () => Response.json(body);
const BASE = "/documents/a%20b";

describe("DocumentsClient", () => {
  it("walks through the pages, and no further than it is asked to", async () => {
    const first = json({ documents: [{ id: "1" }, { id: "2" }], nextCursor: "c d" });
    const { documents, asked } = answering(
      first,
      json({ documents: [{ id: "3" }], nextCursor: null }),
    );
    const found: string[] = [];
    for await (const { id } of documents.list({ search: "x y", limit: 2 })) found.push(id);
    expect(found).toEqual(["1", "2", "3"]);
    expect(asked()).toEqual([
      "GET /documents?search=x+y&limit=2",
      "GET /documents?search=x+y&limit=2&cursor=c+d",
    ]);
    const again = answering(first);
    for await (const _ of again.documents.list()) break;
    expect(again.asked()).toEqual(["GET /documents"]);
  });

  it("asks by the document's address", async () => {
    const { documents, asked, fetch } = answering(json({ id: "a b", users: [] }));
    await documents.create({ title: "T", content: { format: "text", value: "hello" } });
    await documents.get("a b");
    await documents.rename("a b", "New");
    await documents.remove("a b");
    await documents.undelete("a b");
    expect(await documents.presence("a b")).toEqual([]);
    expect(asked()).toEqual([
      "POST /documents",
      `GET ${BASE}`,
      `PATCH ${BASE}`,
      `DELETE ${BASE}`,
      `POST ${BASE}/undelete`,
      `GET ${BASE}/presence`,
    ]);
    const [, created] = fetch.mock.calls[0] ?? [];
    expect(created?.body).toBe('{"title":"T","content":{"format":"text","value":"hello"}}');
  });

  it("reads a document in every form, and says which moment that is", async () => {
    const headers = { "collab-sequence": "40" };
    const said = (body: BodyInit) => () => new Response(body, { headers });
    const { documents, asked } = answering(
      said('{"type":"doc"}'),
      said("<p>a</p>"),
      said("a"),
      said(new Uint8Array([0, 255])),
      said(new Uint8Array([0, 0])),
    );
    expect(await documents.content("a b")).toEqual({ sequence: 40, value: { type: "doc" } });
    const html = await documents.content("a b", "html", { at: "v3", root: "text" });
    expect(html).toEqual({ sequence: 40, value: "<p>a</p>" });
    expect((await documents.content("a b", "text", { at: 44 })).value).toBe("a");
    expect([...(await documents.state("a b")).update]).toEqual([0, 255]);
    await documents.state("a b", "v3");
    expect(asked()).toEqual([
      `GET ${BASE}/content?format=json`,
      `GET ${BASE}/content?format=html&root=text&version=v3`,
      `GET ${BASE}/content?format=text&sequence=44`,
      `GET ${BASE}/state`,
      `GET ${BASE}/content?format=yjs&version=v3`,
    ]);
  });

  it("sends an update's bytes as they are", async () => {
    const { documents, fetch } = answering(json({ sequence: 7 }));
    expect(await documents.applyUpdate("d", new Uint8Array([1, 2]))).toBe(7);
    const [, init] = fetch.mock.calls[0] ?? [];
    expect(init?.body).toEqual(new Uint8Array([1, 2]));
    expect(init?.headers).toMatchObject({ "content-type": "application/octet-stream" });
  });

  it("throws the server's own sentence", async () => {
    const problem = {
      code: "conflict",
      detail: "There is a document d already.",
      title: "Conflict",
    };
    const { documents } = answering(() => Response.json(problem, { status: 409 }));
    await expect(documents.create({ id: "d" })).rejects.toMatchObject({
      code: "conflict",
      message: "There is a document d already.",
    });
  });
});
