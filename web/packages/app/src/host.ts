/** The page around a frame of ours: what it is told, and what of its words is believed. */

const PREFIX = "collab:";
const ANY = "*";
/** The page around may not have listened yet when it was asked. */
const AGAIN_MS = 1_000;

/** Speaks with the page around, as long as that is of an origin the server's operator has listed. */
export class Host {
  /** Called with every token that comes unasked. */
  onToken: (token: string) => void = () => {};
  readonly #allowed: ReadonlySet<string>;
  #waiting: ((token: string | null) => void)[] = [];
  #asking: ReturnType<typeof setInterval> | undefined;

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

  /** Ask the page around for a token, until it answers. Null: nobody is signed in there. */
  token(): Promise<string | null> {
    const answer = new Promise<string | null>((resolve) => this.#waiting.push(resolve));
    const ask = () => this.tell("token-needed", {});
    clearInterval(this.#asking);
    this.#asking = setInterval(ask, AGAIN_MS);
    ask();
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
    clearInterval(this.#asking);
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
