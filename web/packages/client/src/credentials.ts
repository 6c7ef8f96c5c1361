/** What proves who the person is, shared by the socket and plain HTTP. */

/** Asked for a token when there is none or it has ended. Null: nobody is signed in. */
export type TokenProvider = () => MaybeToken | Promise<MaybeToken>;
type MaybeToken = string | null | undefined;

export interface CredentialOptions {
  /** A token signed by the host application. */
  readonly token?: string;
  /** Where newer tokens come from. It may fail or hang: it is asked again. */
  readonly tokenProvider?: TokenProvider;
  /** The secret of a share link. */
  readonly link?: string;
}

/** A provider that has not answered by then counts as failed. */
const PATIENCE_MS = 10_000;
/** A token that ends within this time is not worth connecting with. */
const MARGIN_MS = 5_000;

export class Credentials {
  readonly link: string | undefined;
  /** Why there is no newer token yet, although the provider was asked. */
  failure: unknown;
  #provider: TokenProvider | undefined;
  /** The provider that is to be asked from now on, if it answers for the same person. */
  #next: TokenProvider | undefined;
  /** The server would not have the token. */
  #isRefused = false;
  readonly #listeners = new Set<(token: string) => void>();
  #token: string | undefined;
  #asking: Promise<string | undefined> | undefined;

  constructor(options: CredentialOptions = {}) {
    this.#token = options.token || undefined;
    this.#provider = options.tokenProvider;
    this.link = options.link || undefined;
  }

  /** The token as it is known now. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Whether there is anybody to ask for a newer token. */
  get canRenew(): boolean {
    return this.#provider !== undefined;
  }

  /** Return a token worth sending; asks for one if need be. Throws what the provider throws. */
  async fresh(): Promise<string | undefined> {
    const isGood = this.#token !== undefined && !this.#isRefused && !isEnding(this.#token);
    return isGood || !this.#provider ? this.#token : this.renew();
  }

  /**
   * Return a newer token, undefined when nobody is signed in or there is nobody to ask. Who asks
   * meanwhile gets the same answer. Throws what the provider throws, and when it takes too long.
   */
  renew(): Promise<string | undefined> {
    const provider = this.#provider;
    if (!provider) return Promise.resolve(undefined);
    this.failure ??= new Error("The token provider has not answered yet.");
    this.#asking ??= inTime(provider)
      .then(
        (token) => {
          // Somebody else may be asked by now.
          if (provider === this.#provider) this.#has(token);
          return this.#token;
        },
        (reason: unknown) => {
          this.failure = reason;
          throw reason;
        },
      )
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  /**
   * Ask another provider from now on, at once for the first time, and go on with its token. Returns
   * false if it speaks of another person; then nothing changes. One that fails is asked again.
   */
  async turnTo(provider: TokenProvider): Promise<boolean> {
    this.#next = provider;
    let token: MaybeToken = this.#token;
    let failure: unknown;
    try {
      token = await inTime(provider);
    } catch (reason) {
      failure = reason;
    }
    if (this.#next !== provider) return true;
    if (!isSamePerson(this.#token, token)) return false;
    this.#provider = provider;
    this.#asking = undefined;
    this.set(token ?? "");
    this.failure = failure;
    return true;
  }

  /** The server would not have the present token: another is asked for before it is sent again. */
  refuse(): void {
    this.#isRefused = true;
  }

  /** Go on with this token; everyone who listens is told. */
  set(token: string): void {
    this.#has(token);
    for (const listener of [...this.#listeners]) listener(token);
  }

  #has(token: MaybeToken): void {
    this.#token = token || undefined;
    this.#isRefused = false;
    this.failure = undefined;
  }

  /** Hear of every token that was set. Returns the way out. */
  listen(listener: (token: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function inTime(provider: TokenProvider): Promise<MaybeToken> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error("The token provider did not answer in time."));
    const timer = setTimeout(late, PATIENCE_MS);
    // A provider that throws at once is caught here, too.
    Promise.resolve()
      .then(provider)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** Return whether a JWT's `exp` is near or past. Other tokens are good until they are refused. */
function isEnding(token: string): boolean {
  const end = endOf(token);
  return end !== null && end - Date.now() < MARGIN_MS;
}

/** Return when a JWT ends, in milliseconds since 1970; null if it does not say. */
export function endOf(token: string): number | null {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : null;
}

/** Return whether `next` goes on with the person of `now`; without a token that is nobody. */
export function isSamePerson(now: MaybeToken, next: MaybeToken): boolean {
  if (!now || now === next) return true;
  if (!next) return false;
  const [before, after] = [claimsOf(now).sub, claimsOf(next).sub];
  // Tokens that do not say are left to the server.
  return before === undefined || after === undefined || before === after;
}

/** Return what a JWT says, unproved; nothing of what is none. */
function claimsOf(token: string): { readonly exp?: unknown; readonly sub?: unknown } {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)) ?? {};
  } catch {
    return {};
  }
}
