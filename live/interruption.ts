/** Ctrl-C, as what is under way notices it: nothing new is made, and what waits wakes up. */

export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** @throws {Interrupted} once a signal came. */
  check(): void;
  /** @throws {Interrupted} as soon as a signal comes. */
  sleep(milliseconds: number): Promise<void>;
}

export function createInterruption(signal: AbortSignal): Interruption {
  const check = () => {
    if (signal.aborted) {
      throw new Interrupted('interrupted');
    }
  };
  return {
    signal,
    check,
    async sleep(milliseconds) {
      check();
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        signal.addEventListener('abort', wake);
      });
      check();
    },
  };
}
