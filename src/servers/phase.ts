const phases = ['running', 'draining', 'aborting'] as const;

/**
 * How far the life of a server has come, in memory that its threads share:
 * `running` → `draining` (no new connections; requests in flight finish) → `aborting` (the grace time is over).
 * Written by the thread that started the server; threads that sleep in the kernel are woken beside it.
 */
export class Phase {
  readonly memory: SharedArrayBuffer;
  readonly #cell: Int32Array;
  #endingSinceMs: number | undefined;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#cell = new Int32Array(memory);
  }

  get current(): (typeof phases)[number] {
    return phases[Atomics.load(this.#cell, 0)] as (typeof phases)[number];
  }

  /** Whether connections end once their requests in flight are answered. */
  get ending(): boolean {
    return Atomics.load(this.#cell, 0) !== 0;
  }

  /** For how long the calling thread has known that connections end, in milliseconds: since it first asked. */
  get endingMs(): number {
    this.#endingSinceMs ??= performance.now();
    return performance.now() - this.#endingSinceMs;
  }

  /** Resolves when it has come as far as `phase`. Waiting does not keep the event loop alive. */
  async reached(phase: 'draining' | 'aborting'): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.#cell, 0);
      if (seen >= phases.indexOf(phase)) return;
      const waiting = Atomics.waitAsync(this.#cell, 0, seen);
      if (waiting.async) await waiting.value;
    }
  }

  enter(phase: 'draining' | 'aborting'): void {
    Atomics.store(this.#cell, 0, phases.indexOf(phase));
    Atomics.notify(this.#cell, 0);
  }
}
