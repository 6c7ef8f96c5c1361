/** Stands for the waiting of Socket.IO between its tries to reconnect: ours are made elsewhere. */

export class Backoff {
  readonly attempts = 0;
  setMin(): void {}
  setMax(): void {}
  setJitter(): void {}
  reset(): void {}
  /** Return how long to wait, in milliseconds; it is never asked. */
  duration(): number {
    return 0;
  }
}
