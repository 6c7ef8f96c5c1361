/** Keeps a live session going with newer tokens. */

import type { Credentials } from "./credentials.ts";
import type { Answer, ErrorCode } from "./wire.ts";

export interface RefreshOptions {
  readonly credentials: Credentials;
  /** Send the token. An answer that the connection did not live to see never comes. */
  send(token: string, answered: (answer: Answer<object>) => void): void;
  /** The server goes on with the new token. */
  believed(): void;
  /** The server would not have a token somebody set: it has to be presented anew. */
  refused(): void;
}

/** Tokens that live shorter than this are renewed at half of what is left, not at every warning. */
const SHORT_MS = 60_000;
const SOONEST_MS = 500;
const LATEST_MS = 10_000;
const PASSING: ReadonlySet<ErrorCode> = new Set(["rate_limited", "overloaded", "unavailable"]);

export class TokenRefresh {
  readonly #options: RefreshOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** What is asked for a connection that ended is of no use to the next one. */
  #round = 0;

  constructor(options: RefreshOptions) {
    this.#options = options;
  }

  /** The present token has `leftMs` to live, by this device's clock. */
  soon(leftMs: number): void {
    if (!this.#options.credentials.canRenew) return;
    const isShort = Date.now() - this.#renewedAt < SHORT_MS;
    this.#askIn(isShort ? within(leftMs / 2) : 0, leftMs);
  }

  /** Send a token that somebody set. */
  send(token: string): void {
    clearTimeout(this.#timer);
    this.#options.send(token, (answer) => {
      if (answer.ok) this.#options.believed();
      else if (PASSING.has(answer.error.code)) {
        this.#timer = setTimeout(() => this.send(token), LATEST_MS / 4);
      } else this.#options.refused();
    });
  }

  /** The connection is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  #askIn(waitMs: number, leftMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(leftMs - waitMs), waitMs);
  }

  /** A failure is no reason to end the session: there may be time for another try. */
  async #ask(leftMs: number): Promise<void> {
    const { credentials } = this.#options;
    const round = this.#round;
    const before = credentials.token;
    const again = () => {
      if (round === this.#round) this.#askIn(within(leftMs / 4), leftMs);
    };
    let token: string | undefined;
    try {
      token = await credentials.renew();
    } catch {
      again();
      return;
    }
    if (round !== this.#round) return;
    if (!token || token === before) {
      again();
      return;
    }
    this.#renewedAt = Date.now();
    this.#options.send(token, (answer) => (answer.ok ? this.#options.believed() : again()));
  }
}

function within(waitMs: number): number {
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, waitMs || 0));
}
