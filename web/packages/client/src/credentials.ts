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
  readonly #provider: TokenProvider | undefined;
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
    const isGood = this.#token !== undefined && !isEnding(this.#token);
    return isGood || !this.#provider ? this.#token : this.renew();
  }

  /**
   * Return a newer token, undefined when nobody is signed in or there is nobody to ask. Who asks
   * meanwhile gets the same answer. Throws what the provider throws, and when it takes too long.
   */
  renew(): Promise<string | undefined> {
    const provider = this.#provider;
    if (!provider) return Promise.resolve(undefined);
    this.#asking ??= inTime(provider)
      .then((token) => {
        this.#token = token || undefined;
        return this.#token;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  /** Go on with this token; everyone who listens is told. */
  set(token: string): void {
    this.#token = token || undefined;
    for (const listener of [...this.#listeners]) listener(token);
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
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(payload)) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : null;
  } catch {
    return null;
  }
}
