/** The page around a frame of ours: what it is told, and what of its words is believed. */

const PREFIX = "collab:";
const ANY = "*";

/** Speaks with the page around, as long as that is of an origin the server's operator has listed. */
export class Host {
  /** Called with every token that comes unasked. */
  onToken: (token: string) => void = () => {};
  readonly #allowed: ReadonlySet<string>;
  #waiting: ((token: string | null) => void)[] = [];

  constructor() {
    const listed = document.querySelector<HTMLMetaElement>(
      'meta[name="collab-allowed-origins"]',
    )?.content;
    this.#allowed = new Set([location.origin, ...(listed ?? "").split(" ").filter(Boolean)]);
    if (this.isThere) addEventListener("message", (event) => this.#hear(event));
  }

  /** Whether there is a page around at all. */
  get isThere(): boolean {
    return parent !== window;
  }

  /** Ask the page around for a token. Null: nobody is signed in there. It may never answer. */
  token(): Promise<string | null> {
    const answer = new Promise<string | null>((resolve) => this.#waiting.push(resolve));
    this.tell("token-needed", {});
    return answer;
  }

  /** Tell the page around of something. */
  tell(what: string, fields: object): void {
    if (!this.isThere) return;
    for (const origin of this.#targets()) {
      parent.postMessage({ ...fields, type: PREFIX + what }, origin);
    }
  }

  #hear({ source, origin, data }: MessageEvent<unknown>): void {
    if (source !== parent || !this.#isAllowed(origin)) return;
    if (typeof data !== "object" || data === null) return;
    const { type, token } = data as { type?: unknown; token?: unknown };
    if (type !== `${PREFIX}token`) return;
    const given = typeof token === "string" && token ? token : null;
    const waiting = this.#waiting.splice(0);
    for (const resolve of waiting) resolve(given);
    if (waiting.length === 0 && given) this.onToken(given);
  }

  #isAllowed(origin: string): boolean {
    return this.#allowed.has(ANY) || this.#allowed.has(origin);
  }

  /** Browsers hand a message over only if the page around is of the origin it is addressed to. */
  #targets(): Iterable<string> {
    // Not every browser says who is around; then each that may be is addressed.
    const around = location.ancestorOrigins?.[0];
    if (around !== undefined) return this.#isAllowed(around) ? [around] : [];
    return this.#allowed.has(ANY) ? [ANY] : this.#allowed;
  }
}
