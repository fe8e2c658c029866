import { setTimeout as sleep } from 'node:timers/promises';

/** Lets requests start no faster than so many a second, and says how long to wait before one is tried again. */
export class Pace {
  readonly #intervalMs: number;
  readonly #backOffMs: number;
  readonly #signal: AbortSignal;
  #next = 0;

  /** `qps` 0 is as fast as it goes. */
  constructor(qps: number, backOffMs: number, signal: AbortSignal) {
    this.#intervalMs = qps > 0 ? 1000 / qps : 0;
    this.#backOffMs = backOffMs;
    this.#signal = signal;
  }

  /** Waits for this request's turn. A short burst is let through: a scan of a small cluster is one. */
  async turn(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#intervalMs === 0) return;
    const now = performance.now();
    this.#next = Math.max(this.#next + this.#intervalMs, now - BURST * this.#intervalMs);
    if (this.#next > now) await this.#wait(this.#next - now);
  }

  /** Twice as long after each try, and never in step with other clients; what the server asks for is the least. */
  async backOff(tries: number, askedForMs: number | undefined): Promise<void> {
    const own = Math.min(LONGEST_BACK_OFF_MS, this.#backOffMs * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
    await this.#wait(askedForMs === undefined ? own : askedForMs + own / 2);
  }

  async #wait(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#signal });
    } catch {
      this.#signal.throwIfAborted();
    }
  }
}

const BURST = 20;
const LONGEST_BACK_OFF_MS = 10_000;
