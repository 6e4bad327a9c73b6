/** Ctrl-C and its like: the first ends the run in order, one that comes later at once. */
export interface Signals {
  readonly signal: AbortSignal;
  /** Ends as the signal does, so that whoever waits for this process sees why; nothing without one. */
  endAsTold(): void;
}

/** Ctrl-C in a terminal comes twice under npm: from the terminal, and passed on by npm. Milliseconds. */
const SAME_SIGNAL = 1000;

/** @param tell of the first signal, and of the second */
export function watchSignals(tell: { readonly first: () => void; readonly second: () => void }): Signals {
  const controller = new AbortController();
  let firstAt: number | undefined;
  let received: NodeJS.Signals | undefined;
  const endAsTold = () => {
    if (received !== undefined) {
      process.removeAllListeners(received);
      process.kill(process.pid, received);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = Date.now();
        received = signal;
        tell.first();
        controller.abort();
      } else if (Date.now() - firstAt >= SAME_SIGNAL) {
        received = signal;
        tell.second();
        endAsTold();
      }
    });
  }
  return { signal: controller.signal, endAsTold };
}
